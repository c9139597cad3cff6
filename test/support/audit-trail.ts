import { generateKeyPairSync, sign } from 'node:crypto'
import {
  CHAIN_START,
  checkpointText,
  type ChainedEvent,
  type Checkpoint,
  type SignedCheckpoint,
} from '../../src/core/domain/audit-trail.ts'
import { chained } from '../../src/core/x509/audit-chain.ts'
import { keyNameOf, publicKeyPem, statementKeyFrom } from '../../src/core/x509/audit-statements.ts'

export const INSTALLATION = '0197a1b2-7c44-7d0e-9f3a-2b6c5d4e3f21'
export const TRAIL_TIME = Date.UTC(2030, 5, 15, 12)

/** Records chained one behind the other, from event 1 on. */
export function aTrail(records: readonly string[]): ChainedEvent[] {
  let { hash } = CHAIN_START
  return records.map((record, index) => {
    hash = chained(hash, record)
    return { id: index + 1, hash, record }
  })
}

/** Somebody who signs checkpoints. */
export function aSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const pem = publicKeyPem(spki)
  return {
    pem,
    key: statementKeyFrom(pem, 'key'),
    checkpoint: ({ id, hash }: ChainedEvent, more: Partial<Checkpoint> = {}): SignedCheckpoint => {
      const stated = { installation: INSTALLATION, id, hash, at: TRAIL_TIME + id, ...more }
      const signature = sign(null, Buffer.from(checkpointText(stated)), privateKey).toString('base64')
      return { ...stated, key: keyNameOf(spki), signature }
    },
  }
}

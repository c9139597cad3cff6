import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import Database from 'better-sqlite3'
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

/** What an event of a bulk is; the rest is the same for all. */
export type BulkEvent = {
  readonly account: string
  readonly region: string
  readonly time: number
  readonly name: string
  readonly principal: string
  readonly resources: readonly string[]
}

const bulkRecord = ({ account, region, time, name, principal, resources }: BulkEvent, id: number): string =>
  JSON.stringify({
    eventVersion: '1.11',
    eventID: `0197a1b2-7c44-7d0e-9f3a-${id.toString(16).padStart(12, '0')}`,
    eventTime: new Date(time).toISOString(),
    eventSource: 'acm-pca.amazonaws.com',
    eventName: name,
    eventType: 'AwsApiCall',
    awsRegion: region,
    sourceIPAddress: '192.0.2.17',
    userAgent: 'bulk',
    userIdentity: { type: 'Role', principalId: principal, accountId: account },
    requestParameters: { n: id },
    responseElements: null,
    readOnly: false,
    resources: resources.map((arn) => ({ ARN: arn })),
    recipientAccountId: account,
  })

/** Puts events into a database behind those that are there, chained, past the product: by the million in a minute. */
export function bulkEvents(file: string, count: number, eventOf: (index: number) => BulkEvent): void {
  const db = new Database(file)
  try {
    db.pragma('synchronous = OFF')
    const add = db.prepare(
      'INSERT INTO AuditEvent (id, accountId, region, time, name, record, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    const last = db.prepare('SELECT id, hash FROM AuditEvent ORDER BY id DESC LIMIT 1').get() as
      { id: number; hash: Uint8Array } | undefined
    let { id, hash } = last ?? { id: 0, hash: new Uint8Array(32) }
    const several = db.transaction((from: number, to: number) => {
      for (let index = from; index < to; index++) {
        const event = eventOf(index)
        const record = bulkRecord(event, ++id)
        hash = createHash('sha256').update(hash).update(record).digest()
        add.run(id, event.account, event.region, event.time, event.name, record, hash)
      }
    })
    for (let from = 0; from < count; from += 50_000) several(from, Math.min(count, from + 50_000))
  } finally {
    db.close()
  }
}

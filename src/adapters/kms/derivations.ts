import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { DerivationDigest } from '../../core/x509/pbes2-reader.ts'

/** PBKDF2 for what is written (HMAC-SHA256) and for what is read, in which others chose the digest. */
export type Derive = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  octets: number,
  digest?: DerivationDigest,
) => Promise<Uint8Array>

const pbkdf2Async = promisify(pbkdf2)

/** Lets other work of the event loop run. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** PBKDF2 off the event loop, `most` at a time; the others wait in line. */
export function limitedDerivations(most: number): Derive {
  const waiting: (() => void)[] = []
  let running = 0
  return async (passphrase, salt, rounds, octets, digest = 'sha256') => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await pbkdf2Async(passphrase, salt, rounds, octets, digest)
    } finally {
      // The place goes to who waits longest, without being free in between.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

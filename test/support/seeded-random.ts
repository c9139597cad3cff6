import { createHash } from 'node:crypto'
import type { Random } from '../../src/core/ports/random.ts'

/** Octets that look random and are the same in every run of a seed: SHA-256 over seed and counter. Never a secret. */
export function seededRandom(seed: string): Random {
  let pool = Buffer.alloc(0)
  let counter = 0
  return {
    bytes: (length) => {
      while (pool.length < length)
        pool = Buffer.concat([pool, createHash('sha256').update(`${seed}/${counter++}`).digest()])
      const octets = Uint8Array.from(pool.subarray(0, length))
      pool = pool.subarray(length)
      return octets
    },
  }
}

import { randomFillSync } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Random } from '../../core/ports/random.ts'

const POOL_OCTETS = 4096
/** Longer requests bypass the pool, so that one of them can't use up what many short ones share. */
const POOLED_UP_TO = 256
const MOST_OCTETS = 1 << 20

/**
 * Octets from the operating system's generator, drawn 4 KiB at a time: a call takes 4 µs for 16
 * octets as for 4096, and each certificate needs several. An octet is handed out once, as a copy, and wiped from the pool.
 * @throws internal when `length` isn't a whole number between 0 and 1 MiB
 */
export function createSystemRandom(fill: (pool: Uint8Array) => unknown = randomFillSync): Random {
  const pool = new Uint8Array(POOL_OCTETS)
  let used = POOL_OCTETS
  return {
    bytes(length) {
      if (!Number.isInteger(length) || length < 0 || length > MOST_OCTETS) {
        throw new ChanceryError('internal', `random: can't draw ${length} octets`)
      }
      const octets = new Uint8Array(length)
      if (length > POOLED_UP_TO) {
        fill(octets)
        return octets
      }
      if (used + length > POOL_OCTETS) {
        fill(pool)
        used = 0
      }
      octets.set(pool.subarray(used, used + length))
      pool.fill(0, used, used + length)
      used += length
      return octets
    },
  }
}

import { expect, it } from 'vitest'
import { createKeyVault } from '../../../src/adapters/kms/key-vault.ts'
import { generatedKeyPair } from '../../../src/adapters/kms/key-pairs.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signaturesOf,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import { aPrepared } from './a-prepared.ts'
import { aContext, plainProvider } from './support.ts'

const TIMES = 16
const use = { caller: 'token/1', service: 'acm-pca.amazonaws.com' } as const
const provider = plainProvider()
const vault = createKeyVault({
  providers: { preferred: provider, all: [provider] },
  recordUnwrap: async () => {},
  clock: { now: () => 1_000_000 },
  random: createSystemRandom(),
})

/**
 * How often the event loop came round while something was done several times, one after the other. What another thread
 * does is reported by the loop, so each time takes one round at least, however busy the machine; what is done on this
 * thread is awaited without a single one.
 */
async function rounds(times: number, work: () => Promise<unknown>): Promise<number> {
  let count = 0
  let next = setImmediate(function again() {
    count++
    next = setImmediate(again)
  })
  for (let time = 0; time < times; time++) await work()
  clearImmediate(next)
  return count
}

const made = new Map<KeyAlgorithm, Promise<StoredKey>>()
/** One key of a kind for the whole file: RSA takes its time. */
function keyOf(algorithm: KeyAlgorithm): Promise<StoredKey> {
  const key = made.get(algorithm) ?? vault.generate(algorithm, aContext())
  made.set(algorithm, key)
  return key
}

async function roundsOfSigning(algorithm: KeyAlgorithm, signature?: SignatureAlgorithm): Promise<number> {
  const key = await keyOf(algorithm)
  // The first one opens the key.
  await vault.sign(key, aPrepared(key, signature).prepared, use)
  const all = Array.from({ length: TIMES }, () => aPrepared(key, signature).prepared)
  return rounds(TIMES, async () => {
    const prepared = all.pop()
    if (prepared !== undefined) await vault.sign(key, prepared, use)
  })
}

const SLOW = KEY_ALGORITHM_NAMES.filter((name) => keyAlgorithmInfo(name).slowToSign)
const WAYS = SLOW.flatMap((key) => signaturesOf(key).map((way) => [key, way] as const))

it.each(WAYS)('%s signing %s: the event loop comes round at each signature', async (key, way) => {
  expect(await roundsOfSigning(key, way)).toBeGreaterThanOrEqual(TIMES)
})

it.each(['EC_prime256v1', 'ED25519'] as const)(
  '%s, whose signature costs less than the way to another thread, shows that the measure can fail',
  async (key) => {
    expect(await roundsOfSigning(key)).toBeLessThan(TIMES)
  },
)

it.each(SLOW)('%s keys are made while the event loop comes round', async (algorithm) => {
  const times = algorithm.startsWith('RSA') ? 2 : 8
  expect(await rounds(times, () => generatedKeyPair(algorithm))).toBeGreaterThanOrEqual(times)
})

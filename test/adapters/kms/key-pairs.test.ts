import { createPrivateKey, createPublicKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { generatedKeyPair } from '../../../src/adapters/kms/key-pairs.ts'
import { KEY_ALGORITHM_NAMES, keyAlgorithmInfo } from '../../../src/core/domain/key-algorithms.ts'

const SPKI = { type: 'spki', format: 'der' } as const
const PKCS8 = { type: 'pkcs8', format: 'der' } as const

it.each(KEY_ALGORITHM_NAMES)('%s: a key of that kind, encoded as OpenSSL encodes it', async (algorithm) => {
  const { spki, pkcs8Der } = await generatedKeyPair(algorithm)
  const key = createPrivateKey({ key: Buffer.from(pkcs8Der), ...PKCS8 })
  const { family, type, curve, bits } = keyAlgorithmInfo(algorithm)
  expect(key.asymmetricKeyType).toBe(type)
  const details = key.asymmetricKeyDetails
  if (family === 'RSA') expect(details).toMatchObject({ modulusLength: bits, publicExponent: 65537n })
  else expect(details?.namedCurve).toBe(curve)
  expect(Buffer.from(pkcs8Der).equals(key.export(PKCS8))).toBe(true)
  expect(Buffer.from(spki).equals(createPublicKey(key).export(SPKI))).toBe(true)
})

it('pads short P-256 scalars', async () => {
  // One in 256 begins with a zero octet; none among 8,000 would be a fault with certainty.
  let found = false
  for (let round = 0; round < 8000 && !found; round++) {
    const { spki, pkcs8Der } = await generatedKeyPair('EC_prime256v1')
    const der = Buffer.from(pkcs8Der)
    if (der[36] !== 0) continue
    found = true
    const key = createPrivateKey({ key: der, ...PKCS8 })
    expect(key.export(PKCS8).equals(der)).toBe(true)
    expect(createPublicKey(key).export(SPKI).equals(spki)).toBe(true)
  }
  expect(found).toBe(true)
})

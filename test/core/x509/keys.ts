import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { KeyAlgorithm } from '../../../src/core/domain/key-algorithms.ts'

export type TestKey = {
  readonly algorithm: KeyAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly spki: Uint8Array
}

function testKey(algorithm: KeyAlgorithm, pair: { privateKey: KeyObject; publicKey: KeyObject }): TestKey {
  return { algorithm, ...pair, spki: Uint8Array.from(pair.publicKey.export({ format: 'der', type: 'spki' })) }
}

/** One new key of every kind that is quick to make. */
export const testKeys = {
  rsa: testKey('RSA_2048', generateKeyPairSync('rsa', { modulusLength: 2048 })),
  p256: testKey('EC_prime256v1', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  p384: testKey('EC_secp384r1', generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  p521: testKey('EC_secp521r1', generateKeyPairSync('ec', { namedCurve: 'P-521' })),
  ed25519: testKey('ED25519', generateKeyPairSync('ed25519')),
  mlDsa44: testKey('ML_DSA_44', generateKeyPairSync('ml-dsa-44')),
  mlDsa65: testKey('ML_DSA_65', generateKeyPairSync('ml-dsa-65')),
  mlDsa87: testKey('ML_DSA_87', generateKeyPairSync('ml-dsa-87')),
}

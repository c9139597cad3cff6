import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  SIGNATURE_ALGORITHM_NAMES,
  signingOptions,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'
import { fitsKey } from '../../../src/core/x509/algorithm-identifiers.ts'
import { assembleCertificate, encodeTbs } from '../../../src/core/x509/certificate.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { basicConstraints, keyUsage } from '../../../src/core/x509/extensions.ts'
import { parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import { secondOpinion } from '../../../src/core/x509/second-opinion.ts'
import { testKeys, type TestKey } from './keys.ts'

const KINDS = SIGNATURE_ALGORITHM_NAMES.flatMap((algorithm) =>
  Object.entries(testKeys)
    .filter(([, { spki }]) => fitsKey(algorithm, parsePublicKey(spki, 'key')))
    .map(([name, key]): [SignatureAlgorithm, string, TestKey] => [algorithm, name, key]),
)

function aRoot({ spki }: TestKey, ca: boolean, algorithm: SignatureAlgorithm, signer: KeyObject): Uint8Array {
  const subject = encodeSubject({ organization: 'Example', commonName: 'Root' })
  const tbs = encodeTbs({
    serial: new Uint8Array(16).fill(0x80),
    signatureAlgorithm: algorithm,
    issuer: subject,
    subject,
    notBefore: Date.UTC(2026, 0, 1),
    notAfter: Date.UTC(2056, 0, 1),
    spki,
    extensions: [basicConstraints({ ca }), keyUsage(['keyCertSign', 'cRLSign'])],
  })
  const { digest, padding } = signingOptions(algorithm)
  return assembleCertificate(tbs, algorithm, sign(digest, tbs, { key: signer, ...padding }))
}

describe('a second implementation', () => {
  it.each(KINDS)('agrees about a root that signs %s with %s', async (algorithm, _, key) => {
    const root = aRoot(key, true, algorithm, key.privateKey)
    await expect(secondOpinion(root, root)).resolves.toBeUndefined()
  })

  it.each([
    ['SHA256WITHECDSA', testKeys.p256, generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['SHA256WITHRSA_PSS', testKeys.rsa, generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ML_DSA_65', testKeys.mlDsa65, generateKeyPairSync('ml-dsa-65')],
  ] as const)('objects to a signature %s that isn’t the issuer’s', async (algorithm, key, { privateKey }) => {
    const root = aRoot(key, true, algorithm, privateKey)
    await expect(secondOpinion(root, root)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('the signature') as string,
    })
  })

  it('objects to a certificate that is no authority’s', async () => {
    const leaf = aRoot(testKeys.p256, false, 'SHA256WITHECDSA', testKeys.p256.privateKey)
    await expect(secondOpinion(leaf, leaf)).rejects.toThrow('the CA flag')
  })
})

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import { assembleCertificate, encodeTbs } from '../../../src/core/x509/certificate.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { basicConstraints, keyUsage } from '../../../src/core/x509/extensions.ts'
import { secondOpinion } from '../../../src/core/x509/second-opinion.ts'

type Kind = 'P-256' | 'P-384' | 'P-521' | 'RSA' | 'Ed25519'
const KINDS: Record<
  Kind,
  { make: () => { privateKey: string; spki: Buffer }; algorithm: SignatureAlgorithm; digest: string | null }
> = {
  'P-256': {
    make: () => pair('ec', { namedCurve: 'P-256' }),
    algorithm: 'SHA256WITHECDSA',
    digest: 'sha256',
  },
  'P-384': {
    make: () => pair('ec', { namedCurve: 'P-384' }),
    algorithm: 'SHA384WITHECDSA',
    digest: 'sha384',
  },
  'P-521': {
    make: () => pair('ec', { namedCurve: 'P-521' }),
    algorithm: 'SHA512WITHECDSA',
    digest: 'sha512',
  },
  RSA: { make: () => pair('rsa', { modulusLength: 2048 }), algorithm: 'SHA256WITHRSA', digest: 'sha256' },
  Ed25519: { make: () => pair('ed25519', {}), algorithm: 'ED25519', digest: null },
}

function pair(type: 'ec' | 'rsa' | 'ed25519', options: object): { privateKey: string; spki: Buffer } {
  const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
  ) => { privateKey: string; publicKey: Buffer }
  const { privateKey, publicKey } = generate(type, {
    ...options,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  })
  return { privateKey, spki: publicKey }
}

function aRoot(kind: Kind, ca: boolean): Uint8Array {
  const { make, algorithm, digest } = KINDS[kind]
  const { privateKey, spki } = make()
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
  return assembleCertificate(tbs, algorithm, sign(digest, tbs, createPrivateKey(privateKey)))
}

describe('a second implementation', () => {
  it.each(Object.keys(KINDS) as Kind[])('agrees about a %s root', async (kind) => {
    const root = aRoot(kind, true)
    await expect(secondOpinion(root, root)).resolves.toBeUndefined()
  })

  it('objects to a signature that isn’t the issuer’s', async () => {
    const [one, other] = [aRoot('P-256', true), aRoot('P-256', true)]
    await expect(secondOpinion(one, other)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('the signature') as string,
    })
  })

  it('objects to a certificate that is no authority’s', async () => {
    const leaf = aRoot('P-256', false)
    await expect(secondOpinion(leaf, leaf)).rejects.toThrow('the CA flag')
  })
})

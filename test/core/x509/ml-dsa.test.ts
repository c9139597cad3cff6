import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { keyAlgorithmInfo } from '../../../src/core/domain/key-algorithms.ts'
import { algorithmIdentifier } from '../../../src/core/x509/algorithm-identifiers.ts'
import {
  assembleCertificate,
  assembleSigned,
  encodeTbs,
  parseCertificate,
} from '../../../src/core/x509/certificate.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { cRLNumber } from '../../../src/core/x509/crl-extensions.ts'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import {
  NULL,
  bitString,
  element,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
} from '../../../src/core/x509/der/writer.ts'
import { nameText } from '../../../src/core/x509/distinguished-names.ts'
import { basicConstraints, keyUsage } from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import { aRequest, spkiOf } from '../operations/requests.ts'
import { testKeys } from './keys.ts'
import { assembleCrl, encodeTbsCertList } from './whole-crl.ts'

/** @noble/post-quantum: JavaScript that shares nothing with OpenSSL, which made the signatures. */
const SETS = [
  ['ML_DSA_44', ml_dsa44, testKeys.mlDsa44],
  ['ML_DSA_65', ml_dsa65, testKeys.mlDsa65],
  ['ML_DSA_87', ml_dsa87, testKeys.mlDsa87],
] as const

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
/** The key's octets in an SPKI: the rest is the header, whose length RFC 9881 §4 fixes. */
const rawKey = (spki: Uint8Array): Uint8Array => Uint8Array.from(spki.subarray(22))
const rejection = (parse: () => unknown): unknown => {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    return error.violations.map(({ code }) => code)
  }
}

describe('the examples of RFC 9881 Appendix C', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, place) => place)
  /** Identifiers in its example certificates: SHAKE256 of the public key, 160 bits. */
  const IDENTIFIERS = {
    ML_DSA_44: '329a07b1fabb48f52a309f11a1898f848e2322ff',
    ML_DSA_65: '1b0563e3cd3346149c8c9ebcf23b0a4e5a900eea',
    ML_DSA_87: '89886750b57c24db3fc012e61ede59753337374f',
  }

  it.each(SETS)('%s: the private key, as seed, has the public key that is read', (name, noble) => {
    // RFC 9881 §6: `seed [0] OCTET STRING` in the privateKey, 54 octets in all.
    const { oid: dotted } = keyAlgorithmInfo(name)
    const der = sequence(integer(0), sequence(oid(dotted)), octetString(element(0x80, seed)))
    expect(der.length).toBe(54)
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
    expect(key.export({ format: 'der', type: 'pkcs8' }).equals(der)).toBe(true)
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
    expect(parsePublicKey(spki, 'key')).toMatchObject({ algorithm: name, oid: dotted })
    const raw = rawKey(spki)
    expect(raw).toEqual(noble.keygen(seed).publicKey)
    expect(createHash('shake256', { outputLength: 20 }).update(raw).digest('hex')).toBe(IDENTIFIERS[name])
  })

  it('ML-DSA-44: the certificate is the same to the octet, from our writer and a signature without randomness', () => {
    const { publicKey, secretKey } = ml_dsa44.keygen(seed)
    const identifier = algorithmIdentifier('ML_DSA_44')
    // PrintableString, which our subjects aren't: O=IETF, CN=LAMPS WG.
    const name = bytes('3022310d300b060355040a1304494554463111300f060355040313084c414d5053205747')
    const extension = (of: { oid: string; value: Uint8Array }, critical: Uint8Array) =>
      sequence(oid(of.oid), critical, octetString(of.value))
    const critical = bytes('0101ff')
    const tbs = sequence(
      explicit(0, integer(2)),
      element(2, bytes('159ffe6f22fd5cc42c524df6fd5e28d0de38f34e')),
      identifier,
      name,
      bytes('301e170d3230303230333034333231305a170d3430303132393034333231305a'),
      name,
      sequence(identifier, bitString(publicKey)),
      explicit(
        3,
        sequence(
          extension(keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']), critical),
          extension(basicConstraints({ ca: true }), critical),
          extension(
            {
              oid: OID.subjectKeyIdentifier,
              value: octetString(bytes(IDENTIFIERS.ML_DSA_44)),
            },
            new Uint8Array(),
          ),
        ),
      ),
    )
    const der = assembleCertificate(tbs, 'ML_DSA_44', ml_dsa44.sign(tbs, secretKey, { extraEntropy: false }))
    // Of the 3,992 octets printed in the appendix.
    expect(createHash('sha256').update(der).digest('hex')).toBe(
      '9762ddd44288af89bde9213f63212e273815ebbe37f2ce918c496365b1382165',
    )
    const parsed = parseCertificate(der)
    expect(nameText(parsed.subject)).toBe('CN=LAMPS WG,O=IETF')
    expect(parsed.publicKey.algorithm).toBe('ML_DSA_44')
    const key = createPublicKey({ key: Buffer.from(parsed.publicKey.spki), format: 'der', type: 'spki' })
    expect(verify(null, parsed.tbs, key, parsed.signature)).toBe(true)
  })
})

describe.each(SETS)('%s, verified by an implementation that isn’t OpenSSL', (algorithm, noble, key) => {
  const raw = rawKey(key.spki)
  const signed = (tbs: Uint8Array): Uint8Array => Uint8Array.from(sign(null, tbs, key.privateKey))
  const name = bytes('300d310b300906035504030c024341')

  it('a certificate', () => {
    const tbs = encodeTbs({
      serial: new Uint8Array(16).fill(0x42),
      signatureAlgorithm: algorithm,
      issuer: name,
      notBefore: Date.UTC(2026, 0, 1),
      notAfter: Date.UTC(2036, 0, 1),
      subject: name,
      spki: key.spki,
      extensions: [basicConstraints({ ca: true })],
    })
    const parsed = parseCertificate(assembleCertificate(tbs, algorithm, signed(tbs)))
    expect(noble.verify(Uint8Array.from(parsed.signature), Uint8Array.from(parsed.tbs), raw)).toBe(true)
    const other = Uint8Array.from(parsed.tbs).fill(0, -1)
    expect(noble.verify(Uint8Array.from(parsed.signature), other, raw)).toBe(false)
  })

  it('a CRL', () => {
    const tbs = encodeTbsCertList({
      signatureAlgorithm: algorithm,
      issuer: name,
      thisUpdate: Date.UTC(2026, 0, 1),
      nextUpdate: Date.UTC(2026, 0, 8),
      entries: [{ serial: '7f', revokedAt: Date.UTC(2026, 0, 1), reason: 'keyCompromise' }],
      extensions: [cRLNumber(1)],
    })
    const parsed = parseCrl(assembleCrl(tbs, algorithm, signed(tbs)))
    expect(noble.verify(Uint8Array.from(parsed.signature), Uint8Array.from(parsed.tbs), raw)).toBe(true)
  })

  it('a request', () => {
    const csr = parseCsr(aRequest({ algorithm, key }), 'csr')
    expect(csr.signatureAlgorithm).toBe(algorithm)
    expect(noble.verify(Uint8Array.from(csr.signature), Uint8Array.from(csr.signedBytes), raw)).toBe(true)
  })

  it('a signature of theirs, verified by ours', () => {
    const theirs = noble.keygen(new Uint8Array(32).fill(9))
    const data = Buffer.from('to be signed')
    const spki = sequence(algorithmIdentifier(algorithm), bitString(theirs.publicKey))
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    expect(verify(null, data, publicKey, noble.sign(Uint8Array.from(data), theirs.secretKey))).toBe(true)
    // FIPS 204 §5.2: another context is another signature; RFC 9881 §3 has the empty one.
    const context = noble.sign(Uint8Array.from(data), theirs.secretKey, { context: Uint8Array.of(1) })
    expect(verify(null, data, publicKey, context)).toBe(false)
  })
})

describe('a key', () => {
  it.each(SETS)(
    '%s of another length, or with parameters, is refused (RFC 9881 §2, §4)',
    (name, _, { spki }) => {
      const key = rawKey(spki)
      const of = (octets: Uint8Array, ...parameters: Uint8Array[]): unknown =>
        rejection(
          () =>
            parsePublicKey(
              sequence(sequence(oid(keyAlgorithmInfo(name).oid), ...parameters), bitString(octets)),
              'key',
            ).algorithm,
        )
      expect(of(key)).toBe(name)
      expect(of(key.subarray(1))).toEqual(['key_ml_dsa'])
      expect(of(Uint8Array.of(...key, 0))).toEqual(['key_ml_dsa'])
      expect(of(new Uint8Array())).toEqual(['key_ml_dsa'])
      expect(of(key, NULL)).toEqual(['key_parameters'])
    },
  )

  it('of one parameter set under the identifier of another is refused', () => {
    const spki = sequence(algorithmIdentifier('ML_DSA_65'), bitString(rawKey(testKeys.mlDsa44.spki)))
    expect(rejection(() => parsePublicKey(spki, 'key'))).toEqual(['key_ml_dsa'])
  })

  it('of HashML-DSA is no key of ours, and no signature either (RFC 9881 §8.3)', () => {
    const prehash = sequence(oid('2.16.840.1.101.3.4.3.32'))
    const info = parsePublicKey(sequence(prehash, bitString(rawKey(testKeys.mlDsa44.spki))), 'key')
    expect(info.algorithm).toBeUndefined()
    const csr = aRequest({ algorithm: 'ML_DSA_44', key: testKeys.mlDsa44 })
    const { signedBytes, signature } = parseCsr(csr, 'csr')
    const der = sequence(signedBytes, prehash, bitString(signature))
    expect(rejection(() => parseCsr(der, 'csr'))).toEqual(['signature_prehash'])
  })
})

describe('a request', () => {
  it('of ML-DSA-87 with a hundred names is not too large', () => {
    const names = Array.from({ length: 100 }, (_, place) => ({
      type: 'dns' as const,
      value: `${'label-of-some-length.'.repeat(5)}${place}.example.com`,
    }))
    const der = aRequest({ algorithm: 'ML_DSA_87', key: testKeys.mlDsa87, names })
    expect(parseCsr(der, 'csr').names).toHaveLength(100)
    expect(der.length).toBeGreaterThan(16_384)
  })

  it('signed with another parameter set than its key’s is refused', () => {
    const csr = parseCsr(aRequest({ algorithm: 'ML_DSA_44', key: testKeys.mlDsa44 }), 'csr')
    for (const other of ['ML_DSA_65', 'ML_DSA_87', 'ED25519'] as const) {
      const der = assembleSigned(csr.signedBytes, other, csr.signature)
      expect(rejection(() => parseCsr(der, 'csr'))).toEqual(['signature_key'])
    }
  })

  it('with any octet changed is read or refused with a ChanceryError, and no longer verifies', () => {
    const key = testKeys.mlDsa44
    const der = aRequest({ algorithm: 'ML_DSA_44', key })
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = der.with(at, (der[at] as number) ^ bits)
        const csr = rejectionOrCsr(changed)
        if (csr === undefined || !Buffer.from(csr.publicKey.spki).equals(spkiOf(key))) return
        expect(verify(null, csr.signedBytes, key.publicKey, csr.signature)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

function rejectionOrCsr(der: Uint8Array) {
  try {
    return parseCsr(der, 'csr')
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    return undefined
  }
}

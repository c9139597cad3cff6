import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createSignatureVerifier } from '../../../src/adapters/system/signature-verifier.ts'
import { packed, unpacked } from '../../../src/adapters/system/verification-batch.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import {
  SIGNATURE_ALGORITHM_NAMES,
  signingOptions,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'

// Two, so that batches are spread and come back out of order.
const verifier = createSignatureVerifier(2)
afterAll(() => verifier.close())

const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' })
const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
  mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
  mlDsa65: generateKeyPairSync('ml-dsa-65').privateKey,
  mlDsa87: generateKeyPairSync('ml-dsa-87').privateKey,
}
type KeyName = keyof typeof keys
const data = Buffer.from('the bytes that were signed')
const signed = (algorithm: SignatureAlgorithm, key: KeyName, bytes = data): Buffer => {
  const { digest, padding } = signingOptions(algorithm)
  return sign(digest, bytes, { key: keys[key], ...padding })
}
const verdict = (
  key: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  bytes: Uint8Array = data,
) => verifier.verify(verifier.load(key, 'csr'), algorithm, bytes, signature)

describe('verify', () => {
  it.each<[SignatureAlgorithm, KeyName]>([
    ['SHA256WITHRSA', 'rsa'],
    ['SHA384WITHRSA', 'rsa'],
    ['SHA512WITHRSA', 'rsa'],
    ['SHA256WITHRSA_PSS', 'rsa'],
    ['SHA384WITHRSA_PSS', 'rsa'],
    ['SHA512WITHRSA_PSS', 'rsa'],
    ['SHA256WITHECDSA', 'p256'],
    ['SHA384WITHECDSA', 'p384'],
    ['SHA512WITHECDSA', 'p521'],
    ['SHA512WITHECDSA', 'p256'],
    ['ED25519', 'ed25519'],
    ['ML_DSA_44', 'mlDsa44'],
    ['ML_DSA_65', 'mlDsa65'],
    ['ML_DSA_87', 'mlDsa87'],
  ])(
    '%s with %s: right for the bytes signed, wrong for others and for other algorithms',
    async (algorithm, name) => {
      const spki = spkiOf(keys[name])
      const signature = signed(algorithm, name)
      expect(await verdict(spki, algorithm, signature)).toBe(true)
      expect(await verdict(spki, algorithm, signature, Buffer.concat([data, Buffer.alloc(1)]))).toBe(false)
      expect(await verdict(spki, algorithm, Buffer.alloc(0))).toBe(false)
      for (const other of SIGNATURE_ALGORITHM_NAMES.filter((one) => one !== algorithm)) {
        expect(await verdict(spki, other, signature), other).toBe(false)
      }
    },
  )

  it('is wrong with any octet of an ECDSA or Ed25519 signature changed', async () => {
    for (const [algorithm, name] of [
      ['SHA256WITHECDSA', 'p256'],
      ['ED25519', 'ed25519'],
    ] as const) {
      const spki = spkiOf(keys[name])
      const signature = signed(algorithm, name)
      const verdicts = [...signature.keys()].map((place) => {
        const changed = Buffer.from(signature)
        changed[place] = (changed[place] ?? 0) ^ 1
        return verdict(spki, algorithm, changed)
      })
      expect((await Promise.all(verdicts)).includes(true)).toBe(false)
    }
  })

  it('takes ECDSA signatures in DER only (RFC 3279 §2.2.3)', async () => {
    const spki = spkiOf(keys.p256)
    const raw = sign('sha256', data, { key: keys.p256, dsaEncoding: 'ieee-p1363' })
    const number = (octets: Buffer, pad: number): Buffer => {
      const trimmed = octets.subarray(octets.findIndex((octet) => octet !== 0))
      const positive = Buffer.concat([Buffer.alloc(((trimmed[0] ?? 0) >> 7) + pad), trimmed])
      return Buffer.concat([Buffer.of(2, positive.length), positive])
    }
    const body = (pad: number): Buffer =>
      Buffer.concat([number(raw.subarray(0, 32), pad), number(raw.subarray(32), 0)])
    const der = Buffer.concat([Buffer.of(0x30, body(0).length), body(0)])
    expect(await verdict(spki, 'SHA256WITHECDSA', der)).toBe(true)
    const others = {
      'r ‖ s': raw,
      'a padded INTEGER': Buffer.concat([Buffer.of(0x30, body(1).length), body(1)]),
      'a long-form length': Buffer.concat([Buffer.of(0x30, 0x81, body(0).length), body(0)]),
      'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), body(0), Buffer.alloc(2)]),
      'something after it': Buffer.concat([der, Buffer.alloc(1)]),
      'something in it': Buffer.concat([Buffer.of(0x30, body(0).length + 2), body(0), Buffer.of(5, 0)]),
    }
    for (const [what, signature] of Object.entries(others)) {
      expect(await verdict(spki, 'SHA256WITHECDSA', signature), what).toBe(false)
    }
  })

  it('keeps many at once apart, and a key used again stays itself', async () => {
    const loaded = (['p256', 'ed25519', 'rsa'] as const).map((name) =>
      verifier.load(spkiOf(keys[name]), 'csr'),
    )
    const algorithms = ['SHA256WITHECDSA', 'ED25519', 'SHA256WITHRSA'] as const
    const names = ['p256', 'ed25519', 'rsa'] as const
    const verdicts = await Promise.all(
      Array.from({ length: 300 }, (_, place) => {
        const kind = place % 3
        const bytes = Buffer.from(`message ${place}`)
        const right = place % 7 !== 0
        const signature = signed(algorithms[kind] ?? 'ED25519', names[kind] ?? 'rsa', right ? bytes : data)
        return verifier.verify(
          loaded[kind] as (typeof loaded)[0],
          algorithms[kind] ?? 'ED25519',
          bytes,
          signature,
        )
      }),
    )
    expect(verdicts).toEqual(Array.from({ length: 300 }, (_, place) => place % 7 !== 0))
  })
})

describe('a key that is none', () => {
  const p256 = spkiOf(keys.p256)
  const offCurve = Buffer.from(p256)
  offCurve[offCurve.length - 1] = (offCurve.at(-1) ?? 0) ^ 1
  const hybrid = Buffer.from(p256)
  hybrid[26] = 6 + ((p256.at(-1) ?? 0) & 1)
  const identity = Buffer.concat([
    Buffer.from('3019301306072a8648ce3d020106082a8648ce3d030107030200', 'hex'),
    Buffer.of(0),
  ])
  const refused: [string, Buffer][] = [
    ['a point off its curve', offCurve],
    ['a hybrid point (SEC 1 §2.3.4)', hybrid],
    ['the point at infinity', identity],
    ['half a key', p256.subarray(0, 50)],
    ['octets', Buffer.alloc(91, 7)],
    [
      'a curve that the product lacks',
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    ],
    [
      'an RSASSA-PSS key (RFC 4055 §1.2), which can’t sign PKCS#1 v1.5',
      spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
    ],
    ['a key for agreement', spkiOf(generateKeyPairSync('x25519').privateKey)],
    [
      'explicit curve parameters',
      generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey.export({
        format: 'der',
        type: 'spki',
      }),
    ],
  ]
  it.each(refused)('%s: csr_invalid, naming the field', async (_, spki) => {
    const key = verifier.load(spki, 'csr')
    for (let time = 0; time < 3; time++) {
      await expect(
        verifier.verify(key, 'SHA256WITHECDSA', data, signed('SHA256WITHECDSA', 'p256')),
      ).rejects.toMatchObject({
        code: 'csr_invalid',
        message: expect.stringMatching(/^csr: /) as string,
        violations: [{ code: 'public_key', field: 'csr' }],
      })
    }
  })

  it.each([0, 2615, 100_000])('of %d octets is refused at once', (length) => {
    expect(() => verifier.load(Buffer.alloc(length), 'csr')).toThrow(ChanceryError)
  })

  it('never verifies, whatever its octets', async () => {
    const signature = signed('SHA256WITHECDSA', 'p256')
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: p256.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (place, bits) => {
          const changed = Buffer.from(p256)
          changed[place] = (changed[place] ?? 0) ^ bits
          expect(
            await verdict(changed, 'SHA256WITHECDSA', signature).catch((error: ChanceryError) => error.code),
          ).not.toBe(true)
        },
      ),
    )
  })
})

describe('its life', () => {
  it('answers a pending verification when it is closed, and refuses later ones', async () => {
    const own = createSignatureVerifier(1)
    const key = own.load(spkiOf(keys.p256), 'csr')
    const signature = signed('SHA256WITHECDSA', 'p256')
    const pending = Promise.allSettled(
      Array.from({ length: 50 }, () => own.verify(key, 'SHA256WITHECDSA', data, signature)),
    )
    await own.close()
    for (const result of await pending) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'unavailable' })
      else expect(result.value).toBe(true)
    }
    await expect(own.verify(key, 'SHA256WITHECDSA', data, signature)).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})

describe('a batch', () => {
  it('comes out as it went in', () => {
    const octets = fc.uint8Array({ maxLength: 40 })
    const verification = fc.record({
      slot: fc.nat({ max: 2 ** 32 - 1 }),
      algorithm: fc.constantFrom(...SIGNATURE_ALGORITHM_NAMES),
      spki: octets,
      data: octets,
      signature: octets,
    })
    fc.assert(
      fc.property(fc.array(verification, { maxLength: 9 }), (batch) => {
        expect([...unpacked(packed(batch))]).toEqual(batch)
      }),
    )
  })
})

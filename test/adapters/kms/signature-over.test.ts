import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { collected, signatureOver } from '../../../src/adapters/kms/signature-over.ts'
import { createInlineVerifier } from '../../../src/adapters/system/inline-verifier.ts'
import { createSignatureVerifier } from '../../../src/adapters/system/signature-verifier.ts'
import { signingOptions, type SignatureAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import type { Pieces } from '../../../src/core/x509/prepare.ts'

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEYS: readonly [SignatureAlgorithm, Pair][] = [
  ['SHA256WITHRSA', rsa],
  ['SHA384WITHRSA_PSS', rsa],
  ['SHA256WITHECDSA', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['SHA384WITHECDSA', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ED25519', generateKeyPairSync('ed25519')],
  ['ML_DSA_44', generateKeyPairSync('ml-dsa-44')],
]
/** Larger than what is put together, in pieces of odd sizes. */
const MESSAGE = Uint8Array.from({ length: 700_000 }, (_, i) => i % 251)
const inPieces = (message: Uint8Array): Pieces => ({
  length: message.length,
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < message.length; at += 99_991) yield message.subarray(at, at + 99_991)
  },
})
const spkiOf = ({ publicKey }: Pair): Uint8Array =>
  Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))

describe('a message in pieces', () => {
  for (const [algorithm, pair] of KEYS)
    for (const [size, message] of [
      ['large', MESSAGE],
      ['small', MESSAGE.subarray(0, 1000)],
    ] as const)
      test(`is signed as the whole one is: ${algorithm}, ${size}`, async () => {
        const signature = await signatureOver(inPieces(message), algorithm, pair.privateKey, false)
        const { digest, padding } = signingOptions(algorithm)
        expect(verify(digest, message, { key: pair.publicKey, ...padding }, signature)).toBe(true)
        const whole = await signatureOver(message, algorithm, pair.privateKey, true)
        expect(verify(digest, message, { key: pair.publicKey, ...padding }, whole)).toBe(true)
      })

  test('is collected octet for octet', async () => {
    expect(await collected(inPieces(MESSAGE))).toEqual(MESSAGE)
  })

  test('isn’t signed when it ends with an error', async () => {
    const broken: Pieces = {
      length: MESSAGE.length,

      async *[Symbol.asyncIterator]() {
        throw new Error('it is damaged')
      },
    }
    const [[algorithm, { privateKey }]] = KEYS.slice(2) as [(typeof KEYS)[number]]
    await expect(signatureOver(broken, algorithm, privateKey, false)).rejects.toThrow('it is damaged')
  })
})

describe.each([
  ['in threads', () => createSignatureVerifier(1)],
  ['inline', createInlineVerifier],
])('a signature over pieces is verified, %s', (_, create) => {
  test.each(KEYS)('%s', async (algorithm, pair) => {
    const verifier = create()
    try {
      const { digest, padding } = signingOptions(algorithm)
      const signature = sign(digest, MESSAGE, { key: pair.privateKey, ...padding })
      const verdict = async (message: Uint8Array, given: Uint8Array): Promise<boolean> => {
        const running = verifier.begin(verifier.load(spkiOf(pair), 'key'), algorithm)
        for await (const piece of inPieces(message)) running.add(piece)
        return running.verify(given)
      }
      expect(await verdict(MESSAGE, signature)).toBe(true)
      expect(await verdict(MESSAGE.with(600_000, 255), signature)).toBe(false)
      expect(await verdict(MESSAGE.subarray(1), signature)).toBe(false)
      expect(await verdict(MESSAGE, Uint8Array.from(signature).with(9, 1))).toBe(false)
      expect(await verdict(MESSAGE, new Uint8Array(0))).toBe(false)
    } finally {
      await verifier.close()
    }
  })

  test('not by a key of another kind, nor by what is none', async () => {
    const verifier = create()
    try {
      const running = verifier.begin(verifier.load(spkiOf(rsa), 'key'), 'SHA256WITHECDSA')
      running.add(MESSAGE)
      expect(await running.verify(sign('sha256', MESSAGE, rsa.privateKey))).toBe(false)
      expect(() => verifier.begin(verifier.load(Uint8Array.of(0x30, 0), 'key'), 'SHA256WITHECDSA')).toThrow(
        /not a valid key/,
      )
    } finally {
      await verifier.close()
    }
  })
})

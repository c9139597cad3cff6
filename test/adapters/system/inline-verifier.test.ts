import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { createInlineVerifier } from '../../../src/adapters/system/inline-verifier.ts'
import { createSignatureVerifier } from '../../../src/adapters/system/signature-verifier.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../../../src/core/domain/key-algorithms.ts'
import type { SignatureVerifier } from '../../../src/core/ports/signature-verifier.ts'

const threads = createSignatureVerifier(1)
afterAll(() => threads.close())
const inline = createInlineVerifier()

const data = Buffer.from('the bytes that were signed')
const pairs = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  // Not one of the product's kinds.
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
}

/** What a verifier says, a refusal by its code. */
const verdict = async (verifier: SignatureVerifier, spki: Uint8Array, ...rest: [string, Uint8Array]) => {
  try {
    const key = verifier.load(spki, 'csr')
    return await verifier.verify(key, rest[0] as 'ED25519', data, rest[1])
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the verifier without threads', () => {
  it.each(Object.entries(pairs))('says what the one with threads says: %s', async (name, pair) => {
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' })
    const signature = sign(name === 'ed25519' ? null : 'sha256', data, pair.privateKey)
    const said: unknown[] = []
    for (const algorithm of SIGNATURE_ALGORITHM_NAMES) {
      for (const given of [signature, signature.subarray(1), Buffer.alloc(0)]) {
        const own = await verdict(inline, spki, algorithm, given)
        expect(own).toBe(await verdict(threads, spki, algorithm, given))
        said.push(own)
      }
    }
    expect(said.filter((each) => each === true)).toHaveLength(name === 'secp256k1' ? 0 : 1)
    if (name === 'secp256k1') expect(new Set(said)).toEqual(new Set(['csr_invalid']))
  })

  it.each([[0], [1], [91], [2000], [3000]])('refuses %d octets that are no key', async (length) => {
    expect(await verdict(inline, new Uint8Array(length), 'ED25519', Buffer.alloc(64))).toBe('csr_invalid')
  })
})

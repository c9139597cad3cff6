import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { pemDecode, pemEncode } from '../../../src/core/x509/pem.ts'
import { testKeys } from './keys.ts'

describe('PEM (RFC 7468)', () => {
  it('is written as openssl writes it', () => {
    const { publicKey, spki } = testKeys.p256
    expect(pemEncode('PUBLIC KEY', spki)).toBe(publicKey.export({ format: 'pem', type: 'spki' }))
    expect(createPublicKey(pemEncode('PUBLIC KEY', spki)).equals(publicKey)).toBe(true)
  })

  it('goes there and back, several blocks in their order', () => {
    const block = fc.tuple(fc.constantFrom('A', 'B C'), fc.uint8Array({ minLength: 1, maxLength: 200 }))
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), fc.boolean(), (blocks, crlf) => {
        const lines = blocks.map(([label, der]) => pemEncode(label, der)).join('\n')
        const text = crlf ? lines.replaceAll('\n', '\r\n') : lines
        expect(pemDecode(text, ['A', 'B C'])).toEqual(blocks.map(([label, der]) => ({ label, der })))
      }),
    )
  })

  it('decodes into memory of its own', () => {
    const [block] = pemDecode(pemEncode('A', Uint8Array.of(1, 2, 3)), ['A'])
    expect(block?.der.buffer.byteLength).toBe(3)
    expect(Buffer.isBuffer(block?.der)).toBe(false)
  })

  it('reads a view of a larger array as what it shows', () => {
    const view = Uint8Array.of(9, 1, 2, 9).subarray(1, 3)
    expect(pemDecode(pemEncode('A', view), ['A'])[0]?.der).toEqual(Uint8Array.of(1, 2))
  })

  it.each([
    ['header lines', '-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQI=\n-----END A-----', 'pem_block'],
    ['base64 with spare bits set', '-----BEGIN A-----\nAQJ=\n-----END A-----', 'pem_base64'],
    ['base64 without its padding', '-----BEGIN A-----\nAQI\n-----END A-----', 'pem_base64'],
    ['padding in the middle', '-----BEGIN A-----\nAQ==AQI=\n-----END A-----', 'pem_base64'],
    ['another label', pemEncode('PRIVATE KEY', Uint8Array.of(1)), 'pem_label'],
    [
      'text between blocks',
      `${pemEncode('A', Uint8Array.of(1))}x\n${pemEncode('A', Uint8Array.of(1))}`,
      'pem_text',
    ],
    ['more than a hundred blocks', pemEncode('A', Uint8Array.of(1)).repeat(101), 'pem_blocks'],
    ['nothing', '', 'pem_empty'],
  ])('%s is refused', (_, text, code) => {
    try {
      pemDecode(text, ['A'], 'chain')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ChanceryError)
      expect((error as ChanceryError).violations).toMatchObject([{ code, field: 'chain' }])
    }
  })

  it('is refused in time that grows with its length only', () => {
    const started = process.hrtime.bigint()
    for (const text of [
      '-----BEGIN A-----\n'.repeat(50_000),
      `-----BEGIN A-----\n${'A'.repeat(1_000_000)}`,
      ' '.repeat(1_000_000),
    ]) {
      expect(() => pemDecode(text, ['A'])).toThrow(ChanceryError)
    }
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(5)
  })
})

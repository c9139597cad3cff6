import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attribute, Cryptoki } from '../../../../src/adapters/kms/pkcs11/addon.ts'
import { CKA, CKF, CKK } from '../../../../src/adapters/kms/pkcs11/cryptoki.ts'
import { handleOf, keyIdIn } from '../../../../src/adapters/kms/pkcs11/key-handle.ts'
import { login } from '../../../../src/adapters/kms/pkcs11/open-token.ts'
import { ecdsaSignature, spkiOf } from '../../../../src/adapters/kms/pkcs11/public-key.ts'
import { createSessionPool } from '../../../../src/adapters/kms/pkcs11/session-pool.ts'
import { failureOf } from '../../../../src/adapters/kms/pkcs11/token-failure.ts'
import { octetString, oid } from '../../../../src/core/x509/der/writer.ts'

describe('a key’s handle', () => {
  it('is a PKCS #11 URI (RFC 7512 §2.3) that leads back to the key’s id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (id) => {
        expect(keyIdIn(handleOf(id))).toEqual(Buffer.from(id))
      }),
    )
    expect(Buffer.from(handleOf(new Uint8Array(16))).toString()).toMatch(/^pkcs11:type=private;id=(%00){16}$/)
  })

  it('is refused for any other octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        expect(() => keyIdIn(octets)).toThrow(/no handle of a key in a PKCS #11 token/)
      }),
    )
  })
})

describe('an ECDSA signature', () => {
  it.each(['P-256', 'P-384', 'P-521'])(
    'of %s becomes the DER that verifies (RFC 3279 §2.2.3)',
    (namedCurve) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      // Short and negative-looking halves come up among so many.
      for (let round = 0; round < 600; round++) {
        const data = randomBytes(32)
        const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
        expect(verify('sha256', data, publicKey, ecdsaSignature(raw))).toBe(true)
      }
    },
  )
})

describe('a public key', () => {
  /** A library that answers with these attributes; tokens that give bare points can't be had here. */
  const library = (attributes: ReadonlyMap<number, Buffer>): Cryptoki =>
    ({
      C_GetAttributeValue: (_session: Buffer, _object: Buffer, template: readonly Attribute[]) =>
        template.map(({ type }) => ({ type, value: attributes.get(type) ?? Buffer.alloc(0) })),
    }) as unknown as Cryptoki
  const none = Buffer.alloc(8)
  const P256 = '1.2.840.10045.3.1.7'
  const withPoint = (point: Uint8Array, curve = P256): Uint8Array =>
    spkiOf(
      library(
        new Map([
          [CKA.KEY_TYPE, Buffer.from([CKK.EC, 0, 0, 0, 0, 0, 0, 0])],
          [CKA.EC_PARAMS, Buffer.from(oid(curve))],
          [CKA.EC_POINT, Buffer.from(point)],
        ]),
      ),
      none,
      none,
    )

  it('is read whether its point comes in an OCTET STRING (PKCS #11 2.40 §2.3.3) or bare', () => {
    for (let round = 0; round < 600; round++) {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      const point = spki.subarray(-65)
      expect(spki.equals(withPoint(point))).toBe(true)
      expect(spki.equals(withPoint(octetString(point)))).toBe(true)
    }
  })

  it('is refused with a point of another length, or on a curve that the product hasn’t got', () => {
    expect(() => withPoint(new Uint8Array(64))).toThrow(/point of the wrong length/)
    expect(() => withPoint(new Uint8Array(67))).toThrow(/point of the wrong length/)
    expect(() => withPoint(new Uint8Array(65), '1.3.132.0.10')).toThrow(/unknown kind/)
  })
})

describe('a login', () => {
  const never = {
    C_Login: () => {
      throw new Error('a PIN was given')
    },
  } as unknown as Cryptoki
  it.each([
    ['is locked', CKF.USER_PIN_LOCKED, /PIN is locked/],
    ['would be locked by one more wrong PIN', CKF.USER_PIN_FINAL_TRY, /one more wrong PIN locks it/],
  ])('is not tried on a token that %s', (_, flags, said) => {
    expect(() => login(never, Buffer.alloc(8), '1234', 'token “x”', flags)).toThrow(said)
  })
})

describe('sessions', () => {
  const pool = (size: number, closed: number[] = []) => {
    let count = 0
    const open = () => Buffer.from([++count])
    return {
      ...createSessionPool(size, open, (session) => closed.push(session[0] ?? 0)),
      opened: () => count,
    }
  }

  it('are never more than allowed, are used again, and go to who waits longest', async () => {
    const { use, opened } = pool(2)
    let most = 0
    let now = 0
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        use(async () => {
          most = Math.max(most, ++now)
          await Promise.resolve()
          order.push(place)
          now--
        }),
      ),
    )
    expect(most).toBe(2)
    expect(opened()).toBe(2)
    expect(order).toEqual(Array.from({ length: 20 }, (_, place) => place))
  })

  it('in which something failed are closed and not lent again', async () => {
    const closed: number[] = []
    const { use } = pool(1, closed)
    await use(() => undefined)
    await expect(use(() => Promise.reject(new Error('CKR_DEVICE_ERROR')))).rejects.toThrow('CKR_DEVICE_ERROR')
    expect(closed).toEqual([1])
    expect(await use((session) => session[0])).toBe(2)
  })

  it('that can’t be opened leave their place to the next', async () => {
    let there = false
    const { use } = createSessionPool(
      1,
      () => {
        if (there) return Buffer.from([1])
        throw new Error('CKR_TOKEN_NOT_PRESENT')
      },
      () => undefined,
    )
    await expect(use(() => 1)).rejects.toThrow('CKR_TOKEN_NOT_PRESENT')
    there = true
    expect(await use(() => 1)).toBe(1)
  })
})

describe('what a library throws', () => {
  const thrown = (name: string, code: number): Error => Object.assign(new Error(`${name}:${code}`), { code })
  it.each([
    ['CKR_DEVICE_REMOVED', 0x32, 'lost'],
    ['CKR_SESSION_HANDLE_INVALID', 0xb3, 'lost'],
    ['CKR_USER_NOT_LOGGED_IN', 0x101, 'lost'],
    ['CKR_VENDOR_DEFINED', 0x80000001, 'lost'],
    ['CKR_SESSION_COUNT', 0xb1, 'failed'],
    ['CKR_DEVICE_MEMORY', 0x31, 'failed'],
    ['CKR_MECHANISM_INVALID', 0x70, 'refused'],
    ['CKR_TOKEN_WRITE_PROTECTED', 0xe2, 'refused'],
    ['CKR_PIN_INCORRECT', 0xa0, 'pin'],
    ['CKR_PIN_LOCKED', 0xa4, 'pin'],
  ])('%s is told by its name, and what follows from it: %s, %s', (name, code, kind) => {
    expect(failureOf(thrown(name, code), 'signing')).toMatchObject({
      kind,
      message: `signing failed: ${name}`,
    })
  })
})

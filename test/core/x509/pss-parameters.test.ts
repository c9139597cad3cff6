import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  algorithmIdentifier,
  readAlgorithmIdentifier,
  refusedSignature,
  signatureAlgorithmOf,
} from '../../../src/core/x509/algorithm-identifiers.ts'
import { DerError } from '../../../src/core/x509/der/errors.ts'
import { DerReader } from '../../../src/core/x509/der/reader.ts'
import { NULL, concat, explicit, integer, oid, sequence } from '../../../src/core/x509/der/writer.ts'

const PSS = '1.2.840.113549.1.1.10'
const [SHA1, SHA256, SHA384] = ['1.3.14.3.2.26', '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2']
const [SHA512_256, MGF1] = ['2.16.840.1.101.3.4.2.6', '1.2.840.113549.1.1.8']

const identifier = (der: Uint8Array) => readAlgorithmIdentifier(new DerReader(der), 'the algorithm')
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
const hash = (name: string, parameters: Uint8Array = NULL): Uint8Array => sequence(oid(name), parameters)
const NONE = new Uint8Array()

type Parts = { hashed?: Uint8Array; generator?: Uint8Array; salt?: Uint8Array; rest?: Uint8Array }
/** RSASSA-PSS with SHA-256 as it should be, but for the parts given. */
const pss = ({
  hashed = explicit(0, hash(SHA256)),
  generator = explicit(1, sequence(oid(MGF1), hash(SHA256))),
  salt = explicit(2, integer(32)),
  rest = NONE,
}: Parts): Uint8Array => sequence(oid(PSS), sequence(hashed, generator, salt, rest))

describe('RSASSA-PSS-params', () => {
  // What OpenSSL 3.0 writes for `openssl req -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest`.
  it.each([
    ['SHA256WITHRSA_PSS', '01', '20'],
    ['SHA384WITHRSA_PSS', '02', '30'],
    ['SHA512WITHRSA_PSS', '03', '40'],
  ] as const)('golden dump, RFC 4055 §3.1: %s', (name, last, salt) => {
    const golden = bytes(`
      3041 06092a864886f70d01010a
        3034
          a00f 300d 0609608648016503 0402${last} 0500
          a11c 301a 06092a864886f70d010108 300d 0609608648016503 0402${last} 0500
          a203 0201${salt}`)
    expect(Buffer.from(algorithmIdentifier(name))).toEqual(Buffer.from(golden))
    expect(signatureAlgorithmOf(identifier(golden))).toBe(name)
  })

  it.each([
    ['neither hash', NONE, NONE],
    ['only the hash', NULL, NONE],
    ['only MGF1’s hash', NONE, NULL],
    ['both', NULL, NULL],
  ])('NULL in %s: the same, RFC 4055 §2.1', (_, first, second) => {
    const der = pss({
      hashed: explicit(0, hash(SHA256, first)),
      generator: explicit(1, sequence(oid(MGF1), hash(SHA256, second))),
    })
    expect(signatureAlgorithmOf(identifier(der))).toBe('SHA256WITHRSA_PSS')
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['no parameters', sequence(oid(PSS)), /ends? too early|expected/],
    ['NULL', sequence(oid(PSS), NULL), /SEQUENCE expected/],
    ['nothing but defaults', sequence(oid(PSS), sequence()), /hash with SHA-1/],
    ['SHA-1 by default', pss({ hashed: NONE }), /hash with SHA-1/],
    ['SHA-1 by name', pss({ hashed: explicit(0, hash(SHA1)) }), /none of SHA-256/],
    ['SHA-512/256', pss({ hashed: explicit(0, hash(SHA512_256)) }), /none of SHA-256/],
    ['MGF1 with SHA-1 by default', pss({ generator: NONE }), /MGF1 with SHA-1/],
    [
      'another hash in MGF1',
      pss({ generator: explicit(1, sequence(oid(MGF1), hash(SHA384))) }),
      /another hash/,
    ],
    ['another generator', pss({ generator: explicit(1, sequence(oid(SHA256), hash(SHA256))) }), /not MGF1/],
    ['20 octets of salt by default', pss({ salt: NONE }), /salt has 20 octets/],
    ['222 octets of salt', pss({ salt: explicit(2, integer(222)) }), /222 octets; .* must have 32/],
    ['a negative salt', pss({ salt: explicit(2, bytes('020180')) }), /negative/],
    ['the trailer written out, X.690 §11.5', pss({ rest: explicit(3, integer(1)) }), /trailerField/],
    ['something else behind', pss({ rest: NULL }), /trailerField/],
    ['two hashes', pss({ hashed: explicit(0, hash(SHA256), hash(SHA256)) }), /too many/],
    ['parameters of a hash', pss({ hashed: explicit(0, hash(SHA256, integer(1))) }), /NULL expected/],
    ['two parameters of a hash', pss({ hashed: explicit(0, hash(SHA256, concat(NULL, NULL))) }), /too many/],
  ])('refused: %s', (_, der, why) => {
    expect(signatureAlgorithmOf(identifier(der))).toBeUndefined()
    expect(refusedSignature(identifier(der)).message).toMatch(why)
  })

  it('with any octet changed are read as one of the product’s or refused with a DerError', () => {
    const seeds = [
      pss({}),
      algorithmIdentifier('SHA384WITHRSA_PSS'),
      algorithmIdentifier('SHA512WITHRSA_PSS'),
    ]
    const changed = fc
      .constantFrom(...seeds)
      .chain((seed) =>
        fc.tuple(fc.nat(seed.length - 1), fc.nat(255)).map(([at, octet]) => seed.with(at, octet)),
      )
    fc.assert(
      fc.property(changed, (der) => {
        let read
        try {
          read = identifier(der)
        } catch (error) {
          if (!(error instanceof DerError)) throw error
          return
        }
        const name = signatureAlgorithmOf(read)
        if (name === undefined) expect(refusedSignature(read)).toBeInstanceOf(DerError)
        // The one form that is written: nothing changed, since every octet of it matters.
        else expect(Buffer.from(read.der)).toEqual(Buffer.from(algorithmIdentifier(name)))
      }),
      { numRuns: 2000 },
    )
  })
})

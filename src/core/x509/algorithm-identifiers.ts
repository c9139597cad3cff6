import {
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
} from '../domain/key-algorithms.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { DerError } from './der/errors.ts'
import type { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import { NULL, oid, sequence } from './der/writer.ts'
import type { PublicKeyInfo } from './types.ts'

export type AlgorithmIdentifier = { readonly oid: string; readonly der: Uint8Array }

const ENCODED = Object.fromEntries(
  SIGNATURE_ALGORITHM_NAMES.map((name) => {
    const info = signatureAlgorithmInfo(name)
    // RFC 4055 §5: RSA has NULL parameters; RFC 5758 §3.2, RFC 8410 §3: ECDSA and EdDSA have none.
    return [name, info.parameters === 'null' ? sequence(oid(info.oid), NULL) : sequence(oid(info.oid))]
  }),
) as Record<SignatureAlgorithm, Uint8Array>

const BY_OID: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  SIGNATURE_ALGORITHM_NAMES.map((name) => [SIGNATURE_ALGORITHMS[name].oid, name]),
)

/** DER of the AlgorithmIdentifier. The array is shared: don't write into it. */
export const algorithmIdentifier = (algorithm: SignatureAlgorithm): Uint8Array => ENCODED[algorithm]

/** Reads an AlgorithmIdentifier, whatever the algorithm; its parameters are checked to be DER. */
export function readAlgorithmIdentifier(reader: DerReader, what: string): AlgorithmIdentifier {
  const start = reader.at
  const inside = reader.enter(TAG.sequence, what)
  const found = inside.oid(what)
  if (!inside.done) inside.checkedElement(what)
  inside.finish(what)
  return { oid: found, der: reader.bytes.subarray(start, reader.at) }
}

/** The product's name of a signature algorithm, or undefined where it has none or the parameters are wrong. */
export function signatureAlgorithmOf(identifier: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  const name = BY_OID.get(identifier.oid)
  return name !== undefined && sameOctets(identifier.der, ENCODED[name]) ? name : undefined
}

/** What to say about a signature algorithm that the product doesn't take: a code and a message. */
export function refusedSignature(identifier: AlgorithmIdentifier): DerError {
  if (BY_OID.has(identifier.oid)) {
    return new DerError(
      'signature_parameters',
      'the parameters of the signature algorithm are not as its RFC has them',
    )
  }
  const [code, message] = REFUSED.get(identifier.oid) ?? [
    'signature_algorithm',
    `the signature algorithm ${identifier.oid} is not supported`,
  ]
  return new DerError(code, `${message}; use ${SIGNATURE_ALGORITHM_NAMES.join(', ')}`)
}

const WEAK = 'signature_weak'
const REFUSED: ReadonlyMap<string, readonly [code: string, message: string]> = new Map([
  ['1.2.840.113549.1.1.2', [WEAK, 'signed with MD2, which is broken']],
  ['1.2.840.113549.1.1.4', [WEAK, 'signed with MD5, which is broken']],
  ['1.2.840.113549.1.1.5', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.3.14.3.2.29', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.2.840.10045.4.1', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.2.840.113549.1.1.14', [WEAK, 'signed with SHA-224, which is too short']],
  ['1.2.840.10045.4.3.1', [WEAK, 'signed with SHA-224, which is too short']],
  ['1.2.840.113549.1.1.10', ['signature_pss', 'signed with RSA-PSS, which is not supported']],
])

/** Whether two arrays hold the same octets. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether a key can make signatures of this algorithm. */
export function fitsKey(algorithm: SignatureAlgorithm, key: PublicKeyInfo): boolean {
  return (
    key.algorithm !== undefined &&
    keyAlgorithmInfo(key.algorithm).family === signatureAlgorithmInfo(algorithm).family
  )
}

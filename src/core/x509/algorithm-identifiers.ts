import {
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ALGORITHM_NAMES,
  fits,
  signatureAlgorithmInfo,
} from '../domain/key-algorithms.ts'
import type { SignatureAlgorithm, SignatureAlgorithmInfo } from '../domain/key-algorithms.ts'
import { DerError } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import { NULL, oid, sequence } from './der/writer.ts'
import { pssParameters, readPssParameters } from './pss-parameters.ts'
import type { PublicKeyInfo } from './types.ts'

export type AlgorithmIdentifier = { readonly oid: string; readonly der: Uint8Array }

const RSASSA_PSS = SIGNATURE_ALGORITHMS.SHA256WITHRSA_PSS.oid

const ENCODED = Object.fromEntries(
  SIGNATURE_ALGORITHM_NAMES.map((name) => [name, encoded(signatureAlgorithmInfo(name))]),
) as Record<SignatureAlgorithm, Uint8Array>

function encoded({ oid: dotted, parameters, digest, saltLength }: SignatureAlgorithmInfo): Uint8Array {
  // RFC 4055 §5: RSA has NULL parameters; RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2: ECDSA, EdDSA and ML-DSA have none.
  if (parameters === 'null') return sequence(oid(dotted), NULL)
  if (parameters === 'absent' || digest === null || saltLength === undefined) return sequence(oid(dotted))
  return sequence(oid(dotted), pssParameters(digest, saltLength))
}

/** Several for RSASSA-PSS, whose hash stands in the parameters. */
const BY_OID: ReadonlyMap<string, readonly SignatureAlgorithm[]> = Map.groupBy(
  SIGNATURE_ALGORITHM_NAMES,
  (name) => SIGNATURE_ALGORITHMS[name].oid,
)
const PSS_BY_HASH: ReadonlyMap<string | null, SignatureAlgorithm> = new Map(
  SIGNATURE_ALGORITHM_NAMES.filter((name) => SIGNATURE_ALGORITHMS[name].parameters === 'pss').map((name) => [
    SIGNATURE_ALGORITHMS[name].digest,
    name,
  ]),
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
  const candidates = BY_OID.get(identifier.oid)
  const exact = candidates?.find((name) => sameOctets(identifier.der, ENCODED[name]))
  if (exact !== undefined || identifier.oid !== RSASSA_PSS) return exact
  const read = pssAlgorithm(identifier)
  return read instanceof DerError ? undefined : read
}

/** RSASSA-PSS as others write it, whose hashes may lack their NULL; or what is wrong with its parameters. */
function pssAlgorithm({ der }: AlgorithmIdentifier): SignatureAlgorithm | DerError {
  try {
    const inside = new DerReader(der).enter(TAG.sequence, 'the signature algorithm')
    inside.oid('the signature algorithm')
    const { hash, saltLength } = readPssParameters(der.subarray(inside.at))
    const name = PSS_BY_HASH.get(hash) as SignatureAlgorithm
    const wanted = signatureAlgorithmInfo(name).saltLength
    if (saltLength === wanted) return name
    return new DerError(
      'signature_parameters',
      `the RSASSA-PSS salt has ${saltLength} octets; with this hash it must have ${wanted} (openssl: -sigopt rsa_pss_saltlen:digest)`,
    )
  } catch (error) {
    if (error instanceof DerError) return error
    throw error
  }
}

/** What to say about a signature algorithm that the product doesn't take: a code and a message. */
export function refusedSignature(identifier: AlgorithmIdentifier): DerError {
  if (identifier.oid === RSASSA_PSS) {
    const read = pssAlgorithm(identifier)
    if (read instanceof DerError) return read
  }
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
const PREHASH = 'signature_prehash'
const REFUSED: ReadonlyMap<string, readonly [code: string, message: string]> = new Map([
  ['1.2.840.113549.1.1.2', [WEAK, 'signed with MD2, which is broken']],
  ['1.2.840.113549.1.1.4', [WEAK, 'signed with MD5, which is broken']],
  ['1.2.840.113549.1.1.5', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.3.14.3.2.29', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.2.840.10045.4.1', [WEAK, 'signed with SHA-1, which is broken']],
  ['1.2.840.113549.1.1.14', [WEAK, 'signed with SHA-224, which is too short']],
  ['1.2.840.10045.4.3.1', [WEAK, 'signed with SHA-224, which is too short']],
  ['2.16.840.1.101.3.4.3.32', [PREHASH, 'signed with HashML-DSA-44, which RFC 9881 §8.3 keeps out of X.509']],
  ['2.16.840.1.101.3.4.3.33', [PREHASH, 'signed with HashML-DSA-65, which RFC 9881 §8.3 keeps out of X.509']],
  ['2.16.840.1.101.3.4.3.34', [PREHASH, 'signed with HashML-DSA-87, which RFC 9881 §8.3 keeps out of X.509']],
])

/** Whether two arrays hold the same octets. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether a key can make signatures of this algorithm. */
export const fitsKey = (algorithm: SignatureAlgorithm, key: PublicKeyInfo): boolean =>
  key.algorithm !== undefined && fits(algorithm, key.oid)

import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signingOptions,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'
import type { GeneralName, SubjectFields } from '../../../src/core/domain/names.ts'
import { algorithmIdentifier } from '../../../src/core/x509/algorithm-identifiers.ts'
import { TAG } from '../../../src/core/x509/der/tags.ts'
import {
  bitString,
  element,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  TRUE,
} from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { encodeGeneralNames } from '../../../src/core/x509/general-names-der.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { Extension } from '../../../src/core/x509/types.ts'

export type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }

const made = new Map<KeyAlgorithm, KeyPair>()
/** A key pair of the kind, the same one in each test of a file: RSA takes its time. */
export function keyPair(algorithm: KeyAlgorithm): KeyPair {
  const known = made.get(algorithm)
  if (known !== undefined) return known
  const { type, bits, curve = '' } = keyAlgorithmInfo(algorithm)
  const pair =
    type === 'rsa'
      ? generateKeyPairSync(type, { modulusLength: bits })
      : type === 'ec'
        ? generateKeyPairSync(type, { namedCurve: curve })
        : type === 'ed25519'
          ? generateKeyPairSync(type)
          : generateKeyPairSync(type)
  made.set(algorithm, pair)
  return pair
}

/** All kinds of key but the slow RSA sizes. */
export const QUICK_KEYS = KEY_ALGORITHM_NAMES.filter((name) => !/^RSA_[34]/.test(name))

export const spkiOf = ({ publicKey }: KeyPair): Uint8Array =>
  Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))

export type RequestOptions = {
  readonly algorithm?: KeyAlgorithm
  readonly key?: KeyPair
  /** In place of the key's own. */
  readonly spki?: Uint8Array
  readonly subject?: SubjectFields
  readonly names?: readonly GeneralName[]
  /** How it is signed; as is usual for its key when absent. */
  readonly signature?: SignatureAlgorithm
  /** Asked for besides the names. */
  readonly extensions?: readonly Extension[]
  /** Signs in place of the key. */
  readonly signer?: KeyPair
}

/** A PKCS#10 request (RFC 2986), signed by its key unless told otherwise; DER. */
export function aRequest(options: RequestOptions = {}): Uint8Array {
  const { algorithm = 'EC_prime256v1', names = [{ type: 'dns', value: 'www.example.com' }] } = options
  const key = options.key ?? keyPair(algorithm)
  const info = sequence(
    integer(0),
    options.subject === undefined ? EMPTY_NAME : encodeSubject(options.subject),
    options.spki ?? spkiOf(key),
    explicit(0, ...requestedExtensions(names, options.extensions ?? [])),
  )
  const signature = options.signature ?? keyAlgorithmInfo(algorithm).defaultSignature
  const { digest, padding } = signingOptions(signature)
  const bytes = sign(digest, info, { key: (options.signer ?? key).privateKey, ...padding })
  return sequence(info, algorithmIdentifier(signature), bitString(bytes))
}

function requestedExtensions(names: readonly GeneralName[], more: readonly Extension[]): Uint8Array[] {
  const list = [
    ...(names.length === 0
      ? []
      : [{ oid: OID.subjectAltName, critical: false, value: encodeGeneralNames(names) }]),
    ...more,
  ].map((each) => sequence(oid(each.oid), ...(each.critical ? [TRUE] : []), octetString(each.value)))
  return list.length === 0 ? [] : [sequence(oid(OID.extensionRequest), element(TAG.set, sequence(...list)))]
}

/** The private key in a PEM file that an export gave. */
export function privateKeyIn(bytes: Uint8Array, passphrase?: string): KeyObject {
  const key = Buffer.from(bytes).toString('latin1')
  return createPrivateKey(passphrase === undefined ? key : { key, passphrase })
}

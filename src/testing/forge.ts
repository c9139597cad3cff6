import { createPublicKey, generateKeyPair, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SubjectFields } from '../core/domain/names.ts'
import { DAY, type Millis } from '../core/domain/time.ts'
import { TAG } from '../core/x509/der/tags.ts'
import {
  bitString,
  element,
  explicit,
  oid,
  integer,
  octetString,
  sequence,
  time,
  TRUE,
  unsignedInteger,
} from '../core/x509/der/writer.ts'
import { encodeSubject } from '../core/x509/distinguished-names.ts'
import { authorityKeyIdentifier, subjectKeyIdentifier } from '../core/x509/extensions.ts'
import { keyIdentifierOf } from '../core/x509/public-keys.ts'
import type { Extension } from '../core/x509/types.ts'

/** A name with a key, and the certificate that binds the two. */
export type Party = {
  /** DER of the Name. */
  readonly subject: Uint8Array
  readonly key: KeyObject
  readonly der: Uint8Array
}

/** Everything about a certificate to forge; what is absent is as a careful authority would have it. */
export type Forgery = SubjectFields & {
  /** The key to certify; a new P-256 key when absent. */
  readonly key?: KeyObject
  /** Undefined: signs itself. */
  readonly issuer?: Party
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** Besides the two key identifiers. */
  readonly extensions: readonly Extension[]
  readonly digest?: 'sha1' | 'sha256'
  /** Whether the signature is spoilt. */
  readonly spoilt?: boolean
}

// The forge's own keys are P-256 only (RFC 5758 §3.2; RFC 3279 §2.2.3 for SHA-1).
const ECDSA = { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' } as const
const VERSION_3 = explicit(0, integer(2))
const RSA_BITS_TOO_FEW = 1024

/** The validity of whatever isn't broken in its validity. */
export const usualValidity = (now: Millis): Pick<Forgery, 'notBefore' | 'notAfter'> => ({
  notBefore: now - DAY,
  notAfter: now + 30 * DAY,
})

/** A P-256 key. */
export const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** An RSA key that is too short since 2013 (NIST SP 800-131A). */
export const newWeakKey = async (): Promise<KeyObject> =>
  (await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS_TOO_FEW })).privateKey

/**
 * Makes a certificate, whatever may be wrong with it: nothing is linted here, no vault and no authority of the
 * installation is reached. The encoding is DER throughout.
 */
export function forge(forgery: Forgery): Party {
  const { issuer, digest = 'sha256', spoilt = false } = forgery
  const key = forgery.key ?? newKey()
  const subject = encodeSubject(forgery)
  const algorithm = sequence(oid(ECDSA[digest]))
  const tbs = sequence(
    VERSION_3,
    unsignedInteger(randomBytes(16)),
    algorithm,
    issuer?.subject ?? subject,
    sequence(time(forgery.notBefore), time(forgery.notAfter)),
    subject,
    spkiOf(key),
    explicit(3, sequence(...extensionsOf(forgery, key).map(encoded))),
  )
  const signature = sign(digest, tbs, issuer?.key ?? key)
  // The last bit belongs to s, so the signature stays well-formed.
  if (spoilt) signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1)
  return { subject, key, der: sequence(tbs, algorithm, bitString(signature)) }
}

function extensionsOf({ issuer, extensions }: Forgery, key: KeyObject): readonly Extension[] {
  return [
    ...extensions,
    subjectKeyIdentifier(keyIdentifierOf(spkiOf(key))),
    authorityKeyIdentifier(keyIdentifierOf(spkiOf(issuer?.key ?? key))),
  ]
}

/** RFC 5280 §4.1.2.9; `critical` is DEFAULT FALSE and so only written where it is true. */
const encoded = ({ oid: type, critical, value }: Extension): Uint8Array =>
  critical ? sequence(oid(type), TRUE, octetString(value)) : sequence(oid(type), octetString(value))

const spkiOf = (key: KeyObject): Uint8Array => createPublicKey(key).export({ format: 'der', type: 'spki' })

/** An extension of a private arc, of which no verifier can know what it means. */
export const unknownExtension = (critical: boolean): Extension => ({
  oid: '1.3.6.1.4.1.99999.1',
  critical,
  value: element(TAG.null),
})

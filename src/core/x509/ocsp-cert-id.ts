import { hash as digest } from 'node:crypto'
import { readAlgorithmIdentifier } from './algorithm-identifiers.ts'
import { DerError } from './der/errors.ts'
import type { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import { NULL, concat, octetString, oid, sequence, unsignedInteger } from './der/writer.ts'
import { OID } from './oids.ts'
import { publicKeyBits } from './public-keys.ts'

/** Hashes by which a client may name an issuer: RFC 9919 §3.1.1; SHA-1 for those of RFC 5019. */
export const CERT_ID_HASHES = ['sha1', 'sha256'] as const
export type CertIdHash = (typeof CERT_ID_HASHES)[number]
const BY_OID: ReadonlyMap<string, CertIdHash> = new Map(CERT_ID_HASHES.map((hash) => [OID[hash], hash]))

export type CertId = {
  /** As the client wrote it: an answer repeats it octet for octet. */
  readonly der: Uint8Array
  /** Undefined for a hash that nobody here knows. */
  readonly hash: CertIdHash | undefined
  /** As `issuerHashes` gives them, where the client means an issuer of ours. */
  readonly issuer: Uint8Array
  /** Content octets of the INTEGER, minimal, of either sign. */
  readonly serial: Uint8Array
}

/** RFC 5280 §4.1.2.2. */
const MAX_SERIAL = 20

/** A CertID (RFC 6960 §4.1.1) where a reader stands, in requests and answers alike. @throws DerError */
export function readCertId(reader: DerReader): CertId {
  const start = reader.at
  const inside = reader.enter(TAG.sequence, 'a CertID')
  const hash = BY_OID.get(readAlgorithmIdentifier(inside, 'the hash algorithm').oid)
  const from = inside.at
  inside.octetString('the hash of the issuer’s name')
  inside.octetString('the hash of the issuer’s key')
  const issuer = inside.bytes.subarray(from, inside.at)
  const serial = inside.integer('the serial number')
  if (serial.length > MAX_SERIAL)
    throw new DerError('ocsp_serial', `a serial number has at most ${MAX_SERIAL} octets (RFC 5280 §4.1.2.2)`)
  inside.finish('a CertID')
  return { der: reader.bytes.subarray(start, reader.at), hash, issuer, serial }
}

/**
 * What stands for an issuer in a CertID: the hashes of its name and of its key, two OCTET STRINGs one after the other.
 * @param name DER of its Name, as in the certificates that it issues
 */
export const issuerHashes = (hash: CertIdHash, name: Uint8Array, spki: Uint8Array): Uint8Array =>
  concat(octetString(digest(hash, name, 'buffer')), octetString(digest(hash, publicKeyBits(spki), 'buffer')))

/** DER of a CertID; `serial` as unsigned octets. */
export const encodeCertId = (hash: CertIdHash, issuer: Uint8Array, serial: Uint8Array): Uint8Array =>
  sequence(sequence(oid(OID[hash]), NULL), issuer, unsignedInteger(serial))

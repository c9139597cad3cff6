import type { ErrorCode } from '../domain/errors.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { algorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifiers.ts'
import { DerBuilder } from './der/builder.ts'
import { DerError, violationError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { TIME_END, UTC_TIME_FROM } from './der/time.ts'
import { lengthOctets, putHeader } from './der/writer.ts'
import { readName } from './distinguished-names.ts'
import { putExtension, readExtensions } from './extension-list.ts'
import { readPublicKey } from './public-keys.ts'
import type { CertificateDraft, Extension, ParsedCertificate, ParsedTbs } from './types.ts'

/** Largest certificate read, in octets: one hundred names of full length fit, with room. */
export const MAX_CERTIFICATE_SIZE = 65_536
/** `[0] EXPLICIT INTEGER 2`: version 3, which extensions oblige to (RFC 5280 §4.1.2.1). */
const VERSION_3 = Uint8Array.of(0xa0, 3, 2, 1, 2)
const TBS = 'the TBSCertificate'
const SERIAL_OCTETS = 16

const builder = new DerBuilder()

/**
 * DER of the TBSCertificate (RFC 5280 §4.1), in memory of its own. The writer works backwards, so that each length is
 * known when its header is written.
 * @throws request_invalid for a serial that isn't 16 octets or is zero, and for times outside 1950 to 9999
 */
export function encodeTbs(draft: CertificateDraft): Uint8Array {
  checkSerial(draft.serial)
  checkTime(draft.notBefore, 'validity.notBefore')
  checkTime(draft.notAfter, 'validity.notAfter')
  builder.reset()
  // RFC 5280 §4.1.2.9: a field with no extensions is left out; Extensions has at least one.
  if (draft.extensions.length > 0) {
    const start = builder.size
    for (let i = draft.extensions.length - 1; i >= 0; i--)
      putExtension(builder, draft.extensions[i] as Extension)
    builder.wrap(TAG.sequence, start)
    builder.wrap(contextConstructed(3), start)
  }
  builder.put(draft.spki)
  builder.put(draft.subject)
  const validity = builder.size
  builder.putTime(draft.notAfter)
  builder.putTime(draft.notBefore)
  builder.wrap(TAG.sequence, validity)
  builder.put(draft.issuer)
  builder.put(algorithmIdentifier(draft.signatureAlgorithm))
  builder.putUnsigned(draft.serial)
  builder.put(VERSION_3)
  builder.wrap(TAG.sequence, 0)
  return builder.bytes()
}

function checkSerial(serial: Uint8Array): void {
  if (serial.length !== SERIAL_OCTETS)
    throw violationError('request_invalid', 'serial', 'serial', 'a serial has 16 octets')
  // RFC 5280 §4.1.2.2: positive; 16 octets and a leading 00 stay below its 20.
  if (!serial.some((octet) => octet !== 0)) {
    throw violationError('request_invalid', 'serial', 'serial', 'a serial must not be zero')
  }
}

function checkTime(time: number, field: string): void {
  if (time >= UTC_TIME_FROM && time < TIME_END) return
  throw violationError('request_invalid', 'validity', field, 'must lie in the years 1950 to 9999')
}

/**
 * The 16 octets of a serial as a DER INTEGER, positive (RFC 5280 §4.1.2.2).
 * @throws request_invalid for another length and for zero
 */
export function encodeSerial(serial: Uint8Array): Uint8Array {
  checkSerial(serial)
  builder.reset()
  builder.putUnsigned(serial)
  return builder.bytes()
}

/** The signed SEQUENCE of certificates, requests and CRLs: the signed part, its algorithm, the signature's bits. */
export function assembleSigned(
  tbs: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array {
  const identifier = algorithmIdentifier(algorithm)
  const bits = signature.length + 1
  const length = tbs.length + identifier.length + 1 + lengthOctets(bits) + bits
  const out = new Uint8Array(1 + lengthOctets(length) + length)
  let at = putHeader(out, 0, TAG.sequence, length)
  out.set(tbs, at)
  at += tbs.length
  out.set(identifier, at)
  at = putHeader(out, at + identifier.length, TAG.bitString, bits)
  out.set(signature, at + 1)
  return out
}

/** DER of the Certificate (RFC 5280 §4.1.1). */
export const assembleCertificate = (
  tbs: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array => assembleSigned(tbs, algorithm, signature)

/**
 * Parses a TBSCertificate. What is well-formed but forbidden (extensions twice, serials too long, wrong time type) is
 * left for the lint to name. `version` is as people count: 3 for v3.
 * @throws request_invalid naming `field`
 */
export function parseTbs(der: Uint8Array, field = 'certificate'): ParsedTbs {
  return withDerErrors('request_invalid', field, () => {
    checkSize(der)
    const reader = new DerReader(der)
    const tbs = readTbs(reader)
    reader.finish(TBS)
    return tbs
  })
}

/**
 * Parses a Certificate; its signature is not verified.
 * @throws `code` naming `field`
 */
export function parseCertificate(
  der: Uint8Array,
  field = 'certificate',
  code: ErrorCode = 'request_invalid',
): ParsedCertificate {
  return withDerErrors(code, field, () => {
    checkSize(der)
    const reader = new DerReader(der)
    const outer = reader.enter(TAG.sequence, 'the certificate')
    const tbs = readTbs(outer)
    const outerAlgorithm = readAlgorithmIdentifier(outer, 'the signature algorithm')
    const signature = outer.bitString('the signature')
    outer.finish('the certificate')
    reader.finish('the certificate')
    return {
      tbs: tbs.tbs,
      version: tbs.version,
      serialOctets: tbs.serialOctets,
      signatureAlgorithm: tbs.signatureAlgorithm,
      issuer: tbs.issuer,
      notBefore: tbs.notBefore,
      notAfter: tbs.notAfter,
      subject: tbs.subject,
      publicKey: tbs.publicKey,
      extensions: tbs.extensions,
      der,
      outerAlgorithm,
      signature,
    }
  })
}

/** Certificates that stand one after the other, each as its own bytes. @throws request_invalid */
export function certificatesIn(der: Uint8Array): Uint8Array[] {
  return withDerErrors('request_invalid', 'chain', () => {
    const reader = new DerReader(der)
    const certificates: Uint8Array[] = []
    while (!reader.done) {
      const start = reader.at
      reader.expect(TAG.sequence, 'the certificate')
      certificates.push(der.slice(start, reader.at))
    }
    return certificates
  })
}

function checkSize(der: Uint8Array): void {
  if (der.length > MAX_CERTIFICATE_SIZE) {
    throw new DerError('certificate_size', `larger than ${MAX_CERTIFICATE_SIZE} octets`)
  }
}

function readTbs(reader: DerReader): ParsedTbs {
  const start = reader.at
  const inside = reader.enter(TAG.sequence, TBS)
  const version = inside.has(contextConstructed(0)) ? readVersion(inside) : 1
  const serialOctets = inside.integer('the serial number')
  const signatureAlgorithm = readAlgorithmIdentifier(inside, 'the signature algorithm')
  const issuer = readName(inside, 'the issuer')
  const validity = inside.enter(TAG.sequence, 'the validity')
  const notBefore = validity.time('notBefore')
  const notAfter = validity.time('notAfter')
  validity.finish('the validity')
  const subject = readName(inside, 'the subject')
  const publicKey = readPublicKey(inside)
  if (inside.has(contextPrimitive(1)) || inside.has(contextPrimitive(2))) {
    throw new DerError('certificate_unique_id', 'unique identifiers are not supported (RFC 5280 §4.1.2.8)')
  }
  const extensions = inside.has(contextConstructed(3)) ? readTaggedExtensions(inside, version) : []
  inside.finish(TBS)
  return {
    tbs: reader.bytes.subarray(start, reader.at),
    version,
    serialOctets,
    signatureAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    publicKey,
    extensions,
  }
}

function readVersion(inside: DerReader): number {
  const tagged = inside.enter(contextConstructed(0), 'the version')
  const version = tagged.smallInteger('the version')
  tagged.finish('the version')
  // v1 is the default, which DER doesn't write (X.690 §11.5).
  if (version !== 1 && version !== 2)
    throw new DerError('certificate_version', 'the version must be v1, v2 or v3')
  return version + 1
}

function readTaggedExtensions(inside: DerReader, version: number): Extension[] {
  if (version !== 3)
    throw new DerError('certificate_version', 'extensions oblige to version 3 (RFC 5280 §4.1.2.1)')
  const tagged = inside.enter(contextConstructed(3), 'the extensions')
  const extensions = readExtensions(tagged, 'the extensions')
  tagged.finish('the extensions')
  return extensions
}

import { violationError, withDerErrors, DerError } from './der/errors.ts'
import {
  fitsKey,
  readAlgorithmIdentifier,
  refusedSignature,
  signatureAlgorithmOf,
} from './algorithm-identifiers.ts'
import type { GeneralName } from '../domain/names.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { readName } from './distinguished-names.ts'
import type { Attribute } from './distinguished-names.ts'
import { readExtensions } from './extension-list.ts'
import { parseGeneralNames } from './general-names-der.ts'
import { OID, oidName } from './oids.ts'
import { pemDecode } from './pem.ts'
import { readPublicKey } from './public-keys.ts'
import type { CertificationRequest, Extension, PublicKeyInfo } from './types.ts'

/** Largest request read, in octets: an ML-DSA-87 key and its signature take 7,300, a hundred names as much again twice. */
export const MAX_CSR_SIZE = 24_576
/** RFC 7468 §7: the second label is an old one that some tools still write. */
const LABELS = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']
const REQUEST = 'the request'
const INFO = 'the CertificationRequestInfo'

/**
 * Parses a PKCS#10 request (RFC 2986), PEM or DER. The signature is not verified; its algorithm is checked to be one
 * of the product's and to fit the key. Names pass the same policy as names in text. challengePassword is ignored.
 * @throws csr_invalid naming `field`, each cause with its own violation code
 */
export function parseCsr(input: string | Uint8Array, field: string): CertificationRequest {
  return withDerErrors('csr_invalid', field, () => {
    const der = derOf(input, field)
    if (der.length > MAX_CSR_SIZE) throw tooLarge()
    const reader = new DerReader(der)
    const outer = reader.enter(TAG.sequence, REQUEST)
    reader.finish(REQUEST)
    const start = outer.at
    const info = outer.enter(TAG.sequence, INFO)
    const signedBytes = der.subarray(start, outer.at)
    if (info.smallInteger('the version') !== 0)
      throw new DerError('csr_version', 'the version must be v1 (0)')
    const attributes: Attribute[] = []
    const subject = readName(info, 'the subject', attributes)
    const publicKey = readPublicKey(info)
    const extensions = readAttributes(info)
    info.finish(INFO)
    const signatureAlgorithm = readSignatureAlgorithm(outer, publicKey)
    const signature = outer.bitString('the signature')
    outer.finish(REQUEST)
    return {
      der,
      signedBytes,
      signatureAlgorithm,
      signature,
      subject,
      commonNames: attributes.filter(({ oid }) => oid === OID.commonName).map(({ text }) => text),
      publicKey,
      extensions,
      names: namesOf(extensions, field),
    }
  })
}

const tooLarge = (): DerError => new DerError('csr_size', `the request is larger than ${MAX_CSR_SIZE} octets`)

function derOf(input: string | Uint8Array, field: string): Uint8Array {
  // Twice the size in base64 and lines is still no request of ours, and isn't worth decoding.
  if (input.length > MAX_CSR_SIZE * 2) throw tooLarge()
  if (input.length === 0) throw new DerError('csr_empty', 'the request is empty')
  // A SEQUENCE begins 0x30, PEM with a hyphen or white space.
  if (typeof input !== 'string' && input[0] === TAG.sequence) return input
  const text =
    typeof input === 'string'
      ? input
      : Buffer.from(input.buffer, input.byteOffset, input.length).toString('latin1')
  const blocks = pemDecode(text, LABELS, field, 'csr_invalid')
  if (blocks.length > 1) {
    throw violationError('csr_invalid', 'csr_several', field, `one request expected, ${blocks.length} found`)
  }
  return (blocks[0] as { der: Uint8Array }).der
}

/** Extensions of the extensionRequest attribute (RFC 2985 §5.4.2); none where it is missing. */
function readAttributes(info: DerReader): readonly Extension[] {
  const tag = contextConstructed(0)
  // RFC 2986 §4.1 has the attributes always there, but some tools leave an empty list out.
  if (info.done) return []
  const list = info.enter(tag, 'the attributes')
  const seen = new Set<string>()
  let extensions: readonly Extension[] = []
  while (!list.done) {
    const attribute = list.enter(TAG.sequence, 'an attribute')
    const type = attribute.oid('an attribute')
    if (seen.has(type)) {
      throw new DerError(
        'csr_attribute_twice',
        `the attribute ${oidName(type) ?? type} stands twice in the request`,
      )
    }
    seen.add(type)
    const values = attribute.enter(TAG.set, 'an attribute')
    attribute.finish('an attribute')
    if (values.done)
      throw new DerError('csr_attribute_empty', `the attribute ${oidName(type) ?? type} has no value`)
    if (type === OID.extensionRequest) extensions = readExtensionRequest(values)
    else while (!values.done) values.checkedElement('an attribute')
  }
  return extensions
}

function readExtensionRequest(values: DerReader): readonly Extension[] {
  const extensions = readExtensions(values, 'the requested extensions')
  // RFC 2985 §5.4.2: SINGLE VALUE TRUE.
  if (!values.done)
    throw new DerError('csr_attribute_values', 'the attribute extensionRequest has several values')
  const seen = new Set<string>()
  for (const { oid } of extensions) {
    if (seen.has(oid)) {
      throw new DerError(
        'csr_extension_twice',
        `the extension ${oidName(oid) ?? oid} stands twice in the request`,
      )
    }
    seen.add(oid)
  }
  return extensions
}

function readSignatureAlgorithm(outer: DerReader, publicKey: PublicKeyInfo): SignatureAlgorithm {
  const identifier = readAlgorithmIdentifier(outer, 'the signature algorithm')
  const algorithm = signatureAlgorithmOf(identifier)
  if (algorithm === undefined) throw refusedSignature(identifier)
  if (publicKey.algorithm !== undefined && !fitsKey(algorithm, publicKey)) {
    throw new DerError(
      'signature_key',
      `a key of kind ${publicKey.algorithm} can't make ${algorithm} signatures`,
    )
  }
  return algorithm
}

function namesOf(extensions: readonly Extension[], field: string): readonly GeneralName[] {
  const san = extensions.find(({ oid }) => oid === OID.subjectAltName)
  return san === undefined ? [] : parseGeneralNames(san.value, `${field}.subjectAltName`, 'csr_invalid')
}

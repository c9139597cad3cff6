import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import {
  archiveText,
  checkpointText,
  type SignedArchive,
  type SignedCheckpoint,
  type StatementSignature,
} from '../domain/audit-trail.ts'
import { certificateArchiveText } from '../domain/certificate-archive.ts'
import { ChanceryError } from '../domain/errors.ts'
import { sha256 } from './digest.ts'
import { pemDecode, pemEncode } from './pem.ts'

/** How a key is named in statements: SHA-256 of its SubjectPublicKeyInfo, in hex. */
export const keyNameOf = (spki: Uint8Array): string => Buffer.from(sha256(spki)).toString('hex')

export const publicKeyPem = (spki: Uint8Array): string => pemEncode('PUBLIC KEY', spki)

/** A key that statements about the audit trail are believed by. */
export type StatementKey = { readonly name: string; readonly key: KeyObject }

/**
 * Reads the public key of whoever signs checkpoints and archives.
 * @throws request_invalid naming `field` when it is no Ed25519 key in PEM
 */
export function statementKeyFrom(pem: string, field: string): StatementKey {
  const [block] = pemDecode(pem, ['PUBLIC KEY'], field)
  const spki = block?.der ?? new Uint8Array()
  let key: KeyObject | undefined
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    // Said below.
  }
  if (key?.asymmetricKeyType === 'ed25519') return { name: keyNameOf(spki), key }
  const message = 'an Ed25519 public key is expected'
  throw new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'public_key', field, message }],
  })
}

const isSigned = (
  text: string,
  { key, signature }: StatementSignature,
  by: readonly StatementKey[],
): boolean =>
  by.some(
    (each) =>
      each.name === key && verify(null, Buffer.from(text), each.key, Buffer.from(signature, 'base64')),
  )

/** Whether one of these keys signed it. */
export const isSignedCheckpoint = (checkpoint: SignedCheckpoint, by: readonly StatementKey[]): boolean =>
  isSigned(checkpointText(checkpoint), checkpoint, by)

export const isSignedArchive = (archive: SignedArchive, by: readonly StatementKey[]): boolean =>
  isSigned(archiveText(archive), archive, by)

export const isSignedCertificateArchive = (archive: SignedArchive, by: readonly StatementKey[]): boolean =>
  isSigned(certificateArchiveText(archive), archive, by)

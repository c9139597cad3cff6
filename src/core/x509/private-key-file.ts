import type { ErrorCode } from '../domain/errors.ts'
import { violationError, withDerErrors } from './der/errors.ts'
import { pemDecode } from './pem.ts'
import type { Opening, Pbkdf2 } from './pbes2-reader.ts'
import { isPkcs12, openPkcs12, type Pkcs12Content } from './pkcs12-reader.ts'
import { checkPkcs8, isEncryptedPkcs8, openEncryptedPkcs8 } from './pkcs8-reader.ts'
import { passphraseOctets } from './pkcs8.ts'
import type { Pause } from './pkcs12-kdf.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'

/** Largest file with a key, in octets: a PKCS#12 file with a long chain is far below it. */
const MAX_OCTETS = 256 * 1024
const PKCS8_LABELS = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY']
const CONVERT_PKCS8 = 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.key -out NEW.key'
const CONVERT_PKCS12 =
  'openssl pkcs12 -legacy -in OLD.p12 -nodes -out CLEAR.pem && openssl pkcs12 -export -in CLEAR.pem -out NEW.p12'

/** A private key as people keep it, and what opens it. */
export type PrivateKeyFile = {
  /** PKCS#8, clear or encrypted, or PKCS#12; DER. */
  readonly der: Uint8Array
  readonly passphrase: string | undefined
}

/**
 * DER of a key file that came as text: PEM of a PKCS#8 key, or base64 of PKCS#8 or PKCS#12.
 * @throws request_invalid naming `key`; for OpenSSL's older PEM forms with the command that converts them
 */
export function privateKeyDer(text: string): Uint8Array {
  const refusal = (code: string, message: string, kind: ErrorCode = 'request_invalid') =>
    violationError(kind, code, 'key', message)
  if (text.includes('-----BEGIN ')) {
    const older = /-----BEGIN ((?:RSA|EC|DSA|OPENSSH) PRIVATE KEY|EC PARAMETERS)-----/.exec(text)?.[1]
    if (older !== undefined)
      throw refusal('key_form', `${older} isn’t PKCS#8; convert it with: ${CONVERT_PKCS8}`)
    const blocks = pemDecode(text, PKCS8_LABELS, 'key')
    const [block] = blocks
    if (block === undefined || blocks.length > 1)
      throw refusal('key_count', 'holds more than one private key')
    return block.der
  }
  const base64 = text.replace(/\s+/g, '')
  const der = Buffer.from(base64, 'base64')
  if (der.length === 0 || der.toString('base64') !== base64)
    throw refusal('key_form', 'must be PEM of a PKCS#8 key, or PKCS#8 or PKCS#12 in base64')
  if (der.length > MAX_OCTETS) throw refusal('key_size', `is larger than ${MAX_OCTETS} octets`)
  return new Uint8Array(der)
}

/**
 * The private key in a file, with the certificates that a PKCS#12 file has beside it. The caller zeroes the key.
 * @throws request_invalid naming `key` or `passphrase`
 */
export async function openPrivateKeyFile(
  { der, passphrase }: PrivateKeyFile,
  derive: Pbkdf2,
  pause: Pause,
): Promise<Pkcs12Content> {
  refuseBer(der)
  if (isPkcs12(der)) {
    const given = required(passphrase, 'the PKCS#12 file is protected by one')
    return openPkcs12(der, given, openingOf(given, derive, CONVERT_PKCS12), pause)
  }
  if (isEncryptedPkcs8(der)) {
    const given = required(passphrase, 'the key is encrypted under one')
    return {
      pkcs8Der: await openEncryptedPkcs8(der, openingOf(given, derive, CONVERT_PKCS8)),
      certificates: [],
    }
  }
  if (passphrase !== undefined)
    throw violationError(
      'request_invalid',
      'passphrase_unexpected',
      'passphrase',
      'the key isn’t encrypted; leave it out',
    )
  checkPkcs8(der)
  return { pkcs8Der: der.slice(), certificates: [] }
}

const openingOf = (passphrase: string, derive: Pbkdf2, conversion: string): Opening => ({
  passphrase: passphraseOctets(passphrase),
  derive,
  conversion,
})

function required(passphrase: string | undefined, why: string): string {
  if (passphrase !== undefined) return passphrase
  throw violationError('request_invalid', 'passphrase_missing', 'passphrase', `is missing: ${why}`)
}

/** Some programs write PKCS#12 in BER; what that is gets the command that helps, not just what is wrong. */
function refuseBer(der: Uint8Array): void {
  if (der[0] === TAG.sequence && der[1] === 0x80)
    throw violationError(
      'request_invalid',
      'der_ber',
      'key',
      `is BER with indefinite lengths, DER is read; convert it with: ${CONVERT_PKCS12}`,
    )
  withDerErrors('request_invalid', 'key', () => new DerReader(der).enter(TAG.sequence, 'the key'))
}

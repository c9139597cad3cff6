import { createCipheriv } from 'node:crypto'
import { violationError } from './der/errors.ts'
import { NULL, integer, octetString, oid, sequence, utf8Octets } from './der/writer.ts'

/** What OWASP's Password Storage Cheat Sheet (2023) asks of PBKDF2-HMAC-SHA256. */
export const PBKDF2_ROUNDS = 600_000
/** RFC 8018 §4.1 asks for 8 octets of salt at least, NIST SP 800-132 §5.1 for 16. */
export const SALT_OCTETS = 16
/** One AES block. */
export const IV_OCTETS = 16
const KEY_OCTETS = 32
const MAX_PASSPHRASE_OCTETS = 1024

/**
 * PBKDF2 with HMAC-SHA256 (RFC 8018 §5.2), away from the event loop; `octets` is the key's length. An adapter gives
 * `crypto.pbkdf2`, since the core starts no threads.
 */
export type Pbkdf2Sha256 = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  octets: number,
) => Promise<Uint8Array>

/** How something is to be encrypted under a passphrase: everything random is an argument. */
export type Pbes2Parameters = {
  /** UTF-8 of the passphrase, see `passphraseOctets`. */
  readonly passphrase: Uint8Array
  /** 16 random octets. */
  readonly salt: Uint8Array
  /** 16 random octets. */
  readonly iv: Uint8Array
  readonly derive: Pbkdf2Sha256
  /** `PBKDF2_ROUNDS` unless given; tests use fewer. */
  readonly rounds?: number
}

const PBES2 = oid('1.2.840.113549.1.5.13')
const PBKDF2 = oid('1.2.840.113549.1.5.12')
const HMAC_WITH_SHA256 = sequence(oid('1.2.840.113549.2.9'), NULL)
const AES_256_CBC = oid('2.16.840.1.101.3.4.1.42')

/**
 * UTF-8 of a passphrase, as RFC 8018 §3 recommends and OpenSSL and Java take it.
 * @throws request_invalid for an empty one, one of more than 1,024 octets, one with NUL, and ill-formed Unicode
 */
export function passphraseOctets(passphrase: string): Uint8Array {
  const problem =
    passphrase === ''
      ? 'must not be empty'
      : !passphrase.isWellFormed()
        ? 'is not well-formed Unicode (a lone surrogate)'
        : passphrase.includes('\0')
          ? 'holds a NUL, where many programs end a passphrase'
          : Buffer.byteLength(passphrase) > MAX_PASSPHRASE_OCTETS
            ? `is longer than ${MAX_PASSPHRASE_OCTETS} octets in UTF-8`
            : undefined
  if (problem !== undefined) throw violationError('request_invalid', 'passphrase', 'passphrase', problem)
  return utf8Octets(passphrase)
}

/**
 * Encrypts with AES-256-CBC under a key that PBKDF2-HMAC-SHA256 makes. `algorithm` is the PBES2 AlgorithmIdentifier
 * (RFC 8018 §6.2, Appendix A.4).
 * @throws internal for a salt or an IV of the wrong length
 */
export async function pbes2Encrypt(
  plain: Uint8Array,
  { passphrase, salt, iv, derive, rounds = PBKDF2_ROUNDS }: Pbes2Parameters,
): Promise<{ algorithm: Uint8Array; encrypted: Uint8Array }> {
  if (salt.length !== SALT_OCTETS)
    throw violationError('internal', 'salt', 'salt', `has ${SALT_OCTETS} octets`)
  if (iv.length !== IV_OCTETS) throw violationError('internal', 'iv', 'iv', `has ${IV_OCTETS} octets`)
  const key = await derive(passphrase, salt, rounds, KEY_OCTETS)
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const encrypted = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final()]))
  key.fill(0)
  // keyLength is left out: it is optional, and AES-256 says it already. prf is not the default (HMAC-SHA-1), so it stands.
  const derivation = sequence(PBKDF2, sequence(octetString(salt), integer(rounds), HMAC_WITH_SHA256))
  return {
    algorithm: sequence(PBES2, sequence(derivation, sequence(AES_256_CBC, octetString(iv)))),
    encrypted,
  }
}

/**
 * DER of an EncryptedPrivateKeyInfo (RFC 5958 §3) around a PKCS#8 key: PBES2, PBKDF2-HMAC-SHA256, AES-256-CBC.
 * @throws request_invalid for a passphrase that `passphraseOctets` refuses
 */
export async function encryptedPkcs8(request: {
  readonly pkcs8Der: Uint8Array
  readonly passphrase: string
  readonly salt: Uint8Array
  readonly iv: Uint8Array
  readonly derive: Pbkdf2Sha256
  readonly rounds?: number
}): Promise<Uint8Array> {
  const { pkcs8Der, passphrase, ...parameters } = request
  const { algorithm, encrypted } = await pbes2Encrypt(pkcs8Der, {
    ...parameters,
    passphrase: passphraseOctets(passphrase),
  })
  return sequence(algorithm, octetString(encrypted))
}

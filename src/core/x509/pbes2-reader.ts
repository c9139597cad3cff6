import { createDecipheriv } from 'node:crypto'
import { violationError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'

export type DerivationDigest = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** PBKDF2 (RFC 8018 §5.2) away from the event loop; an adapter gives `crypto.pbkdf2`, since the core starts no threads. */
export type Pbkdf2 = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  octets: number,
  digest: DerivationDigest,
) => Promise<Uint8Array>

/** How to open what a passphrase protects. */
export type Opening = {
  /** UTF-8, see `passphraseOctets`. */
  readonly passphrase: Uint8Array
  readonly derive: Pbkdf2
  /** A command that writes the file anew in a form that is read here; part of each refusal of a form. */
  readonly conversion: string
}

/** More than three times what OWASP asks for; each million takes about a quarter of a second of a thread. */
export const MAX_PBKDF2_ROUNDS = 2_000_000
const MAX_SALT_OCTETS = 1024
const BLOCK_OCTETS = 16
const WHAT = 'the encryption'

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const HMAC_WITH_SHA1 = '1.2.840.113549.2.7'
const PRFS: ReadonlyMap<string, DerivationDigest> = new Map([
  [HMAC_WITH_SHA1, 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])
const CIPHERS: ReadonlyMap<string, { readonly name: string; readonly octets: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', octets: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', octets: 24 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', octets: 32 }],
])
/** What people have that isn't read here, by its usual name. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.5.3', 'PBES1 with MD5 and DES'],
  ['1.2.840.113549.1.5.10', 'PBES1 with SHA-1 and DES'],
  ['1.2.840.113549.1.5.11', 'PBES1 with SHA-1 and RC2'],
  ['1.2.840.113549.1.12.1.1', 'PKCS#12 PBE with 128-bit RC4'],
  ['1.2.840.113549.1.12.1.2', 'PKCS#12 PBE with 40-bit RC4'],
  ['1.2.840.113549.1.12.1.3', 'PKCS#12 PBE with triple DES'],
  ['1.2.840.113549.1.12.1.4', 'PKCS#12 PBE with two-key triple DES'],
  ['1.2.840.113549.1.12.1.5', 'PKCS#12 PBE with 128-bit RC2'],
  ['1.2.840.113549.1.12.1.6', 'PKCS#12 PBE with 40-bit RC2'],
  ['1.2.840.113549.3.7', 'triple DES'],
  ['1.3.14.3.2.7', 'DES'],
  ['1.3.6.1.4.1.11591.4.11', 'scrypt'],
])

type Scheme = {
  readonly salt: Uint8Array
  readonly rounds: number
  readonly digest: DerivationDigest
  readonly cipher: { readonly name: string; readonly octets: number }
  readonly iv: Uint8Array
}

/**
 * Opens what was encrypted by PBES2 with PBKDF2 (HMAC-SHA1, -SHA256, -SHA384 or -SHA512) and AES-CBC. A wrong
 * passphrase passes the padding check once in 256 times: the caller must look at what it gets. It zeroes it, too.
 * @param algorithm the AlgorithmIdentifier (RFC 8018 Appendix A.4)
 * @throws request_invalid naming `key` for another scheme or too many rounds, `passphrase` when it doesn't open
 */
export async function pbes2Decrypt(
  algorithm: Uint8Array,
  encrypted: Uint8Array,
  opening: Opening,
): Promise<Uint8Array> {
  const scheme = withDerErrors('request_invalid', 'key', () => schemeOf(algorithm, opening.conversion))
  const { passphrase, derive } = opening
  const key = await derive(passphrase, scheme.salt, scheme.rounds, scheme.cipher.octets, scheme.digest)
  try {
    const decipher = createDecipheriv(scheme.cipher.name, key, scheme.iv)
    const first = decipher.update(encrypted)
    const last = decipher.final()
    const plain = Uint8Array.from(Buffer.concat([first, last]))
    first.fill(0)
    last.fill(0)
    return plain
  } catch {
    throw wrongPassphrase()
  } finally {
    key.fill(0)
  }
}

/** What a damaged file looks like, too. */
export const wrongPassphrase = () =>
  violationError(
    'request_invalid',
    'passphrase_wrong',
    'passphrase',
    'doesn’t open the key: it is another one, or the file is damaged',
  )

/** A form that isn't read here, with the command that helps. */
export const refusedForm = (code: string, what: string, conversion: string) =>
  violationError('request_invalid', code, 'key', `${what}; convert it with: ${conversion}`)

function schemeOf(algorithm: Uint8Array, conversion: string): Scheme {
  const outer = new DerReader(algorithm)
  const identifier = outer.enter(TAG.sequence, WHAT)
  outer.finish(WHAT)
  const oid = identifier.oid(WHAT)
  if (oid !== PBES2) throw refusedCipher(oid, conversion)
  const parameters = identifier.enter(TAG.sequence, WHAT)
  identifier.finish(WHAT)
  const derivation = derivationOf(parameters.enter(TAG.sequence, 'the key derivation'), conversion)
  const { cipher, iv } = cipherOf(parameters.enter(TAG.sequence, 'the cipher'), conversion)
  parameters.finish(WHAT)
  if (derivation.octets !== undefined && derivation.octets !== cipher.octets)
    throw refusedForm('encryption_key_length', 'its key length is not the cipher’s', conversion)
  const { salt, rounds, digest } = derivation
  return { salt, rounds, digest, cipher, iv }
}

/** PBKDF2-params (RFC 8018 Appendix A.2). */
function derivationOf(
  reader: DerReader,
  conversion: string,
): Pick<Scheme, 'salt' | 'rounds' | 'digest'> & { readonly octets: number | undefined } {
  const what = 'the key derivation'
  const oid = reader.oid(what)
  if (oid !== PBKDF2) throw refusedCipher(oid, conversion)
  const parameters = reader.enter(TAG.sequence, what)
  reader.finish(what)
  const salt = parameters.octetString('the salt')
  if (salt.length > MAX_SALT_OCTETS)
    throw refusedForm('encryption_salt', `its salt has more than ${MAX_SALT_OCTETS} octets`, conversion)
  const rounds = roundsOf(parameters, MAX_PBKDF2_ROUNDS, conversion)
  const octets = parameters.has(TAG.integer) ? parameters.smallInteger('the key length') : undefined
  const prf = parameters.done ? HMAC_WITH_SHA1 : prfOf(parameters.enter(TAG.sequence, 'the PRF'))
  parameters.finish(what)
  const digest = PRFS.get(prf)
  if (digest === undefined) throw refusedCipher(prf, conversion)
  return { salt, rounds, digest, octets }
}

function prfOf(reader: DerReader): string {
  const oid = reader.oid('the PRF')
  if (!reader.done) reader.null('the PRF')
  reader.finish('the PRF')
  return oid
}

/** How often a derivation goes round, bounded: it is whoever wrote the file who decides how long we work. */
export function roundsOf(reader: DerReader, most: number, conversion: string): number {
  const rounds = reader.smallInteger('the number of rounds')
  if (rounds >= 1 && rounds <= most) return rounds
  throw refusedForm('encryption_rounds', `it asks for ${rounds} rounds, 1 to ${most} are done`, conversion)
}

function cipherOf(reader: DerReader, conversion: string): Pick<Scheme, 'cipher' | 'iv'> {
  const oid = reader.oid('the cipher')
  const cipher = CIPHERS.get(oid)
  if (cipher === undefined) throw refusedCipher(oid, conversion)
  const iv = reader.octetString('the IV')
  reader.finish('the cipher')
  if (iv.length !== BLOCK_OCTETS)
    throw refusedForm('encryption_iv', `its IV has not ${BLOCK_OCTETS} octets`, conversion)
  return { cipher, iv }
}

const refusedCipher = (oid: string, conversion: string) =>
  refusedForm(
    'encryption_unknown',
    `it is encrypted by ${REFUSED.get(oid) ?? oid}, which isn’t read`,
    conversion,
  )

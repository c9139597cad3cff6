import { createCipheriv } from 'node:crypto'
import { violationError } from './der/errors.ts'
import { integer, octetString, oid, sequence } from './der/writer.ts'
import { PURPOSE, pkcs12Octets, type Pause } from './pkcs12-kdf.ts'
import { bagsOf, pfx, type Encrypted, type Pkcs12Entry } from './pkcs12.ts'
import { passphraseOctets } from './pkcs8.ts'

/**
 * Rounds of each derivation: single SHA-1 hashes on the event loop, in slices. Seven outputs are needed, 0.1 s in all;
 * OpenSSL writes 2,048.
 */
export const LEGACY_ROUNDS = 10_000
/** Old readers take 8 octets for granted. */
const LEGACY_SALT_OCTETS = 8
/** Random octets that a PFX takes: a salt for the key, for the certificates, and for the MAC. */
export const PKCS12_LEGACY_RANDOM_OCTETS = 3 * LEGACY_SALT_OCTETS
/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 Appendix C). */
const PBE_SHA1_3DES = oid('1.2.840.113549.1.12.1.3')
const KEY_OCTETS = 24
const IV_OCTETS = 8

export type Pkcs12LegacyRequest = Pkcs12Entry & {
  /** `PKCS12_LEGACY_RANDOM_OCTETS` octets from a CSPRNG. */
  readonly random: Uint8Array
  readonly pause: Pause
  /** `LEGACY_ROUNDS` unless given; tests use fewer. */
  readonly rounds?: number
}

/**
 * DER of a PFX as Windows before 2019 and Java before 8u301 read it: triple DES under a key from SHA-1, with an
 * HMAC-SHA-1. Weak: a passphrase is guessed some hundred times faster than under PBES2. The passphrase is UTF-16
 * throughout.
 * @throws as `pkcs12`
 */
export async function pkcs12Legacy(request: Pkcs12LegacyRequest): Promise<Uint8Array> {
  const { random, passphrase, pause, rounds = LEGACY_ROUNDS } = request
  if (random.length !== PKCS12_LEGACY_RANDOM_OCTETS)
    throw violationError('internal', 'random', 'random', `has ${PKCS12_LEGACY_RANDOM_OCTETS} octets`)
  // The same rules as everywhere, though it isn't UTF-8 that is used.
  passphraseOctets(passphrase)
  const salt = (place: number): Uint8Array =>
    random.subarray(place * LEGACY_SALT_OCTETS, (place + 1) * LEGACY_SALT_OCTETS)
  const { keyPlain, certificatesPlain, attributes } = bagsOf(request)
  const encrypt = (plain: Uint8Array, place: number): Promise<Encrypted> =>
    tripleDes(plain, passphrase, { salt: salt(place), rounds, pause })
  const key = await encrypt(keyPlain, 0)
  const certificates = await encrypt(certificatesPlain, 1)
  return pfx({ key, certificates, attributes }, passphrase, { digest: 'sha1', salt: salt(2), rounds, pause })
}

async function tripleDes(
  plain: Uint8Array,
  passphrase: string,
  { salt, rounds, pause }: { salt: Uint8Array; rounds: number; pause: Pause },
): Promise<Encrypted> {
  const shared = { digest: 'sha1', salt, rounds } as const
  const key = await pkcs12Octets(passphrase, { ...shared, purpose: PURPOSE.key, octets: KEY_OCTETS }, pause)
  const iv = await pkcs12Octets(passphrase, { ...shared, purpose: PURPOSE.iv, octets: IV_OCTETS }, pause)
  const cipher = createCipheriv('des-ede3-cbc', key, iv)
  const encrypted = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final()]))
  key.fill(0)
  return { algorithm: sequence(PBE_SHA1_3DES, sequence(octetString(salt), integer(rounds))), encrypted }
}

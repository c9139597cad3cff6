import { createHmac, hash } from 'node:crypto'
import { violationError } from './der/errors.ts'
import { TAG } from './der/tags.ts'
import {
  NULL,
  element,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
} from './der/writer.ts'
import { bmpText, pkcs12MacKey } from './pkcs12-kdf.ts'
import { IV_OCTETS, SALT_OCTETS, passphraseOctets, pbes2Encrypt } from './pkcs8.ts'
import type { Pause } from './pkcs12-kdf.ts'
import type { Pbkdf2Sha256 } from './pkcs8.ts'

/**
 * Rounds of the MAC's key derivation (RFC 7292 Appendix B). Its rounds are single hashes on the event loop, in
 * slices; 100,000 take about 0.15 s, ten times what Java writes and fifty times what OpenSSL does. It is the cheaper
 * way to guess a passphrase than the 600,000 HMACs of the encryption. PBMAC1 (RFC 9579) would mend that, but OpenSSL
 * 3.0 and Java 17 can't read it.
 */
export const MAC_ROUNDS = 100_000
/** Random octets that a PFX takes: salt and IV for the key, salt and IV for the certificates, the MAC's salt. */
export const PKCS12_RANDOM_OCTETS = 3 * SALT_OCTETS + 2 * IV_OCTETS

const VERSION = integer(3)
const DATA = oid('1.2.840.113549.1.7.1')
const ENCRYPTED_DATA = oid('1.2.840.113549.1.7.6')
const SHROUDED_KEY_BAG = oid('1.2.840.113549.1.12.10.1.2')
const CERT_BAG = oid('1.2.840.113549.1.12.10.1.3')
const X509_CERTIFICATE = oid('1.2.840.113549.1.9.22.1')
const FRIENDLY_NAME = oid('1.2.840.113549.1.9.20')
const LOCAL_KEY_ID = oid('1.2.840.113549.1.9.21')
const MAC_DIGESTS = {
  sha1: sequence(oid('1.3.14.3.2.26'), NULL),
  sha256: sequence(oid('2.16.840.1.101.3.4.2.1'), NULL),
} as const
const MAX_FRIENDLY_NAME = 255

/** What a PFX holds, whichever way it is protected. */
export type Pkcs12Entry = {
  readonly pkcs8Der: Uint8Array
  /** The key's certificate first, then the chain upwards; kept in this order. */
  readonly certificates: readonly Uint8Array[]
  /** Shown by key stores; Java's alias. */
  readonly friendlyName: string
  readonly passphrase: string
}
export type Pkcs12Request = Pkcs12Entry & {
  /** `PKCS12_RANDOM_OCTETS` octets from a CSPRNG. */
  readonly random: Uint8Array
  readonly derive: Pbkdf2Sha256
  readonly pause: Pause
  /** `PBKDF2_ROUNDS` unless given; tests use fewer. */
  readonly rounds?: number
  /** `MAC_ROUNDS` unless given. */
  readonly macRounds?: number
}

/**
 * DER of a PFX (RFC 7292 §4) with one key and its chain: both encrypted by PBES2 (AES-256-CBC, PBKDF2-HMAC-SHA256),
 * the whole under an HMAC-SHA256. OpenSSL 3.0 (without its legacy provider), NSS, GnuTLS and Java 17 read it. The
 * encryption takes the passphrase in UTF-8, the MAC in UTF-16; Java opens a PFX with ASCII passphrases only.
 * @throws request_invalid for a passphrase or a friendlyName that can't be written, internal for no certificate or
 * too few random octets
 */
export async function pkcs12(request: Pkcs12Request): Promise<Uint8Array> {
  const { random, passphrase, pause } = request
  if (random.length !== PKCS12_RANDOM_OCTETS)
    throw violationError('internal', 'random', 'random', `has ${PKCS12_RANDOM_OCTETS} octets`)
  const [keySalt, keyIv, certificatesSalt, certificatesIv, salt] = slices(random)
  const parameters = {
    passphrase: passphraseOctets(passphrase),
    derive: request.derive,
    ...(request.rounds === undefined ? {} : { rounds: request.rounds }),
  }
  const { keyPlain, certificatesPlain, attributes } = bagsOf(request)
  const [key, certificates] = await Promise.all([
    pbes2Encrypt(keyPlain, { ...parameters, salt: keySalt, iv: keyIv }),
    pbes2Encrypt(certificatesPlain, { ...parameters, salt: certificatesSalt, iv: certificatesIv }),
  ])
  const rounds = request.macRounds ?? MAC_ROUNDS
  return pfx({ key, certificates, attributes }, passphrase, { digest: 'sha256', salt, rounds, pause })
}

function slices(random: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const at = (place: number): Uint8Array => random.subarray(place * SALT_OCTETS, (place + 1) * SALT_OCTETS)
  return [at(0), at(1), at(2), at(3), at(4)]
}

/**
 * What is to be encrypted, and what ties the two together.
 * @throws request_invalid for a friendlyName that can't be written, internal for no certificate
 */
export function bagsOf({ pkcs8Der, certificates, friendlyName }: Omit<Pkcs12Entry, 'passphrase'>): {
  readonly keyPlain: Uint8Array
  readonly certificatesPlain: Uint8Array
  readonly attributes: Uint8Array
} {
  const leaf = certificates[0]
  if (leaf === undefined) throw violationError('internal', 'certificates', 'certificates', 'there is none')
  const attributes = bagAttributes(friendlyName, leaf)
  const certificatesPlain = sequence(
    ...certificates.map((der, place) => certificateBag(der, place === 0 ? attributes : undefined)),
  )
  return { keyPlain: pkcs8Der, certificatesPlain, attributes }
}

/** Octets under an AlgorithmIdentifier. */
export type Encrypted = { readonly algorithm: Uint8Array; readonly encrypted: Uint8Array }
/** How the whole is protected against changes. */
export type PfxMac = {
  readonly digest: keyof typeof MAC_DIGESTS
  readonly salt: Uint8Array
  readonly rounds: number
  readonly pause: Pause
}

/** The file around the two encrypted parts, with its MAC. */
export async function pfx(
  parts: { readonly key: Encrypted; readonly certificates: Encrypted; readonly attributes: Uint8Array },
  passphrase: string,
  { digest, salt, rounds, pause }: PfxMac,
): Promise<Uint8Array> {
  const { key, certificates, attributes } = parts
  const keyBag = sequence(
    SHROUDED_KEY_BAG,
    explicit(0, sequence(key.algorithm, octetString(key.encrypted))),
    attributes,
  )
  const authenticatedSafe = sequence(encryptedData(certificates), data(sequence(keyBag)))
  const macKey = await pkcs12MacKey(passphrase, salt, rounds, pause, digest)
  const mac = createHmac(digest, macKey).update(authenticatedSafe).digest()
  const digestInfo = sequence(MAC_DIGESTS[digest], octetString(mac))
  return sequence(VERSION, data(authenticatedSafe), sequence(digestInfo, octetString(salt), integer(rounds)))
}

/** ContentInfo of type data (RFC 5652 §4). */
const data = (content: Uint8Array): Uint8Array => sequence(DATA, explicit(0, octetString(content)))

/** ContentInfo of type encrypted-data, version 0 (RFC 5652 §8). */
function encryptedData({ algorithm, encrypted }: Encrypted): Uint8Array {
  const contentInfo = sequence(DATA, algorithm, implicit(0, encrypted))
  return sequence(ENCRYPTED_DATA, explicit(0, sequence(integer(0), contentInfo)))
}

function certificateBag(der: Uint8Array, attributes: Uint8Array | undefined): Uint8Array {
  const bag = sequence(X509_CERTIFICATE, explicit(0, octetString(der)))
  return sequence(CERT_BAG, explicit(0, bag), attributes ?? new Uint8Array())
}

/** friendlyName and the localKeyId that ties key and certificate together (RFC 7292 §4.2, RFC 2985 §5.5). */
function bagAttributes(friendlyName: string, leaf: Uint8Array): Uint8Array {
  checkFriendlyName(friendlyName)
  const name = element(TAG.bmpString, bmpText(friendlyName, 'friendlyName'))
  const identifier = octetString(hash('sha256', leaf, 'buffer'))
  return setOf([sequence(FRIENDLY_NAME, setOf([name])), sequence(LOCAL_KEY_ID, setOf([identifier]))])
}

/** @throws request_invalid for a name that key stores couldn't show */
export function checkFriendlyName(text: string): void {
  if (text === '' || text.length > MAX_FRIENDLY_NAME || /\p{Cc}/u.test(text))
    throw violationError(
      'request_invalid',
      'friendly_name',
      'friendlyName',
      `must have 1 to ${MAX_FRIENDLY_NAME} characters, none of them a control`,
    )
  bmpText(text, 'friendlyName')
}

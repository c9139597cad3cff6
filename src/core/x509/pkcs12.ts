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
const SHA256 = sequence(oid('2.16.840.1.101.3.4.2.1'), NULL)
const MAX_FRIENDLY_NAME = 255

export type Pkcs12Request = {
  readonly pkcs8Der: Uint8Array
  /** The key's certificate first, then the chain upwards; kept in this order. */
  readonly certificates: readonly Uint8Array[]
  /** Shown by key stores; Java's alias. */
  readonly friendlyName: string
  readonly passphrase: string
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
 * the whole under an HMAC-SHA256. OpenSSL 3.0 (without its legacy provider) and Java 17 read it. The encryption
 * takes the passphrase in UTF-8, the MAC in UTF-16; with Java 17's keytool only ASCII ones have been seen to open it.
 * @throws request_invalid for a passphrase or a friendlyName that can't be written, internal for no certificate or
 * too few random octets
 */
export async function pkcs12(request: Pkcs12Request): Promise<Uint8Array> {
  const { certificates, random, passphrase } = request
  const leaf = certificates[0]
  if (leaf === undefined) throw violationError('internal', 'certificates', 'certificates', 'there is none')
  if (random.length !== PKCS12_RANDOM_OCTETS)
    throw violationError('internal', 'random', 'random', `has ${PKCS12_RANDOM_OCTETS} octets`)
  const [keySalt, keyIv, certificatesSalt, certificatesIv, macSalt] = slices(random)
  const secret = passphraseOctets(passphrase)
  const parameters = {
    passphrase: secret,
    derive: request.derive,
    ...(request.rounds === undefined ? {} : { rounds: request.rounds }),
  }
  const attributes = bagAttributes(request.friendlyName, leaf)
  const certificateBags = sequence(
    ...certificates.map((der, place) => certificateBag(der, place === 0 ? attributes : undefined)),
  )
  const [key, chain] = await Promise.all([
    pbes2Encrypt(request.pkcs8Der, { ...parameters, salt: keySalt, iv: keyIv }),
    pbes2Encrypt(certificateBags, { ...parameters, salt: certificatesSalt, iv: certificatesIv }),
  ])
  const keyBag = sequence(
    SHROUDED_KEY_BAG,
    explicit(0, sequence(key.algorithm, octetString(key.encrypted))),
    attributes,
  )
  const authenticatedSafe = sequence(encryptedData(chain), data(sequence(keyBag)))
  const macRounds = request.macRounds ?? MAC_ROUNDS
  const macKey = await pkcs12MacKey(passphrase, macSalt, macRounds, request.pause)
  const mac = createHmac('sha256', macKey).update(authenticatedSafe).digest()
  const macData = sequence(sequence(SHA256, octetString(mac)), octetString(macSalt), integer(macRounds))
  return sequence(VERSION, data(authenticatedSafe), macData)
}

function slices(random: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const at = (place: number): Uint8Array => random.subarray(place * SALT_OCTETS, (place + 1) * SALT_OCTETS)
  return [at(0), at(1), at(2), at(3), at(4)]
}

/** ContentInfo of type data (RFC 5652 §4). */
const data = (content: Uint8Array): Uint8Array => sequence(DATA, explicit(0, octetString(content)))

/** ContentInfo of type encrypted-data, version 0 (RFC 5652 §8). */
function encryptedData({
  algorithm,
  encrypted,
}: {
  algorithm: Uint8Array
  encrypted: Uint8Array
}): Uint8Array {
  const contentInfo = sequence(DATA, algorithm, implicit(0, encrypted))
  return sequence(ENCRYPTED_DATA, explicit(0, sequence(integer(0), contentInfo)))
}

function certificateBag(der: Uint8Array, attributes: Uint8Array | undefined): Uint8Array {
  const bag = sequence(X509_CERTIFICATE, explicit(0, octetString(der)))
  return sequence(CERT_BAG, explicit(0, bag), attributes ?? new Uint8Array())
}

/** friendlyName and the localKeyId that ties key and certificate together (RFC 7292 §4.2, RFC 2985 §5.5). */
function bagAttributes(friendlyName: string, leaf: Uint8Array): Uint8Array {
  if (friendlyName === '' || friendlyName.length > MAX_FRIENDLY_NAME || /\p{Cc}/u.test(friendlyName))
    throw violationError(
      'request_invalid',
      'friendly_name',
      'friendlyName',
      `must have 1 to ${MAX_FRIENDLY_NAME} characters, none of them a control`,
    )
  const name = element(TAG.bmpString, bmpText(friendlyName, 'friendlyName'))
  const identifier = octetString(hash('sha256', leaf, 'buffer'))
  return setOf([sequence(FRIENDLY_NAME, setOf([name])), sequence(LOCAL_KEY_ID, setOf([identifier]))])
}

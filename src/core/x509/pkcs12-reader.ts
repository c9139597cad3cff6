import { createHmac, timingSafeEqual } from 'node:crypto'
import { violationError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import {
  pbes2Decrypt,
  refusedForm,
  roundsOf,
  wrongPassphrase,
  type DerivationDigest,
  type Opening,
} from './pbes2-reader.ts'
import { checkPkcs8, openEncryptedPkcs8 } from './pkcs8-reader.ts'
import { pkcs12MacKey, type Pause } from './pkcs12-kdf.ts'

/** Rounds are done on the event loop, in slices: a million take about 1.5 s. Java writes 10,000, OpenSSL 2,048. */
export const MAX_MAC_ROUNDS = 1_000_000
const MAX_SALT_OCTETS = 1024
/** One for the certificates, one for the key: more than any program writes. */
const MAX_SAFES = 8
const MAX_BAGS = 1000
const FILE = 'the PKCS#12 file'

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERT_BAG = '1.2.840.113549.1.12.10.1.3'
const SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const DIGESTS: ReadonlyMap<string, DerivationDigest> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

export type Pkcs12Content = {
  /** PrivateKeyInfo; the caller zeroes it. */
  readonly pkcs8Der: Uint8Array
  /** DER, in the order of the file. */
  readonly certificates: readonly Uint8Array[]
}

type Mac = {
  readonly digest: DerivationDigest
  readonly expected: Uint8Array
  readonly salt: Uint8Array
  readonly rounds: number
}
/** A part of the file: clear, or encrypted under an algorithm. */
type Safe = { readonly content: Uint8Array; readonly algorithm: Uint8Array | undefined }
type Bag = { readonly kind: string; readonly value: Uint8Array }

/** Whether DER is a PFX: its version is 3, which no PKCS#8 key has. */
export function isPkcs12(der: Uint8Array): boolean {
  return withDerErrors('request_invalid', 'key', () => {
    const inside = new DerReader(der).enter(TAG.sequence, 'the key')
    return inside.has(TAG.integer) && inside.smallInteger('the version') === 3
  })
}

/**
 * Opens a PFX (RFC 7292 §4) with one private key: MAC with the passphrase first, then PBES2 parts. Files without a
 * MAC, signed files, and those encrypted in the old ways (RC2, RC4, triple DES) are refused with the command that
 * converts them.
 * @param passphrase as text: the MAC takes it in UTF-16
 * @throws request_invalid naming `key` or `passphrase`
 */
export async function openPkcs12(
  der: Uint8Array,
  passphrase: string,
  opening: Opening,
  pause: Pause,
): Promise<Pkcs12Content> {
  const { authenticated, mac } = withDerErrors('request_invalid', 'key', () =>
    fileFrom(der, opening.conversion),
  )
  const macKey = await pkcs12MacKey(passphrase, mac.salt, mac.rounds, pause, mac.digest)
  const found = createHmac(mac.digest, macKey).update(authenticated).digest()
  macKey.fill(0)
  if (found.length !== mac.expected.length || !timingSafeEqual(found, mac.expected)) throw wrongPassphrase()
  const safes = withDerErrors('request_invalid', 'key', () => safesIn(authenticated, opening.conversion))
  return contentOf(safes, opening)
}

function fileFrom(der: Uint8Array, conversion: string): { authenticated: Uint8Array; mac: Mac } {
  const outer = new DerReader(der)
  const file = outer.enter(TAG.sequence, FILE)
  outer.finish(FILE)
  file.smallInteger('the version')
  const safe = file.enter(TAG.sequence, 'the authenticated safe')
  if (safe.oid('the authenticated safe') !== DATA)
    throw refusedForm('pkcs12_integrity', 'it is signed rather than protected by a passphrase', conversion)
  const authenticated = wrappedOctets(safe, 'the authenticated safe')
  safe.finish('the authenticated safe')
  if (file.done) throw refusedForm('pkcs12_mac', 'it has no MAC, so anybody may have changed it', conversion)
  const mac = macFrom(file.enter(TAG.sequence, 'the MAC'), conversion)
  file.finish(FILE)
  return { authenticated, mac }
}

/** `[0] EXPLICIT OCTET STRING`, the content of a ContentInfo of type data. */
function wrappedOctets(reader: DerReader, what: string): Uint8Array {
  const tagged = reader.enter(contextConstructed(0), what)
  const octets = tagged.octetString(what)
  tagged.finish(what)
  return octets
}

/** MacData (RFC 7292 §4): digest, salt, and rounds, which are 1 when they aren't said. */
function macFrom(reader: DerReader, conversion: string): Mac {
  const info = reader.enter(TAG.sequence, 'the MAC')
  const algorithm = info.enter(TAG.sequence, 'the MAC’s digest')
  const oid = algorithm.oid('the MAC’s digest')
  if (!algorithm.done) algorithm.checkedElement('the MAC’s digest')
  algorithm.finish('the MAC’s digest')
  const digest = DIGESTS.get(oid)
  if (digest === undefined)
    throw refusedForm('pkcs12_mac_digest', `its MAC is made with ${oid}, which isn’t read`, conversion)
  const expected = info.octetString('the MAC')
  info.finish('the MAC')
  const salt = reader.octetString('the MAC’s salt')
  if (salt.length > MAX_SALT_OCTETS)
    throw refusedForm('encryption_salt', `its salt has more than ${MAX_SALT_OCTETS} octets`, conversion)
  const rounds = reader.done ? 1 : roundsOf(reader, MAX_MAC_ROUNDS, conversion)
  reader.finish('the MAC')
  return { digest, expected, salt, rounds }
}

function safesIn(authenticated: Uint8Array, conversion: string): readonly Safe[] {
  const outer = new DerReader(authenticated)
  const list = outer.enter(TAG.sequence, 'the authenticated safe')
  outer.finish('the authenticated safe')
  const safes: Safe[] = []
  while (!list.done) {
    if (safes.length === MAX_SAFES)
      throw refusedForm('pkcs12_parts', `it has more than ${MAX_SAFES} parts`, conversion)
    safes.push(safeFrom(list.enter(TAG.sequence, 'a part of the file'), conversion))
  }
  return safes
}

function safeFrom(reader: DerReader, conversion: string): Safe {
  const what = 'a part of the file'
  const type = reader.oid(what)
  if (type === DATA) {
    const content = wrappedOctets(reader, what)
    reader.finish(what)
    return { content, algorithm: undefined }
  }
  if (type !== ENCRYPTED_DATA)
    throw refusedForm('pkcs12_privacy', 'a part of it is encrypted for a certificate', conversion)
  // EncryptedData (RFC 5652 §8): version 0, then type, algorithm and `[0] IMPLICIT` content.
  const tagged = reader.enter(contextConstructed(0), what)
  reader.finish(what)
  const data = tagged.enter(TAG.sequence, what)
  tagged.finish(what)
  data.smallInteger('the version')
  const info = data.enter(TAG.sequence, what)
  data.finish(what)
  if (info.oid(what) !== DATA)
    throw refusedForm('pkcs12_content', 'a part of it holds no keys or certificates', conversion)
  const algorithm = info.element('the encryption')
  const content = info.octetString(what, contextPrimitive(0))
  info.finish(what)
  return { content, algorithm }
}

async function contentOf(safes: readonly Safe[], opening: Opening): Promise<Pkcs12Content> {
  const keys: Bag[] = []
  const certificates: Uint8Array[] = []
  const opened: Uint8Array[] = []
  try {
    for (const { content, algorithm } of safes) {
      const plain = algorithm === undefined ? content : await pbes2Decrypt(algorithm, content, opening)
      if (algorithm !== undefined) opened.push(plain)
      for (const bag of withDerErrors('request_invalid', 'key', () => bagsIn(plain, opening.conversion))) {
        if (bag.kind === CERT_BAG) certificates.push(certificateIn(bag.value, opening.conversion))
        else keys.push(bag)
      }
    }
    const [key, another] = keys
    if (key === undefined) throw keyCount('holds no private key')
    if (another !== undefined) throw keyCount(`holds ${keys.length} private keys; give it with one`)
    return { pkcs8Der: await keyIn(key, opening), certificates }
  } finally {
    for (const plain of opened) plain.fill(0)
  }
}

const keyCount = (message: string) => violationError('request_invalid', 'pkcs12_keys', 'key', message)

/** SafeContents (RFC 7292 §4.2): bags of keys and certificates; CRLs and secrets are nobody's business here. */
function bagsIn(content: Uint8Array, conversion: string): readonly Bag[] {
  const outer = new DerReader(content)
  const list = outer.enter(TAG.sequence, 'the bags')
  outer.finish('the bags')
  const bags: Bag[] = []
  for (let count = 0; !list.done; count++) {
    if (count === MAX_BAGS)
      throw refusedForm('pkcs12_parts', `a part of it has more than ${MAX_BAGS} entries`, conversion)
    const bag = list.enter(TAG.sequence, 'a bag')
    const kind = bag.oid('a bag')
    const tagged = bag.enter(contextConstructed(0), 'a bag')
    const value = tagged.element('a bag')
    tagged.finish('a bag')
    if (!bag.done) bag.expect(TAG.set, 'the attributes of a bag')
    bag.finish('a bag')
    if (kind === SAFE_CONTENTS_BAG)
      throw refusedForm('pkcs12_nested', 'it has parts within parts', conversion)
    if (kind === KEY_BAG || kind === SHROUDED_KEY_BAG || kind === CERT_BAG) bags.push({ kind, value })
  }
  return bags
}

function certificateIn(value: Uint8Array, conversion: string): Uint8Array {
  return withDerErrors('request_invalid', 'key', () => {
    const outer = new DerReader(value)
    const bag = outer.enter(TAG.sequence, 'a certificate bag')
    if (bag.oid('a certificate bag') !== X509_CERTIFICATE)
      throw refusedForm('pkcs12_content', 'it holds a certificate that isn’t X.509', conversion)
    // A copy: what it was read from is zeroed.
    const der = wrappedOctets(bag, 'a certificate').slice()
    bag.finish('a certificate bag')
    return der
  })
}

async function keyIn({ kind, value }: Bag, opening: Opening): Promise<Uint8Array> {
  if (kind === SHROUDED_KEY_BAG) return openEncryptedPkcs8(value, opening)
  checkPkcs8(value)
  return value.slice()
}

import { createHash, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JKS_RANDOM_OCTETS, jks, type JksRequest } from '../../../src/core/x509/jks.ts'

const pkcs8Der = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'der',
  type: 'pkcs8',
})
const CERTIFICATES = [Uint8Array.of(0x30, 1, 7), Uint8Array.of(0x30, 2, 8, 9)]
const request = (extra: Partial<JksRequest> = {}): JksRequest => ({
  pkcs8Der,
  certificates: CERTIFICATES,
  friendlyName: 'Web',
  passphrase: 'correct horse battery',
  at: 1_764_000_000_000,
  random: Uint8Array.from({ length: JKS_RANDOM_OCTETS }, (_, place) => place + 1),
  ...extra,
})
const sha1 = (...parts: Uint8Array[]): Buffer => createHash('sha1').update(Buffer.concat(parts)).digest()

/** Reads it as JavaKeyStore.engineLoad and KeyProtector.recover of the JDK do, from their description. */
function read(store: Uint8Array, passphrase: string) {
  const octets = Buffer.from(store)
  const secret = Buffer.from(passphrase, 'utf16le').swap16()
  const content = octets.subarray(0, -20)
  const whole = sha1(secret, Buffer.from('Mighty Aphrodite'), content).equals(octets.subarray(-20))
  let at = 0
  const uint32 = (): number => content.readUInt32BE((at += 4) - 4)
  const taken = (length: number): Buffer => content.subarray((at += length) - length, at)
  const utf = (): string => {
    const length = content.readUInt16BE((at += 2) - 2)
    // Modified UTF-8 differs from CESU-8 in NUL only: each unit is one, two or three octets.
    const raw = taken(length)
    let text = ''
    for (let i = 0; i < raw.length;) {
      const first = raw[i] as number
      const [size, bits] = first < 0x80 ? [1, first] : first < 0xe0 ? [2, first & 0x1f] : [3, first & 0x0f]
      let unit = bits
      for (let k = 1; k < size; k++) unit = (unit << 6) | ((raw[i + k] as number) & 0x3f)
      text += String.fromCharCode(unit)
      i += size
    }
    return text
  }
  const head = [uint32(), uint32(), uint32(), uint32()]
  const alias = utf()
  const time = Number(content.readBigInt64BE((at += 8) - 8))
  const info = taken(uint32())
  const chain = Array.from({ length: uint32() }, () => [utf(), Buffer.from(taken(uint32()))] as const)
  const sealed = info.subarray(info.length - (20 + pkcs8Der.length + 20))
  let digest = sealed.subarray(0, 20)
  const key = Buffer.from(sealed.subarray(20, -20))
  for (let i = 0; i < key.length; i++) {
    if (i % 20 === 0) digest = sha1(secret, digest)
    key[i] = (key[i] as number) ^ (digest[i % 20] as number)
  }
  const keyWhole = sha1(secret, key).equals(sealed.subarray(-20))
  return { whole, head, alias, time, chain, key, keyWhole, rest: content.length - at }
}

test('is read as the JDK reads it, with any passphrase and alias', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((some) => !/\p{Cc}/u.test(some))
  fc.assert(
    fc.property(text, text, (passphrase, friendlyName) => {
      expect(read(jks(request({ passphrase, friendlyName })), passphrase)).toEqual({
        whole: true,
        head: [0xfeedfeed, 2, 1, 1],
        alias: friendlyName.toLowerCase(),
        time: 1_764_000_000_000,
        chain: CERTIFICATES.map((der) => ['X.509', Buffer.from(der)]),
        key: pkcs8Der,
        keyWhole: true,
        rest: 0,
      })
    }),
  )
})

test('another passphrase, and any changed octet, is seen', () => {
  const store = jks(request())
  expect(read(store, 'another horse battery')).toMatchObject({ whole: false, keyWhole: false })
  for (let place = 0; place < store.length; place += 7) {
    const changed = Uint8Array.from(store)
    changed[place] = (changed[place] as number) ^ 1
    const stamp = sha1(
      Buffer.from(request().passphrase, 'utf16le').swap16(),
      Buffer.from('Mighty Aphrodite'),
      changed.subarray(0, -20),
    )
    expect(stamp.equals(changed.subarray(-20))).toBe(false)
  }
})

test.each<[string, Partial<JksRequest>, string]>([
  ['an empty passphrase', { passphrase: '' }, 'request_invalid'],
  ['a passphrase with a lone surrogate', { passphrase: 'passphrase \udc00' }, 'request_invalid'],
  ['an empty alias', { friendlyName: '' }, 'request_invalid'],
  ['an alias with a lone surrogate', { friendlyName: 'a\ud800' }, 'request_invalid'],
  ['no certificate', { certificates: [] }, 'internal'],
  ['too few random octets', { random: new Uint8Array(16) }, 'internal'],
])('refuses %s', (_, extra, code) => {
  expect(() => jks(request(extra))).toThrow(expect.objectContaining({ code }))
})

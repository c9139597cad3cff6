import { X509Certificate, createPrivateKey, generateKeyPairSync, pbkdf2, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { assembleCertificate, encodeTbs } from '../../../src/core/x509/certificate.ts'
import { MAC_ROUNDS, PKCS12_RANDOM_OCTETS, pkcs12 } from '../../../src/core/x509/pkcs12.ts'
import { PURPOSE, bmpText, pkcs12MacKey, pkcs12Octets } from '../../../src/core/x509/pkcs12-kdf.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { issuingDraft, leafDraft, rootDraft } from './drafts.ts'
import type { Pkcs12Request } from '../../../src/core/x509/pkcs12.ts'
import type { CertificateDraft } from '../../../src/core/x509/types.ts'

const pbkdf2Async = promisify(pbkdf2)
const ASCII = 'correct horse battery'
const PASSPHRASES = [ASCII, 'pässwörter und 密码 hier', 'emoji 😀 passphrase']

const keys = [0, 1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const spkiOf = (place: number): Uint8Array => keys[place]!.publicKey.export({ format: 'der', type: 'spki' })
/** A certificate that its issuer really signed. */
const certificate = (draft: CertificateDraft, subjectKey: number, issuerKey: number): Uint8Array => {
  const tbs = encodeTbs({ ...draft, spki: spkiOf(subjectKey) })
  return assembleCertificate(tbs, 'SHA256WITHECDSA', sign('sha256', tbs, keys[issuerKey]!.privateKey))
}
const CHAIN = [
  certificate(leafDraft(), 0, 1),
  certificate(issuingDraft(), 1, 2),
  certificate(rootDraft(), 2, 2),
]
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const request = (extra: Partial<Pkcs12Request> = {}): Pkcs12Request => ({
  pkcs8Der: keys[0]!.privateKey.export({ format: 'der', type: 'pkcs8' }),
  certificates: CHAIN,
  friendlyName: 'www.example.com',
  passphrase: ASCII,
  random: Uint8Array.from({ length: PKCS12_RANDOM_OCTETS }, (_, place) => place + 1),
  derive: (passphrase, salt, rounds, octets) => pbkdf2Async(passphrase, salt, rounds, octets, 'sha256'),
  pause,
  rounds: 1000,
  macRounds: 1000,
  ...extra,
})
const pemBlocks = (text: string, label: string): string[] =>
  text.match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, 'g')) ?? []

describe('read by others', () => {
  let folder = ''
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'pkcs12-'))))
  afterAll(() => rmSync(folder, { recursive: true }))
  const stored = async (extra: Partial<Pkcs12Request> = {}): Promise<string> => {
    const file = join(folder, 'store.p12')
    writeFileSync(file, await pkcs12(request(extra)))
    return file
  }

  test.each(PASSPHRASES)('node, passphrase %s', async (passphrase) => {
    const pfx = Buffer.from(await pkcs12(request({ passphrase })))
    expect(() => createSecureContext({ pfx, passphrase })).not.toThrow()
    expect(() => createSecureContext({ pfx, passphrase: `${passphrase}!` })).toThrow(/mac verify failure/)
  })

  test.skipIf(!hasTool('openssl'))('openssl: key, order of the chain, names, algorithms', async () => {
    for (const passphrase of PASSPHRASES) {
      const file = await stored({ passphrase })
      const { status, stdout, stderr } = runTool('openssl', [
        'pkcs12',
        '-in',
        file,
        '-passin',
        `pass:${passphrase}`,
        '-nodes',
        '-info',
      ])
      expect([status, stderr.match(/error/i)]).toEqual([0, null])
      expect(stderr).toContain('MAC: sha256, Iteration 1000')
      expect(stderr).toContain('PBES2, PBKDF2, AES-256-CBC, Iteration 1000, PRF hmacWithSHA256')
      const certificates = pemBlocks(stdout, 'CERTIFICATE').map((pem) => new X509Certificate(pem).raw)
      expect(certificates.map((der) => der.toString('hex'))).toEqual(
        CHAIN.map((der) => Buffer.from(der).toString('hex')),
      )
      const [pem = ''] = pemBlocks(stdout, 'PRIVATE KEY')
      expect(createPrivateKey(pem).equals(keys[0]!.privateKey)).toBe(true)
      expect(stdout.match(/friendlyName: www\.example\.com/g)).toHaveLength(2)
      expect(stdout.match(/localKeyID/g)).toHaveLength(2)
      expect(runTool('openssl', ['pkcs12', '-in', file, '-passin', 'pass:wrong', '-nodes']).status).not.toBe(
        0,
      )
    }
  })

  test.skipIf(!hasTool('keytool', '-help'))('Java: one private key entry with the chain', async () => {
    const file = await stored({ friendlyName: 'Dienst é' })
    const { stdout } = runTool('keytool', [
      '-J-Duser.language=en',
      '-J-Dfile.encoding=UTF-8',
      '-list',
      '-v',
      '-storetype',
      'PKCS12',
      '-keystore',
      file,
      '-storepass',
      ASCII,
    ])
    expect(stdout).toContain('Your keystore contains 1 entry')
    expect(stdout).toContain('Entry type: PrivateKeyEntry')
    expect(stdout).toContain('Certificate chain length: 3')
    const order = ['Owner: CN=www.example.com', 'Owner: CN=Example Issuing', 'Owner: CN=Example Root'].map(
      (owner) => stdout.indexOf(owner),
    )
    expect(order.every((at) => at > 0)).toBe(true)
    expect([...order].sort((a, b) => a - b)).toEqual(order)
  })

  test.skipIf(!hasTool('keytool', '-help'))(
    'Java opens the key itself, and writes a store of its own with it',
    async () => {
      const file = await stored()
      const copy = join(folder, 'copy.p12')
      const args = [
        '-importkeystore',
        '-srckeystore',
        file,
        '-srcstoretype',
        'PKCS12',
        '-srcstorepass',
        ASCII,
      ]
      const { status } = runTool('keytool', [
        ...args,
        '-destkeystore',
        copy,
        '-deststoretype',
        'PKCS12',
        '-deststorepass',
        ASCII,
        '-noprompt',
      ])
      expect(status).toBe(0)
      const { stdout } = runTool('openssl', [
        'pkcs12',
        '-in',
        copy,
        '-passin',
        `pass:${ASCII}`,
        '-nodes',
        '-nocerts',
      ])
      expect(createPrivateKey(pemBlocks(stdout, 'PRIVATE KEY')[0] ?? '').equals(keys[0]!.privateKey)).toBe(
        true,
      )
    },
  )
})

describe('the MAC key (RFC 7292 Appendix B)', () => {
  test('golden: the definition of the appendix, step by step', async () => {
    const { createHash } = await import('node:crypto')
    const repeat = (octets: Buffer): Buffer => Buffer.alloc(Math.ceil(octets.length / 64) * 64, octets)
    for (const passphrase of [...PASSPHRASES, 'x'.repeat(31), 'y'.repeat(32)]) {
      const salt = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex')
      const secret = Buffer.from(`${passphrase}\0`, 'utf16le').swap16()
      let expected = createHash('sha256')
        .update(Buffer.alloc(64, 3))
        .update(repeat(salt))
        .update(repeat(secret))
        .digest()
      for (let i = 1; i < 5001; i++) expected = createHash('sha256').update(expected).digest()
      const key = await pkcs12MacKey(passphrase, salt, 5001, pause)
      expect(Buffer.from(key).toString('hex')).toBe(expected.toString('hex'))
    }
  })

  test('golden: RFC 7292 Appendix B.2 over several outputs, as another implementation has it', async () => {
    // Triple DES key and IV of Bouncy Castle's and OpenSSL's test vectors for "smeg" (openssl test/recipes/30-test_evp_data/evppbe_pkcs12.txt).
    const derived = async (
      purpose: 1 | 2 | 3,
      salt: string,
      rounds: number,
      octets: number,
    ): Promise<string> => {
      const parameters = { purpose, digest: 'sha1', salt: Buffer.from(salt, 'hex'), rounds, octets } as const
      return Buffer.from(await pkcs12Octets('smeg', parameters, pause)).toString('hex')
    }
    expect(await derived(PURPOSE.key, '0A58CF64530D823F', 1, 24)).toBe(
      '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3',
    )
    expect(await derived(PURPOSE.iv, '0A58CF64530D823F', 1, 8)).toBe('79993dfe048d3b76')
    expect(await derived(PURPOSE.key, '642B99AB44FB4B1F', 1, 24)).toBe(
      'f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966',
    )
    expect(await derived(PURPOSE.mac, '3D83C0E4546AC140', 1, 20)).toBe(
      '8d967d88f6caa9d714800ab3d48051d63f73a312',
    )
  })

  test('lets other work run in between', async () => {
    let pauses = 0
    await pkcs12MacKey(ASCII, new Uint8Array(16), 10_001, async () => void pauses++)
    expect(pauses).toBe(5)
  })

  test('text becomes UTF-16, surrogate pairs included (RFC 7292 Appendix B.1)', () => {
    const hex = (text: string): string => Buffer.from(bmpText(text, 'passphrase')).toString('hex')
    expect(hex('Beavis\0')).toBe('0042006500610076006900730000')
    expect(hex('ä密')).toBe('00e45bc6')
    expect(hex('😀')).toBe('d83dde00')
    expect(() => bmpText('a\ud83d', 'passphrase')).toThrow(/^passphrase: /)
  })
})

test('same arguments, same octets; other random octets, others', async () => {
  const [one, two, three] = await Promise.all([
    pkcs12(request()),
    pkcs12(request()),
    pkcs12(request({ random: new Uint8Array(PKCS12_RANDOM_OCTETS) })),
  ])
  expect(Buffer.from(one).equals(two)).toBe(true)
  expect(Buffer.from(one).equals(three)).toBe(false)
})

test('each salt and IV takes random octets of its own', async () => {
  const random = Uint8Array.from({ length: PKCS12_RANDOM_OCTETS }, (_, place) => place + 0x80)
  const der = Buffer.from(await pkcs12(request({ random })))
  const plain = [0, 1, 2, 3, 4].map((place) => Buffer.from(random.subarray(place * 16, place * 16 + 16)))
  // Those of the key bag, and the MAC's, stand in the clear; those of the certificates too.
  for (const octets of plain) expect(der.indexOf(octets)).toBeGreaterThan(0)
  expect(new Set(plain.map((octets) => der.indexOf(octets))).size).toBe(5)
})

test('the default counts are written', async () => {
  const { rounds: _, macRounds: __, ...defaults } = request()
  let asked: number[] = []
  const derive: Pkcs12Request['derive'] = async (passphrase, salt, rounds, octets) => {
    asked = [...asked, rounds]
    return pbkdf2Async(passphrase, salt, 1, octets, 'sha256')
  }
  const der = Buffer.from(await pkcs12({ ...defaults, derive }))
  expect(asked).toEqual([600_000, 600_000])
  expect(MAC_ROUNDS).toBe(100_000)
  expect(der.subarray(-5).toString('hex')).toBe('02030186a0')
})

test.each<[string, Partial<Pkcs12Request>, string]>([
  ['an empty passphrase', { passphrase: '' }, 'request_invalid'],
  ['a passphrase with a lone surrogate', { passphrase: 'passphrase \udc00' }, 'request_invalid'],
  ['an empty name', { friendlyName: '' }, 'request_invalid'],
  ['a name with a control', { friendlyName: 'a\nb' }, 'request_invalid'],
  ['no certificate', { certificates: [] }, 'internal'],
  ['too few random octets', { random: new Uint8Array(16) }, 'internal'],
])('refuses %s', async (_, extra, code) => {
  await expect(pkcs12(request(extra))).rejects.toBeInstanceOf(ChanceryError)
  await expect(pkcs12(request(extra))).rejects.toMatchObject({ code })
})

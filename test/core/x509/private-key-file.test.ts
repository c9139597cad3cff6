import { createHmac, createPrivateKey, generateKeyPairSync, pbkdf2, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { explicit, integer, NULL, octetString, oid, sequence } from '../../../src/core/x509/der/writer.ts'
import { MAX_PBKDF2_ROUNDS, type Pbkdf2 } from '../../../src/core/x509/pbes2-reader.ts'
import { PKCS12_RANDOM_OCTETS, pkcs12 } from '../../../src/core/x509/pkcs12.ts'
import { pkcs12MacKey } from '../../../src/core/x509/pkcs12-kdf.ts'
import { DerReader } from '../../../src/core/x509/der/reader.ts'
import { openPrivateKeyFile, privateKeyDer } from '../../../src/core/x509/private-key-file.ts'
import { encryptedPkcs8 } from '../../../src/core/x509/pkcs8.ts'
import { hasTool, runTool } from '../../support/tools.ts'

const pbkdf2Async = promisify(pbkdf2)
const derive = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  octets: number,
  digest: Parameters<Pbkdf2>[4] = 'sha256',
): Promise<Uint8Array> => pbkdf2Async(passphrase, salt, rounds, octets, digest)
const pause = async (): Promise<void> => {}
const PASSPHRASE = 'pässphrase 密'

const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ec: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
}
const pkcs8Of = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }))
const same = (der: Uint8Array, key: KeyObject): boolean =>
  createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }).equals(key)
const opened = (der: Uint8Array, passphrase?: string) =>
  openPrivateKeyFile({ der, passphrase }, derive, pause)
const encrypted = (key: KeyObject, rounds = 10): Promise<Uint8Array> =>
  encryptedPkcs8({
    pkcs8Der: pkcs8Of(key),
    passphrase: PASSPHRASE,
    salt: new Uint8Array(16).fill(1),
    iv: new Uint8Array(16).fill(2),
    derive,
    rounds,
  })
const CERTIFICATE = sequence(integer(1))
const aFile = (key: KeyObject): Promise<Uint8Array> =>
  pkcs12({
    pkcs8Der: pkcs8Of(key),
    certificates: [CERTIFICATE],
    friendlyName: 'ca',
    passphrase: PASSPHRASE,
    random: new Uint8Array(PKCS12_RANDOM_OCTETS).fill(3),
    derive,
    pause,
    rounds: 10,
    macRounds: 10,
  })

/** The one violation that something is refused with. */
async function violation(work: Promise<unknown>): Promise<{ field: string; code: string; message: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof ChanceryError && error.code === 'request_invalid') {
      const [only, another] = error.violations
      if (only !== undefined && another === undefined) return only
    }
    throw error
  }
  throw new Error('it was not refused')
}

describe('what we write ourselves', () => {
  test.each(Object.keys(keys) as (keyof typeof keys)[])(
    'an %s key: clear, encrypted, PKCS#12',
    async (name) => {
      const key = keys[name]
      expect(same((await opened(pkcs8Of(key))).pkcs8Der, key)).toBe(true)
      expect(same((await opened(await encrypted(key), PASSPHRASE)).pkcs8Der, key)).toBe(true)
      const { pkcs8Der, certificates } = await opened(await aFile(key), PASSPHRASE)
      expect(same(pkcs8Der, key)).toBe(true)
      expect(certificates.map((der) => Buffer.from(der).toString('hex'))).toEqual([
        Buffer.from(CERTIFICATE).toString('hex'),
      ])
    },
  )
})

const needsOpenssl = test.skipIf(!hasTool('openssl'))
const folder = mkdtempSync(join(tmpdir(), 'key-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('what OpenSSL writes', () => {
  const clear = join(folder, 'clear.pem')
  const certificate = join(folder, 'certificate.pem')
  const openssl = (...args: string[]): void => {
    const { status, stderr } = runTool('openssl', args)
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
  }
  const theKey = (): KeyObject => {
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', clear)
    openssl('req', '-x509', '-key', clear, '-subj', '/CN=ca', '-out', certificate)
    return createPrivateKey(readFileSync(clear))
  }

  needsOpenssl('PKCS#8 under each cipher and each PRF that RFC 8018 Appendix B has and we read', async () => {
    const key = theKey()
    const out = join(folder, 'encrypted.pem')
    for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'])
      for (const prf of ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512']) {
        openssl(
          'pkcs8',
          '-topk8',
          '-v2',
          cipher,
          '-v2prf',
          prf,
          '-in',
          clear,
          '-passout',
          `pass:${PASSPHRASE}`,
          '-out',
          out,
        )
        const der = privateKeyDer(readFileSync(out, 'utf8'))
        expect(same((await opened(der, PASSPHRASE)).pkcs8Der, key), `${cipher} ${prf}`).toBe(true)
        expect(await violation(opened(der, 'another'))).toMatchObject({ field: 'passphrase' })
      }
  })

  needsOpenssl('PKCS#12 under each digest of the MAC (RFC 7292 Appendix B)', async () => {
    const key = theKey()
    const out = join(folder, 'file.p12')
    for (const digest of ['sha1', 'sha256', 'sha384', 'sha512']) {
      openssl(
        'pkcs12',
        '-export',
        '-inkey',
        clear,
        '-in',
        certificate,
        '-macalg',
        digest,
        '-passout',
        'pass:secret',
        '-out',
        out,
      )
      const { pkcs8Der, certificates } = await opened(new Uint8Array(readFileSync(out)), 'secret')
      expect(same(pkcs8Der, key), digest).toBe(true)
      expect(certificates).toHaveLength(1)
      expect(await violation(opened(new Uint8Array(readFileSync(out)), 'wrong'))).toMatchObject({
        field: 'passphrase',
        code: 'passphrase_wrong',
      })
    }
  })

  needsOpenssl('older forms are refused by name, with the command that converts them', async () => {
    theKey()
    const out = join(folder, 'old')
    openssl('pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-in', clear, '-passout', 'pass:secret', '-out', out)
    const pbe = await violation(opened(privateKeyDer(readFileSync(out, 'utf8')), 'secret'))
    expect(pbe).toMatchObject({ field: 'key', code: 'encryption_unknown' })
    expect(pbe.message).toMatch(/triple DES.*openssl pkcs8 -topk8 -v2/)

    openssl('pkcs8', '-topk8', '-scrypt', '-in', clear, '-passout', 'pass:secret', '-out', out)
    expect((await violation(opened(privateKeyDer(readFileSync(out, 'utf8')), 'secret'))).message).toMatch(
      /scrypt/,
    )

    openssl(
      'pkcs12',
      '-export',
      '-legacy',
      '-inkey',
      clear,
      '-in',
      certificate,
      '-passout',
      'pass:secret',
      '-out',
      out,
    )
    const legacy = await violation(opened(new Uint8Array(readFileSync(out)), 'secret'))
    expect(legacy.code).toBe('encryption_unknown')
    expect(legacy.message).toMatch(/RC2.*openssl pkcs12 -legacy/)

    openssl(
      'pkcs12',
      '-export',
      '-nomac',
      '-inkey',
      clear,
      '-in',
      certificate,
      '-passout',
      'pass:secret',
      '-out',
      out,
    )
    expect((await violation(opened(new Uint8Array(readFileSync(out)), 'secret'))).code).toBe('pkcs12_mac')

    openssl('ec', '-in', clear, '-out', out)
    expect(() => privateKeyDer(readFileSync(out, 'utf8'))).toThrow(/EC PRIVATE KEY.*openssl pkcs8 -topk8/)
  })

  needsOpenssl('a file without a key', async () => {
    const out = join(folder, 'none.p12')
    theKey()
    openssl('pkcs12', '-export', '-nokeys', '-in', certificate, '-passout', 'pass:secret', '-out', out)
    expect(await violation(opened(new Uint8Array(readFileSync(out)), 'secret'))).toMatchObject({
      code: 'pkcs12_keys',
      message: 'holds no private key',
    })
  })
})

describe('refusals', () => {
  test.each<[string, () => Promise<unknown>, string, string]>([
    [
      'no passphrase for an encrypted key',
      async () => opened(await encrypted(keys.ec)),
      'passphrase',
      'passphrase_missing',
    ],
    [
      'no passphrase for PKCS#12',
      async () => opened(await aFile(keys.ec)),
      'passphrase',
      'passphrase_missing',
    ],
    ['an empty passphrase', async () => opened(await encrypted(keys.ec), ''), 'passphrase', 'passphrase'],
    [
      'a passphrase for a clear key',
      async () => opened(pkcs8Of(keys.ec), 'x'),
      'passphrase',
      'passphrase_unexpected',
    ],
    [
      'a wrong passphrase',
      async () => opened(await encrypted(keys.ec), 'x'),
      'passphrase',
      'passphrase_wrong',
    ],
    [
      'a wrong passphrase for PKCS#12',
      async () => opened(await aFile(keys.ec), 'x'),
      'passphrase',
      'passphrase_wrong',
    ],
    ['indefinite lengths', async () => opened(Uint8Array.of(0x30, 0x80, 0, 0)), 'key', 'der_ber'],
    [
      'octets behind the key',
      async () => opened(new Uint8Array([...pkcs8Of(keys.ec), 0])),
      'key',
      'der_trailing',
    ],
    ['no DER', async () => opened(Buffer.from('hello')), 'key', 'der_structure'],
    [
      'a certificate',
      async () =>
        opened(sequence(sequence(integer(1)), sequence(oid('1.2.3')), octetString(CERTIFICATE)), 'x'),
      'key',
      'der_structure',
    ],
  ])('%s', async (_, work, field, code) => {
    expect(await violation(work())).toMatchObject({ field, code })
  })

  test('too many rounds are refused before one is done', async () => {
    let derived = 0
    const counting: Pbkdf2 = (...args) => {
      derived++
      return derive(...args)
    }
    const many = await encryptedPkcs8({
      pkcs8Der: pkcs8Of(keys.ec),
      passphrase: PASSPHRASE,
      salt: new Uint8Array(16),
      iv: new Uint8Array(16),
      rounds: MAX_PBKDF2_ROUNDS + 1,
      derive: (passphrase, salt, _, octets) => derive(passphrase, salt, 1, octets, 'sha256'),
    })
    const refused = violation(openPrivateKeyFile({ der: many, passphrase: PASSPHRASE }, counting, pause))
    expect(await refused).toMatchObject({ field: 'key', code: 'encryption_rounds' })
    expect(derived).toBe(0)
  })

  test.each([
    ['not base64', 'hello world!'],
    ['two keys in PEM', 'x'],
    ['a certificate in PEM', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['empty', ''],
  ])('text that is %s', (what, text) => {
    const pem = keys.ec.export({ format: 'pem', type: 'pkcs8' }).toString()
    expect(() => privateKeyDer(what.startsWith('two') ? pem + pem : text)).toThrow(/^key: /)
  })
})

type Mutation = { readonly at: number; readonly octet: number; readonly cut: number | null }
const mutations = fc.array(
  fc.record({ at: fc.nat(100_000), octet: fc.nat(255), cut: fc.option(fc.nat(100_000), { freq: 4 }) }),
  { minLength: 1, maxLength: 3 },
)
function mutated(der: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let mutant = Uint8Array.from(der)
  for (const { at, octet, cut } of changes) {
    mutant[at % mutant.length] = octet
    if (cut !== null) mutant = mutant.slice(0, 1 + (cut % mutant.length))
  }
  return mutant
}

describe('fuzzing: whatever octets are changed, it is our own error or a key', () => {
  // Rounds that a mutation asks for are bounded by the reader; here they cost nothing at all.
  const quick: Pbkdf2 = (passphrase, salt, _, octets, digest) => derive(passphrase, salt, 10, octets, digest)
  async function survives(der: Uint8Array, passphrase: string | undefined): Promise<void> {
    try {
      await openPrivateKeyFile({ der, passphrase }, quick, pause)
    } catch (error) {
      expect(error).toBeInstanceOf(ChanceryError)
      expect(error).toMatchObject({ code: 'request_invalid' })
    }
  }
  /** A PFX around other content, with the MAC that belongs to it. */
  async function withMac(authenticated: Uint8Array): Promise<Uint8Array> {
    const salt = new Uint8Array(16)
    const key = await pkcs12MacKey(PASSPHRASE, salt, 1, pause)
    const mac = createHmac('sha256', key).update(authenticated).digest()
    return sequence(
      integer(3),
      sequence(oid('1.2.840.113549.1.7.1'), explicit(0, octetString(authenticated))),
      sequence(sequence(sequence(oid('2.16.840.1.101.3.4.2.1'), NULL), octetString(mac)), octetString(salt)),
    )
  }
  function contentOf(file: Uint8Array): Uint8Array {
    const inside = new DerReader(file).enter(0x30, 'file')
    inside.any('version')
    const safe = inside.enter(0x30, 'safe')
    safe.any('type')
    return safe.enter(0xa0, 'content').octetString('content')
  }

  test('a clear key, an encrypted one, and a PKCS#12 file inside its MAC', async () => {
    const content = contentOf(await aFile(keys.ec))
    await openPrivateKeyFile({ der: await withMac(content), passphrase: PASSPHRASE }, quick, pause)
    const [clear, locked, file] = [pkcs8Of(keys.ec), await encrypted(keys.ec), await aFile(keys.ec)]
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        await survives(mutated(clear, changes), undefined)
        await survives(mutated(locked, changes), PASSPHRASE)
        await survives(mutated(file, changes), PASSPHRASE)
        await survives(await withMac(mutated(content, changes)), PASSPHRASE)
      }),
      { numRuns: 1500 },
    )
  }, 60_000)
})

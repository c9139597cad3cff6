import {
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { PBKDF2_ROUNDS, encryptedPkcs8, passphraseOctets } from '../../../src/core/x509/pkcs8.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import type { Pbkdf2Sha256 } from '../../../src/core/x509/pkcs8.ts'

const pbkdf2Async = promisify(pbkdf2)
const derive: Pbkdf2Sha256 = (passphrase, salt, rounds, octets) =>
  pbkdf2Async(passphrase, salt, rounds, octets, 'sha256')
const keys = {
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'EC P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'EC P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
}
const pkcs8Of = (name: keyof typeof keys): Uint8Array => keys[name].export({ format: 'der', type: 'pkcs8' })
const salt = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const iv = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex')
const PASSPHRASES = ['correct horse battery', 'pässwörter und 密码 sind hier', 'emoji 😀 passphrase']

test.each(Object.keys(keys) as (keyof typeof keys)[])('node reads an encrypted %s key back', async (name) => {
  for (const passphrase of PASSPHRASES) {
    const der = await encryptedPkcs8({ pkcs8Der: pkcs8Of(name), passphrase, salt, iv, derive, rounds: 1000 })
    const read = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8', passphrase })
    expect(read.equals(keys[name])).toBe(true)
    const wrong = {
      key: Buffer.from(der),
      format: 'der',
      type: 'pkcs8',
      passphrase: `${passphrase}!`,
    } as const
    expect(() => createPrivateKey(wrong)).toThrow()
  }
})

test('the default is 600,000 rounds, and they stand in the structure', async () => {
  let asked = 0
  const counting: Pbkdf2Sha256 = (passphrase, given, rounds, octets) => {
    asked = rounds
    return derive(passphrase, given, rounds, octets)
  }
  const passphrase = 'correct horse battery'
  const der = await encryptedPkcs8({ pkcs8Der: pkcs8Of('EC P-256'), passphrase, salt, iv, derive: counting })
  expect(asked).toBe(600_000)
  expect(PBKDF2_ROUNDS).toBe(600_000)
  // INTEGER 600000 = 02 03 09 27 C0
  expect(Buffer.from(der).includes(Buffer.from('02030927c0', 'hex'))).toBe(true)
  expect(createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8', passphrase }).type).toBe(
    'private',
  )
})

test('golden: the bytes for given salt, IV and rounds (RFC 8018 Appendix A.4, B.2.5)', async () => {
  const pkcs8Der = Buffer.from('302e020100300506032b657004220420' + '11'.repeat(32), 'hex')
  const der = await encryptedPkcs8({ pkcs8Der, passphrase: 'password1234', salt, iv, derive, rounds: 2048 })
  const header =
    '3081a3' +
    '305f' +
    '06092a864886f70d01050d' +
    '3052' +
    '3031' +
    '06092a864886f70d01050c' +
    '3024' +
    `0410${salt.toString('hex')}` +
    '02020800' +
    '300c' +
    '06082a864886f70d0209' +
    '0500' +
    '301d' +
    '060960864801650304012a' +
    `0410${iv.toString('hex')}` +
    '0440'
  expect(Buffer.from(der).toString('hex').slice(0, header.length)).toBe(header)
  const key = pbkdf2Sync('password1234', salt, 2048, 32, 'sha256')
  const cipher = createDecipheriv('aes-256-cbc', key, iv)
  const plain = Buffer.concat([cipher.update(der.subarray(header.length / 2)), cipher.final()])
  expect(plain.equals(pkcs8Der)).toBe(true)
})

test.skipIf(!hasTool('openssl'))('openssl decrypts it, and shows its algorithms', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pkcs8-'))
  try {
    for (const name of Object.keys(keys) as (keyof typeof keys)[])
      for (const passphrase of PASSPHRASES) {
        const der = await encryptedPkcs8({
          pkcs8Der: pkcs8Of(name),
          passphrase,
          salt,
          iv,
          derive,
          rounds: 1000,
        })
        const file = join(folder, 'key.pem')
        writeFileSync(file, pemEncode('ENCRYPTED PRIVATE KEY', der))
        const opened = runTool('openssl', ['pkey', '-in', file, '-passin', `pass:${passphrase}`])
        expect(opened.stderr).toBe('')
        expect(createPrivateKey(opened.stdout).equals(keys[name])).toBe(true)
        expect(runTool('openssl', ['pkey', '-in', file, '-passin', 'pass:wrong']).status).not.toBe(0)
      }
    const shown = runTool('openssl', ['asn1parse', '-in', join(folder, 'key.pem')]).stdout
    for (const algorithm of ['PBES2', 'PBKDF2', 'hmacWithSHA256', 'aes-256-cbc'])
      expect(shown).toContain(algorithm)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  ['empty', ''],
  ['a lone surrogate', 'passphrase \ud83d'],
  ['a NUL', 'passphrase\0hidden'],
  ['too long', 'ä'.repeat(513)],
])('refuses a passphrase that is %s', (_, passphrase) => {
  expect(() => passphraseOctets(passphrase)).toThrow(ChanceryError)
  expect(() => passphraseOctets(passphrase)).toThrow(/^passphrase: /)
})

test('a salt or IV of the wrong length is our own mistake', async () => {
  const request = {
    pkcs8Der: pkcs8Of('Ed25519'),
    passphrase: 'correct horse battery',
    salt,
    iv,
    derive,
    rounds: 1,
  }
  await expect(encryptedPkcs8({ ...request, salt: randomBytes(8) })).rejects.toMatchObject({
    code: 'internal',
  })
  await expect(encryptedPkcs8({ ...request, iv: randomBytes(12) })).rejects.toMatchObject({
    code: 'internal',
  })
})

test('property: any well-formed passphrase opens what it locked', async () => {
  const passphrases = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => !text.includes('\0'))
  await fc.assert(
    fc.asyncProperty(passphrases, async (passphrase) => {
      const der = await encryptedPkcs8({
        pkcs8Der: pkcs8Of('Ed25519'),
        passphrase,
        salt,
        iv,
        derive,
        rounds: 1,
      })
      const read = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8', passphrase })
      expect(read.equals(keys.Ed25519)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

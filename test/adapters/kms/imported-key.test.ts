import { generateKeyPairSync, createPublicKey, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { importedKey } from '../../../src/adapters/kms/imported-key.ts'
import { limitedDerivations } from '../../../src/adapters/kms/derivations.ts'
import { expectRefusal } from '../../core/operations/refusals.ts'
import { KEY_ALGORITHM_NAMES } from '../../../src/core/domain/key-algorithms.ts'
import { generatedKeyPair } from '../../../src/adapters/kms/key-pairs.ts'

const derive = limitedDerivations(1)
const der = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }))
const imported = (octets: Uint8Array) => importedKey({ der: octets, passphrase: undefined }, derive)

describe('a private key from elsewhere', () => {
  test.each(KEY_ALGORITHM_NAMES.filter((name) => !/^RSA_[34]/.test(name)))(
    '%s is known by its algorithm',
    async (name) => {
      const { spki, pkcs8Der } = await generatedKeyPair(name)
      const found = await imported(Uint8Array.from(pkcs8Der))
      expect(found.algorithm).toBe(name)
      expect(Buffer.from(found.spki).equals(spki)).toBe(true)
      expect(Buffer.from(found.pkcs8Der).equals(pkcs8Der)).toBe(true)
    },
  )

  test.each<[string, () => KeyObject]>([
    ['an RSA key of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['a key on another curve', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
    ['an X25519 key', () => generateKeyPairSync('x25519').privateKey],
    ['a DSA key', () => generateKeyPairSync('dsa', { modulusLength: 1024 }).privateKey],
  ])('%s is refused by its kind', async (_, make) => {
    await expectRefusal(imported(der(make())), 'request_invalid', ['key key_kind'])
  })

  test('explicit curve parameters are refused (RFC 5480 §2.1.1)', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' })
    await expectRefusal(imported(der(privateKey)), 'request_invalid', ['key key_ec_parameters'])
  })

  test('halves of two keys: what it would sign doesn’t verify', async () => {
    const [one, other] = [await generatedKeyPair('EC_prime256v1'), await generatedKeyPair('EC_prime256v1')]
    // The last 64 octets are the public point (RFC 5915 §3).
    const mixed = Uint8Array.from([...one.pkcs8Der.slice(0, -64), ...other.pkcs8Der.slice(-64)])
    await expectRefusal(imported(mixed), 'request_invalid', ['key key_halves'])
  })

  test('octets that are PKCS#8 without being a key', async () => {
    const broken = der(generateKeyPairSync('ed25519').privateKey).slice()
    broken[broken.length - 33] = 0x1f
    await expectRefusal(imported(broken), 'request_invalid', ['key key_unreadable'])
  })

  test('the public key is that of the certificate to be compared with', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const found = await imported(der(privateKey))
    expect(
      createPublicKey({ key: Buffer.from(found.spki), format: 'der', type: 'spki' }).equals(publicKey),
    ).toBe(true)
  })
})

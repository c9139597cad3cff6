import { createHash, createPublicKey } from 'node:crypto'
import {
  signatureAlgorithmInfo,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../core/domain/key-algorithms.ts'
import type { KmsDevice } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import type { Members } from './json-members.ts'
import type { VaultTransit } from './vault-transit-api.ts'

/** Vault's names of key types. ML-DSA is Vault Enterprise's alone, and not tried here. */
const TYPES: Partial<Record<KeyAlgorithm, string>> = {
  RSA_2048: 'rsa-2048',
  RSA_3072: 'rsa-3072',
  RSA_4096: 'rsa-4096',
  EC_prime256v1: 'ecdsa-p256',
  EC_secp384r1: 'ecdsa-p384',
  EC_secp521r1: 'ecdsa-p521',
  ED25519: 'ed25519',
}
const HASHES = { sha256: 'sha2-256', sha384: 'sha2-384', sha512: 'sha2-512' } as const

/**
 * An authority's key is never rotated in place, since its certificate names one public key: should somebody rotate it in
 * Vault all the same, signatures still come from the first version.
 */
const KEY_VERSION = 1

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 octets (RFC 8410 §4). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** Key pairs as keys of the transit engine, not exportable, named after their label; the name is the handle. */
export function vaultTransitDevice(vault: VaultTransit, random: Random): KmsDevice {
  const read = async (name: string): Promise<Uint8Array> =>
    spkiIn(name, await vault.ask('GET', `keys/${name}`))
  return {
    algorithms: Object.keys(TYPES) as KeyAlgorithm[],
    async generateKeyPair(algorithm, label) {
      const name = `chancery-${label}-${Buffer.from(random.bytes(4)).toString('hex')}`
      const type = TYPES[algorithm]
      if (type === undefined) throw kmsUnavailable(`Vault makes no keys of ${algorithm}`, false)
      // Repeatable: of the same name there is one key, whoever asks again.
      await vault.ask('POST', `keys/${name}`, { type, exportable: false, allow_plaintext_backup: false })
      const key = await vault.ask('GET', `keys/${name}`)
      if (key.text('type') !== type || key.flag('exportable') || key.flag('allow_plaintext_backup')) {
        throw kmsUnavailable(`Vault: its key ${name} is not a ${type} key that never leaves it`, false)
      }
      return { handle: Buffer.from(name), spki: spkiIn(name, key) }
    },
    publicKey: async (handle) => read(nameIn(handle)),
    async sign(handle, algorithm, data) {
      const name = nameIn(handle)
      const { path, body } = signing(algorithm, data)
      const answer = await vault.ask('POST', `sign/${name}${path}`, { ...body, key_version: KEY_VERSION })
      const [prefix, version, signature = ''] = answer.text('signature').split(':')
      if (prefix !== 'vault' || version !== `v${KEY_VERSION}`)
        throw kmsUnavailable(`Vault: its signature isn't of the form vault:v${KEY_VERSION}:…`, false)
      return Buffer.from(signature, 'base64')
    },
  }
}

/** The digest is made here, so that a CRL of any size is a request of some hundred octets; Ed25519 takes the whole. */
function signing(algorithm: SignatureAlgorithm, data: Uint8Array): { path: string; body: object } {
  const { family, digest, saltLength } = signatureAlgorithmInfo(algorithm)
  if (digest === null) return { path: '', body: { input: Buffer.from(data).toString('base64') } }
  const input = createHash(digest).update(data).digest('base64')
  const rsa =
    saltLength === undefined
      ? { signature_algorithm: 'pkcs1v15' }
      : { signature_algorithm: 'pss', salt_length: 'hash' }
  return {
    path: `/${HASHES[digest]}`,
    body: { input, prehashed: true, ...(family === 'RSA' ? rsa : { marshaling_algorithm: 'asn1' }) },
  }
}

/** A name that can't be one would ask Vault for another path. */
function nameIn(handle: Uint8Array): string {
  const name = Buffer.from(handle).toString('latin1')
  if (/^chancery-[0-9A-Za-z._-]+$/.test(name)) return name
  throw kmsUnavailable("Vault: a key's handle is none that this server made", false)
}

/** PEM for RSA and ECDSA, the bare octets in base64 for Ed25519. */
function spkiIn(name: string, key: Members): Uint8Array {
  const version = key.object('keys').object(String(KEY_VERSION))
  if (key.text('type') === TYPES.ED25519) return Buffer.concat([ED25519_SPKI, version.octets('public_key')])
  try {
    return createPublicKey(version.text('public_key')).export({ format: 'der', type: 'spki' })
  } catch (error) {
    throw kmsUnavailable(`Vault: the public key of ${name} can't be read`, false, error)
  }
}

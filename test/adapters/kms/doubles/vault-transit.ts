import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'
import { signDigest, type Hash } from './sign-digest.ts'
import { stage, type Answer, type Asked, type Stage } from './stage.ts'

type Key = {
  readonly type: string
  readonly exportable: boolean
  readonly derived: boolean
  minDecryption: number
  readonly versions: (Buffer | KeyObject)[]
}

export type VaultDouble = Stage & {
  readonly token: string
  readonly keys: Map<string, Key>
  rotate(key: string): void
  /** Vault before 1.13 doesn't know `associated_data`, and ignores what it doesn't know. */
  old: boolean
}

/** Each path's parameters as https://developer.hashicorp.com/vault/api-docs/secret/transit lists those of use here. */
const PARAMETERS: Record<string, readonly string[]> = {
  keys: ['type', 'exportable', 'allow_plaintext_backup', 'derived'],
  rotate: [],
  encrypt: ['plaintext', 'associated_data', 'key_version'],
  decrypt: ['ciphertext', 'associated_data'],
  sign: ['input', 'key_version', 'prehashed', 'signature_algorithm', 'marshaling_algorithm', 'salt_length'],
}
const HASHES: Record<string, Hash> = { 'sha2-256': 'sha256', 'sha2-384': 'sha384', 'sha2-512': 'sha512' }

const refusal = (status: number, ...errors: string[]): Answer => ({ status, json: { errors } })
const given = (data: object): Answer => ({
  status: 200,
  json: { request_id: '0', lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null },
})

/**
 * Vault's transit engine as its API documentation has it, with real keys; what Vault says of failures is quoted from
 * its sources. Strict where Vault isn't: a parameter that it would ignore is refused.
 */
export async function vaultDouble(
  options: { mount?: string; namespace?: string; key?: string; tls?: Parameters<typeof stage>[1] } = {},
): Promise<VaultDouble> {
  const { mount = 'transit', namespace, key: name = 'chancery' } = options
  const keys = new Map<string, Key>()
  const token = `hvs.${randomBytes(12).toString('base64url')}`
  keys.set(name, made('aes256-gcm96'))
  const play = ({ method, path, headers, body }: Asked): Answer => {
    if (headers['x-vault-token'] !== token) {
      return refusal(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n')
    }
    const [version, ...rest] = path.slice(1).split('/')
    const below = rest.join('/').slice(mount.length + 1)
    const here = version === 'v1' && rest.join('/').startsWith(`${mount}/`)
    if (!here || headers['x-vault-namespace'] !== namespace) {
      return refusal(404, `no handler for route "${rest.join('/')}". route entry not found.`)
    }
    const input = (body.length === 0 ? {} : JSON.parse(body.toString())) as Record<string, unknown>
    return transit(self, method, below.split('/'), input)
  }
  const self: VaultDouble = Object.assign(await stage(play, options.tls), {
    token,
    keys,
    old: false,
    rotate: (key: string) => {
      const { type, versions } = keys.get(key) as Key
      versions.push(material(type))
    },
  })
  return self
}

function transit(
  vault: VaultDouble,
  method: string,
  [verb = '', name = '', more]: string[],
  input: Record<string, unknown>,
): Answer {
  const allowed = PARAMETERS[more === 'rotate' ? 'rotate' : verb]
  const unknown = Object.keys(input).find((parameter) => !allowed?.includes(parameter))
  if (unknown !== undefined) return refusal(400, `the double knows no parameter ${unknown} of ${verb}`)
  const key = vault.keys.get(name)
  if (verb === 'keys' && method === 'GET') return key === undefined ? refusal(404) : given(read(name, key))
  if (method !== 'POST') return refusal(405)
  if (verb === 'keys' && more === undefined) {
    if (key === undefined) vault.keys.set(name, made(String(input['type']), input['exportable'] === true))
    return given(read(name, vault.keys.get(name) as Key))
  }
  // A policy that has only `update` lets nobody make a key by using it.
  if (key === undefined && verb === 'encrypt')
    return refusal(403, '1 error occurred:\n\t* permission denied\n\n')
  if (key === undefined)
    return refusal(400, verb === 'sign' ? 'signing key not found' : 'encryption key not found')
  if (verb === 'keys' && more === 'rotate') {
    vault.rotate(name)
    return { status: 204 }
  }
  if (verb === 'encrypt') return encrypt(vault, key, input)
  if (verb === 'decrypt') return decrypt(vault, key, input)
  if (verb === 'sign') return signed(key, more, input)
  return refusal(404, `no handler for route "transit/${verb}". route entry not found.`)
}

const made = (type: string, exportable = false): Key => ({
  type,
  exportable,
  derived: false,
  minDecryption: 1,
  versions: [material(type)],
})

function material(type: string): Buffer | KeyObject {
  if (type === 'aes256-gcm96') return randomBytes(32)
  if (type === 'ed25519') return generateKeyPairSync('ed25519').privateKey
  const [family, size] = type.split('-')
  if (family === 'rsa') return generateKeyPairSync('rsa', { modulusLength: Number(size) }).privateKey
  const namedCurve = { p256: 'prime256v1', p384: 'secp384r1', p521: 'secp521r1' }[size ?? '']
  if (family !== 'ecdsa' || namedCurve === undefined) throw new Error(`unknown key type ${type}`)
  return generateKeyPairSync('ec', { namedCurve }).privateKey
}

function read(name: string, { type, exportable, derived, versions, minDecryption }: Key): object {
  const keys = versions.map((version, place) => {
    const entry = Buffer.isBuffer(version)
      ? 1_700_000_000
      : { name: type, creation_time: '2026-11-27T00:00:00Z', public_key: publicText(version) }
    return [String(place + 1), entry]
  })
  return {
    name,
    type,
    derived,
    exportable,
    allow_plaintext_backup: false,
    latest_version: versions.length,
    min_available_version: 0,
    min_decryption_version: minDecryption,
    min_encryption_version: 0,
    supports_encryption: type.startsWith('aes'),
    supports_signing: !type.startsWith('aes'),
    keys: Object.fromEntries(keys) as object,
  }
}

function publicText(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' })
  if (key.asymmetricKeyType === 'ed25519') return Buffer.from(jwk.x ?? '', 'base64url').toString('base64')
  return createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString()
}

function encrypt({ old }: VaultDouble, { versions }: Key, input: Record<string, unknown>): Answer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1) as Buffer, nonce)
  if (!old) cipher.setAAD(octets(input['associated_data']))
  const body = Buffer.concat([cipher.update(octets(input['plaintext'])), cipher.final()])
  const ciphertext = Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64')
  return given({ ciphertext: `vault:v${versions.length}:${ciphertext}`, key_version: versions.length })
}

function decrypt(
  { old }: VaultDouble,
  { versions, minDecryption }: Key,
  input: Record<string, unknown>,
): Answer {
  const [, number, text = ''] = /^vault:v([0-9]+):(.*)$/.exec(String(input['ciphertext'])) ?? []
  if (number === undefined) return refusal(400, 'invalid ciphertext: no prefix')
  if (Number(number) > versions.length) return refusal(400, 'invalid ciphertext: version is too new')
  if (Number(number) < minDecryption) {
    return refusal(400, 'ciphertext or signature version is disallowed by policy (too old)')
  }
  const whole = Buffer.from(text, 'base64')
  if (whole.length < 12 + 16) return refusal(400, 'invalid ciphertext length')
  const decipher = createDecipheriv(
    'aes-256-gcm',
    versions[Number(number) - 1] as Buffer,
    whole.subarray(0, 12),
  )
  if (!old) decipher.setAAD(octets(input['associated_data']))
  decipher.setAuthTag(whole.subarray(-16))
  try {
    const plaintext = Buffer.concat([decipher.update(whole.subarray(12, -16)), decipher.final()])
    return given({ plaintext: plaintext.toString('base64') })
  } catch {
    return refusal(400, 'cipher: message authentication failed')
  }
}

function signed(key: Key, hashName = 'sha2-256', input: Record<string, unknown>): Answer {
  const hash = HASHES[hashName]
  if (hash === undefined) return refusal(400, `invalid hash algorithm "${hashName}"`)
  const number = Number(input['key_version'] ?? 0) || key.versions.length
  const version = key.versions[number - 1]
  if (version === undefined)
    return refusal(400, 'requested version for signing is higher than the latest key version')
  if (Buffer.isBuffer(version)) return refusal(400, `key type ${key.type} does not support signing`)
  const data = octets(input['input'])
  const ed25519 = key.type === 'ed25519'
  if (!ed25519 && input['prehashed'] !== true) return refusal(400, 'the double signs digests')
  if (ed25519 && input['prehashed'] === true) return refusal(400, 'ed25519 with a digest is Ed25519ph')
  const rsa = input['signature_algorithm'] === 'pkcs1v15' ? 'pkcs1' : 'pss'
  if (rsa === 'pss' && key.type.startsWith('rsa') && input['salt_length'] !== 'hash')
    return refusal(400, 'the double makes salts as long as the hash')
  const signature = ed25519
    ? sign(null, data, version)
    : signDigest(version, key.type.startsWith('rsa') ? rsa : 'ecdsa', hash, data)
  return given({ signature: `vault:v${number}:${signature.toString('base64')}`, key_version: number })
}

function octets(value: unknown): Buffer {
  if (typeof value !== 'string') throw new Error('base64 expected')
  const decoded = Buffer.from(value, 'base64')
  if (decoded.toString('base64') !== value) throw new Error('illegal base64 data')
  return decoded
}

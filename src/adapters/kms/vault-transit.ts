import { ChanceryError } from '../../core/domain/errors.ts'
import type { KmsDescription, KmsProvider, WrappedDataKey } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import { mayPass, never, type CallLimits } from './service-calls.ts'
import { connectVaultTransit, type VaultTransit, type VaultTransitOptions } from './vault-transit-api.ts'
import { vaultTransitDevice } from './vault-transit-device.ts'

const NAME = 'vault-transit'
/** The key types whose ciphertexts carry associated data. */
const AEAD = ['aes256-gcm96', 'chacha20-poly1305', 'aes128-gcm96']
const CIPHERTEXT = /^vault:v([1-9][0-9]{0,9}):([A-Za-z0-9+/]+={0,2})$/

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')

/**
 * HashiCorp Vault's or OpenBao's transit secrets engine: one of its keys wraps data keys, bound to their context as
 * associated data, and each authority's key pair is another one. A version of the key-encryption key is a version of
 * Vault's key. Nothing is asked of Vault before the first use, so that a server starts while it is sealed.
 * @throws kms_unavailable when the token's file can't be read
 */
export async function openVaultTransit(
  options: VaultTransitOptions,
  random: Random,
  limits?: CallLimits,
): Promise<KmsProvider> {
  const vault = await connectVaultTransit(options, limits)
  const { key } = options
  const kekId = `${options.mount}/${key}`
  let fit: Promise<void> | undefined

  /** Asked once; a failure is forgotten, so that the next caller asks again. */
  const checked = (): Promise<void> =>
    (fit ??= checkKey(vault, key).catch((error: unknown) => {
      fit = undefined
      throw error
    }))

  const describe = async (): Promise<KmsDescription> => {
    const kekVersion = (await vault.ask('GET', `keys/${key}`)).version('latest_version')
    return { provider: NAME, kekId, kekVersion }
  }

  return {
    name: NAME,
    describe,
    wrap: async (dataKey, context) => {
      await checked()
      try {
        return { kekId, ...(await encrypted(vault, key, dataKey, context)) }
      } catch (error) {
        // Of a key that is gone, Vault only says that the policy doesn't allow to make it: so look whether it is there.
        fit = undefined
        if (!mayPass(error)) await checked()
        throw error
      }
    },
    unwrap: async (wrapped, context) => {
      if (wrapped.kekId !== kekId) {
        throw kmsUnavailable(
          `Vault: a data key was wrapped by ${wrapped.kekId}, and this server uses ${kekId}; set CHANCERY_KMS_VAULT_MOUNT and CHANCERY_KMS_VAULT_KEY back`,
          false,
        )
      }
      return decrypted(vault, key, wrapped, context)
    },
    rotate: async () => {
      await vault.ask('POST', `keys/${key}/rotate`, {}, never)
      return describe()
    },
    device: vaultTransitDevice(vault, random),
    close: async () => vault.close(),
  }
}

async function encrypted(
  vault: VaultTransit,
  key: string,
  dataKey: Uint8Array,
  context: Uint8Array,
): Promise<Omit<WrappedDataKey, 'kekId'>> {
  const body = { plaintext: base64(dataKey), associated_data: base64(context) }
  const [, version, wrapped] =
    CIPHERTEXT.exec((await vault.ask('POST', `encrypt/${key}`, body)).text('ciphertext')) ?? []
  if (version === undefined || wrapped === undefined || Number(version) > 0xffff_ffff)
    throw kmsUnavailable("Vault: its ciphertext isn't of the form vault:v1:…", false)
  // The prefix is rebuilt from the version, which is thereby authenticated: each version is another key.
  return { kekVersion: Number(version), wrapped: Buffer.from(wrapped, 'base64') }
}

async function decrypted(
  vault: VaultTransit,
  key: string,
  { kekVersion, wrapped }: Pick<WrappedDataKey, 'kekVersion' | 'wrapped'>,
  context: Uint8Array,
): Promise<Uint8Array> {
  const body = { ciphertext: `vault:v${kekVersion}:${base64(wrapped)}`, associated_data: base64(context) }
  return (await vault.ask('POST', `decrypt/${key}`, body)).octets('plaintext')
}

/**
 * Whether the key can be relied upon. Vault before 1.13 ignores `associated_data` without a word, and a data key would
 * then open under any context: so one is tried.
 */
async function checkKey(vault: VaultTransit, key: string): Promise<void> {
  const read = await vault.ask('GET', `keys/${key}`)
  const type = read.text('type')
  if (!AEAD.includes(type)) throw unfit(key, `it is ${type}, and must be one of ${AEAD.join(', ')}`)
  if (read.flag('derived')) throw unfit(key, 'it is derived, and must be made without derivation')
  const probe = await encrypted(vault, key, Buffer.alloc(32), Buffer.from('chancery/probe/1'))
  const opened = await decrypted(vault, key, probe, Buffer.from('chancery/probe/2')).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ChanceryError && error.code === 'internal') return false
      throw error
    },
  )
  if (opened) throw unfit(key, 'this Vault ignores associated_data; it must be 1.13 or newer')
}

const unfit = (key: string, why: string): ChanceryError =>
  kmsUnavailable(`CHANCERY_KMS_VAULT_KEY: Vault's key ${key} can't wrap data keys: ${why}`, false)

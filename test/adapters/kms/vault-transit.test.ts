import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes, verify, createPublicKey } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { CALL_LIMITS } from '../../../src/adapters/kms/service-calls.ts'
import type { VaultTransitOptions } from '../../../src/adapters/kms/vault-transit-api.ts'
import { openVaultTransit } from '../../../src/adapters/kms/vault-transit.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { vaultDouble, type VaultDouble } from './doubles/vault-transit.ts'
import { kmsConformance } from './kms-conformance.ts'

const random = createSystemRandom()
const directory = mkdtempSync(join(tmpdir(), 'chancery-vault-'))
const ends: (() => Promise<void> | undefined)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  rmSync(directory, { recursive: true })
})

let files = 0
async function opened(vault: VaultDouble, more: Partial<VaultTransitOptions> = {}): Promise<KmsProvider> {
  const tokenFile = join(directory, String(++files))
  writeFileSync(tokenFile, `${vault.token}\n`)
  const provider = await openVaultTransit(
    {
      address: new URL(`${vault.url}/`),
      tokenFile,
      key: 'chancery',
      mount: 'transit',
      namespace: undefined,
      caFile: undefined,
      ...more,
    },
    random,
    { ...CALL_LIMITS, pause: async () => undefined },
  )
  ends.push(() => provider.close?.())
  return provider
}

kmsConformance(
  'vault-transit',
  async () => {
    const vault = await vaultDouble()
    ends.push(vault.close)
    return {
      provider: await opened(vault),
      restarted: () => opened(vault),
      rotated: async () => {
        vault.rotate('chancery')
        return opened(vault)
      },
    }
  },
  ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1', 'ED25519'],
)

const context = Buffer.from('context')
const double = async (options: Parameters<typeof vaultDouble>[0] = {}): Promise<VaultDouble> => {
  const vault = await vaultDouble(options)
  ends.push(vault.close)
  return vault
}

describe('where it asks', () => {
  it('mount, key and namespace are as configured', async () => {
    const vault = await double({ mount: 'teams/pki/transit', namespace: 'tenants/a', key: 'kek' })
    const provider = await opened(vault, { mount: 'teams/pki/transit', namespace: 'tenants/a', key: 'kek' })
    const dataKey = randomBytes(32)
    const wrapped = await provider.wrap(dataKey, context)
    expect(wrapped).toMatchObject({ kekId: 'teams/pki/transit/kek', kekVersion: 1 })
    expect(Buffer.from(await provider.unwrap(wrapped, context))).toEqual(dataKey)
    const elsewhere = await opened(vault, { mount: 'teams/pki/transit', namespace: 'tenants/b', key: 'kek' })
    await expect(elsewhere.describe()).rejects.toThrow(/no such key or mount/)
  })

  it('the token is read again when its file changes, as an agent renews it', async () => {
    const vault = await double()
    const tokenFile = join(directory, 'renewed')
    writeFileSync(tokenFile, 'hvs.expired')
    const provider = await opened(vault, { tokenFile })
    await expect(provider.describe()).rejects.toThrow(/CHANCERY_KMS_VAULT_TOKEN_FILE is no longer valid/)
    writeFileSync(tokenFile, vault.token)
    expect(await provider.describe()).toMatchObject({ kekVersion: 1 })
  })

  it('a missing token file is found at the start', async () => {
    await expect(opened(await double(), { tokenFile: join(directory, 'nowhere') })).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
      message: expect.stringMatching(/CHANCERY_KMS_VAULT_TOKEN_FILE: .*nowhere.*ENOENT/) as string,
    })
  })

  it('nothing is asked before the first use', async () => {
    const vault = await double()
    await opened(vault)
    expect(vault.asked).toEqual([])
  })
})

describe('a key is not used', () => {
  it.each([
    ['that can only sign', { type: 'ed25519' }, /it is ed25519, and must be one of aes256-gcm96/],
    ['that is derived', { derived: true }, /it is derived/],
  ])('%s', async (_, change, says) => {
    const vault = await double()
    const key = vault.keys.get('chancery')
    if (key !== undefined) vault.keys.set('chancery', { ...key, ...change })
    await expect((await opened(vault)).wrap(randomBytes(32), context)).rejects.toMatchObject({
      details: { retryable: false },
      message: expect.stringMatching(says) as string,
    })
  })

  it('by a Vault that ignores associated data', async () => {
    const vault = await double()
    vault.old = true
    const provider = await opened(vault)
    await expect(provider.wrap(randomBytes(32), context)).rejects.toThrow(/it must be 1\.13 or newer/)
    vault.old = false
    await provider.wrap(randomBytes(32), context)
  })
})

describe("an authority's key", () => {
  it('is not exportable, and one that somebody rotates in Vault goes on signing with its first version', async () => {
    const vault = await double()
    const { device } = await opened(vault)
    const { handle = Buffer.alloc(0), spki = Buffer.alloc(0) } =
      (await device?.generateKeyPair('ED25519', 'a')) ?? {}
    const name = Buffer.from(handle).toString()
    expect(vault.keys.get(name)?.exportable).toBe(false)
    vault.rotate(name)
    const signature = (await device?.sign(handle, 'ED25519', context)) ?? Buffer.alloc(0)
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    expect(verify(null, context, key, signature)).toBe(true)
    expect(Buffer.from((await device?.publicKey(handle)) ?? [])).toEqual(Buffer.from(spki))
  })

  it('must not be another kind of key than was asked for', async () => {
    const vault = await double()
    const { device } = await opened(vault)
    vault.fault = ({ method, path }) =>
      method === 'GET' && path.includes('/keys/chancery-a')
        ? {
            status: 200,
            json: { data: { type: 'ed25519', exportable: true, allow_plaintext_backup: false } },
          }
        : undefined
    await expect(device?.generateKeyPair('ED25519', 'a')).rejects.toThrow(
      /not a ed25519 key that never leaves it/,
    )
  })
})

describe('a ciphertext', () => {
  it('that min_decryption_version locks out names the cure', async () => {
    const vault = await double()
    const provider = await opened(vault)
    const wrapped = await provider.wrap(randomBytes(32), context)
    vault.rotate('chancery')
    const key = vault.keys.get('chancery')
    if (key !== undefined) key.minDecryption = 2
    await expect(provider.unwrap(wrapped, context)).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
      message: expect.stringContaining('min_decryption_version must be lowered') as string,
    })
  })
})

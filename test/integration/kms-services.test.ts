import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsDouble, type AwsDouble } from '../adapters/kms/doubles/aws-kms.ts'
import { vaultDouble, type VaultDouble } from '../adapters/kms/doubles/vault-transit.ts'
import { rowsOf } from '../core/operations/database.ts'
import { startOutsideSigner, type OutsideSigner } from '../support/outside-signer.ts'
import { opensslRequest, P256 } from './support/requests.ts'
import { aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const directory = temporaryDirectory()
let vault: VaultDouble
let signer: OutsideSigner
let aws: AwsDouble
let server: LocalServer
beforeAll(async () => {
  ;[vault, signer, aws] = await Promise.all([vaultDouble(), startOutsideSigner(), awsDouble()])
  const tokenFile = join(directory, 'vault-token')
  writeFileSync(tokenFile, vault.token)
  process.env['AWS_ACCESS_KEY_ID'] = aws.credentials.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = aws.credentials.secretAccessKey
  server = await aServer({
    CHANCERY_KMS: 'vault-transit',
    CHANCERY_KMS_VAULT_ADDRESS: vault.url,
    CHANCERY_KMS_VAULT_TOKEN_FILE: tokenFile,
    CHANCERY_KMS_VAULT_KEY: 'chancery',
    CHANCERY_KMS_HTTP_URL: signer.url,
    CHANCERY_KMS_HTTP_TOKEN_FILE: signer.tokenFile,
    CHANCERY_KMS_AWS_KEY_ID: 'alias/chancery',
    CHANCERY_KMS_AWS_REGION: aws.credentials.region,
    CHANCERY_KMS_AWS_ENDPOINT: aws.url,
  })
})
afterAll(async () => {
  await server.dispose()
  await Promise.all([vault.close(), signer.stop(), aws.close()])
  await rm(directory, { recursive: true })
})

const { csr } = opensslRequest(P256, '/CN=www.example.com', ['-addext', 'subjectAltName=DNS:www.example.com'])
type Kept = { name: string; provider: string; kekVersion: number }
const authorityKeys = (): readonly Kept[] =>
  rowsOf<Kept>(
    server.database,
    'SELECT a.name, k.provider, k.kekVersion FROM Authority a JOIN Key k ON k.id = a.keyId ORDER BY a.createdAt, a.name',
  )
const pemOf = async (authority: string): Promise<X509Certificate> => {
  const response = await fetch(`${server.repositoryUrl}/ca/${authority}.cer`)
  return new X509Certificate(Buffer.from(await response.arrayBuffer()))
}

describe('a server whose keys are kept in Vault', () => {
  it('made its first root and issuing authority there, and issues', async () => {
    const mine = authorityKeys().filter(({ name }) => ['root', 'issuing'].includes(name))
    expect(mine).toEqual([
      { name: 'root', provider: 'vault-transit', kekVersion: 0 },
      { name: 'issuing', provider: 'vault-transit', kekVersion: 0 },
    ])
    const before = vault.asked.length
    const issued = await server.admin.issueCertificate({ body: { csr } })
    expect(issued.id).toMatch(/^[0-9a-f-]{36}\./)
    const signatures = vault.asked.slice(before).filter(({ path }) => path.startsWith('/v1/transit/sign/'))
    expect(signatures).toHaveLength(1)
  })

  it("seals certificates' keys under Vault's key, and opens them again", async () => {
    const issued = await server.admin.issueCertificate({
      body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: ['www.example.com'] } },
    })
    const rows = rowsOf<Kept & { kekId: string }>(
      server.database,
      "SELECT provider, kekId, kekVersion FROM Key WHERE purpose = 'certificate'",
    )
    expect(rows).toEqual([{ provider: 'vault-transit', kekId: 'transit/chancery', kekVersion: 1 }])
    const exported = await server.admin.exportCertificate({
      params: { id: issued.id },
      body: { format: 'pem' },
    })
    expect(Buffer.from(exported.bytes).toString()).toContain('BEGIN PRIVATE KEY')
  })

  it.each([
    ['http', 'outside'],
    ['aws-kms', 'cloud'],
  ] as const)('keeps an authority in %s beside it, which issues too', async (kms, name) => {
    const made = await server.admin.createAuthority({
      body: { kind: 'root', name, subject: { commonName: name }, kms },
    })
    expect(authorityKeys().find((each) => each.name === name)).toMatchObject({ provider: kms, kekVersion: 0 })
    const root = await pemOf(made.id)
    expect(root.verify(root.publicKey)).toBe(true)
    const sub = await server.admin.createAuthority({
      body: { kind: 'subordinate', parent: name, name: `${name}-issuing`, subject: { commonName: 'S' }, kms },
    })
    const issued = await server.admin.issueCertificate({ body: { authority: sub.id, csr } })
    expect((await pemOf(sub.id)).verify(root.publicKey)).toBe(true)
    expect(issued.authority).toBe(sub.id)
  })

  it("refuses an authority whose key's KMS couldn't sign as it should, before a key is made", async () => {
    const body = { kind: 'root', name: 'odd', subject: { commonName: 'odd' }, kms: 'aws-kms' } as const
    const keys = aws.keys.size
    await expect(
      server.admin.createAuthority({
        body: { ...body, keyAlgorithm: 'EC_prime256v1', signatureAlgorithm: 'SHA384WITHECDSA' },
      }),
    ).rejects.toMatchObject({ status: 400, problem: { violations: [{ field: 'signatureAlgorithm' }] } })
    await expect(
      server.admin.createAuthority({ body: { ...body, keyAlgorithm: 'ED25519' } }),
    ).rejects.toMatchObject({ status: 400, problem: { violations: [{ field: 'keyAlgorithm' }] } })
    expect(aws.keys.size).toBe(keys)
  })

  it('answers 503 while Vault is sealed, leaves nothing half-made, and goes on when it is unsealed', async () => {
    vault.fault = () => ({ status: 503, json: { errors: ['Vault is sealed'] } })
    const failing = server.admin.issueCertificate({ body: { csr } })
    await expect(failing).rejects.toMatchObject({
      status: 503,
      problem: { code: 'kms_unavailable', details: { retryable: true } },
    })
    vault.fault = undefined
    expect(rowsOf(server.database, 'SELECT id FROM Certificate WHERE state = 0')).toEqual([])
    await server.admin.issueCertificate({ body: { csr } })
  })
})

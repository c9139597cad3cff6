import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSoftHsm, hasSoftHsm, type SoftHsm } from '../../support/softhsm.ts'
import { databaseIn, spawnServer, temporaryDirectory, type ServerProcess } from '../support/servers.ts'

type Issued = { readonly id: string; readonly certificate: string; readonly chain: readonly string[] }

const isFromItsIssuer = ({ certificate, chain: [issuer = ''] }: Issued): boolean =>
  new X509Certificate(certificate).verify(new X509Certificate(issuer).publicKey)

/** Processes that PKCS #11 libraries run in, by a variable that only those of this test have. */
const tokenProcesses = (hsm: SoftHsm): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      const [environment, command] = ['environ', 'cmdline'].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      )
      return (
        environment?.includes(hsm.environment()['SOFTHSM2_CONF'] ?? '-') && command?.includes('token-process')
      )
    } catch {
      // It has just ended, or is no process.
      return false
    }
  })

describe.runIf(hasSoftHsm())('a server whose keys are in a PKCS #11 token', () => {
  let hsm: SoftHsm
  let dataDir: string
  let server: ServerProcess
  let first: Issued

  const start = (): Promise<ServerProcess> =>
    spawnServer(dataDir, {
      CHANCERY_KMS: 'pkcs11',
      CHANCERY_KMS_PKCS11_MODULE: hsm.module,
      CHANCERY_KMS_PKCS11_TOKEN: hsm.label,
      CHANCERY_KMS_PKCS11_PIN_FILE: hsm.pinFile,
      SOFTHSM2_CONF: hsm.environment()['SOFTHSM2_CONF'] ?? '',
    })
  /** With a key that the server makes. */
  const issue = (name: string): Promise<Issued> =>
    server.admin.issueCertificate({ body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: [name] } } })

  beforeAll(async () => {
    hsm = createSoftHsm()
    dataDir = temporaryDirectory()
    server = await start()
  })
  afterAll(async () => {
    await server.end('SIGTERM')
    hsm.remove()
    await rm(dataDir, { recursive: true })
  })

  test('issues, and keeps no key-encryption key and no authority’s key outside of the token', async () => {
    first = await issue('one.example')
    expect(isFromItsIssuer(first)).toBe(true)
    expect(existsSync(join(dataDir, 'kms.key'))).toBe(false)
    const database = new DatabaseSync(databaseIn(dataDir), { readOnly: true })
    const keys = database.prepare('SELECT purpose, provider, kekVersion, sealed FROM Key').all()
    database.close()
    const ofAuthorities = keys.filter(({ purpose }) => purpose === 'authority')
    expect(ofAuthorities.length).toBeGreaterThan(1)
    for (const key of keys) expect(key['provider']).toBe('pkcs11')
    for (const { kekVersion, sealed } of ofAuthorities) {
      expect(kekVersion).toBe(0)
      expect(Buffer.from(sealed as Uint8Array).toString()).toMatch(
        /^pkcs11:type=private;id=(%[0-9a-f]{2}){16}$/,
      )
    }
    const inToken = hsm.pkcs11Tool('--list-objects', '--type', 'privkey').match(/never extractable/g)
    expect(inToken).toHaveLength(ofAuthorities.length)
  })

  test('goes on after a restart with the keys it made before', async () => {
    await server.end('SIGTERM')
    server = await start()
    expect(isFromItsIssuer(await issue('two.example'))).toBe(true)
    const { certificate } = await server.admin.describeCertificate({ params: { id: first.id } })
    expect(certificate).toBe(first.certificate)
    const exported = await server.admin.exportCertificate({
      params: { id: first.id },
      body: { format: 'pem' },
    })
    expect(Buffer.from(exported.bytes).toString()).toContain('BEGIN PRIVATE KEY')
  })

  test('answers 503 kms_unavailable, to be retried, while the token is pulled, and issues again when it is back', async () => {
    hsm.pull()
    await expect(issue('three.example')).rejects.toMatchObject({
      code: 'kms_unavailable',
      status: 503,
      problem: { details: { retryable: true } },
    })
    hsm.insert()
    const issued = await vi.waitFor(() => issue('three.example'), { timeout: 60_000, interval: 200 })
    expect(isFromItsIssuer(issued)).toBe(true)
    // Whatever was begun while the token was away issued nothing.
    const { items } = await server.admin.searchCertificates({ query: { name: 'three.example' } })
    expect(items.filter(({ status }) => status === 'valid')).toHaveLength(1)
  })

  test('leaves no process behind, also when it is killed', async () => {
    expect(tokenProcesses(hsm)).toHaveLength(1)
    await server.end('SIGKILL')
    await vi.waitFor(() => expect(tokenProcesses(hsm)).toEqual([]), { timeout: 20_000 })
    server = await start()
    await issue('four.example')
  })
})

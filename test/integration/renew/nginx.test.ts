import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasTool } from '../../support/tools.ts'
import { nginxFor, type Nginx } from '../support/nginx.ts'
import { aServer, type LocalServer } from '../support/servers.ts'
import { aHost } from './a-host.ts'

const NAME = 'www.example.com'
const CLIENTS = 4
/** Connections that each client makes after it has seen the new certificate. */
const AFTERWARDS = 50

describe.runIf(hasTool('nginx', '-v'))('the cron deploys to nginx', () => {
  let ca: LocalServer
  let host: ReturnType<typeof aHost>
  let nginx: Nginx
  let root: string
  const serialOnDisk = (): string =>
    new X509Certificate(readFileSync(host.at('live/fullchain.pem'))).serialNumber

  const visit = (): Promise<string> => nginx.visit(root)

  beforeAll(async () => {
    ca = await aServer()
    host = aHost(ca.apiUrl)
    const { chain } = await ca.admin.requestManagedCertificate({ body: { domainName: NAME, days: 90 } })
    root = chain.at(-1) ?? ''
    nginx = await nginxFor(host.directory, NAME, host.at('live'))
    const files = [
      { path: 'fullchain.pem', content: 'fullchain' },
      { path: 'key.pem', content: 'key' },
    ]
    host.configure([{ certificate: NAME, directory: host.at('live'), files, reload: nginx.reload }])
    expect(await host.run()).toMatchObject({ code: 0, err: '' })
    nginx.start()
    await vi.waitFor(async () => expect(await visit()).toBe(serialOnDisk()), { timeout: 20_000 })
  })
  afterAll(async () => {
    await nginx.stop()
    await ca.dispose()
    await rm(host.directory, { recursive: true })
  })

  test('a client that keeps connecting sees the renewed certificate, and no connection is dropped', async () => {
    const before = serialOnDisk()
    const seen: string[] = []
    const renewed: { serial?: string } = {}
    const client = async (): Promise<void> => {
      for (let left = AFTERWARDS; left > 0;) {
        const serial = await visit()
        seen.push(serial)
        if (serial === renewed.serial) left--
      }
    }
    // Any connection that fails rejects here.
    const clients = Promise.all(Array.from({ length: CLIENTS }, client))
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThan(20)
    const deployed = await host.run('--json', 61)
    expect(deployed.outcomes).toMatchObject([
      { action: 'deployed', renewed: true, version: 2, reload: { ok: true } },
    ])
    renewed.serial = serialOnDisk()
    expect(renewed.serial).not.toBe(before)
    await clients
    expect(new Set(seen)).toEqual(new Set([before, renewed.serial]))
    // A worker of before may take a last connection; then there is the new one only.
    await expect.poll(visit).toBe(renewed.serial)
  }, 120_000)

  test('a configuration that nginx refuses has the certificate put back, and nginx goes on', async () => {
    const before = serialOnDisk()
    const conf = readFileSync(nginx.file, 'utf8')
    writeFileSync(nginx.file, `${conf}\nnonsense;\n`)
    const failed = await host.run('--force')
    expect(failed).toMatchObject({ code: 1, out: expect.stringMatching(/put back[^]*nonsense/) as string })
    writeFileSync(nginx.file, conf)
    expect([serialOnDisk(), await visit()]).toEqual([before, before])
  })
})

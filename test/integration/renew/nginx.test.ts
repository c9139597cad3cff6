import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../../scripts/free-port.ts'
import { hasTool } from '../../support/tools.ts'
import { aServer, type LocalServer } from '../support/servers.ts'
import { aHost } from './a-host.ts'

const NAME = 'www.example.com'
const CLIENTS = 4
/** Connections that each client makes after it has seen the new certificate. */
const AFTERWARDS = 50

const configuration = (directory: string, port: number): string => `
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
worker_processes 2;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${NAME};
    ssl_certificate ${directory}/live/fullchain.pem;
    ssl_certificate_key ${directory}/live/key.pem;
    location / { return 200 "here"; }
  }
}
`

describe.runIf(hasTool('nginx', '-v'))('the cron deploys to nginx', () => {
  let ca: LocalServer
  let host: ReturnType<typeof aHost>
  let nginx: ChildProcess
  let port: number
  let root: string
  const serialOnDisk = (): string =>
    new X509Certificate(readFileSync(host.at('live/fullchain.pem'))).serialNumber

  /** One connection of its own, with a request on it; the serial number that the server presented. */
  const visit = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })
      const request = get({
        host: '127.0.0.1',
        port,
        servername: NAME,
        ca: root,
        agent,
        headers: { host: NAME },
      })
      request.on('error', reject)
      request.on('response', (response) => {
        const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
        let body = ''
        response.on('error', reject)
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () =>
          body === 'here' ? resolve(serialNumber) : reject(new Error(`answered ${body}`)),
        )
      })
    })

  beforeAll(async () => {
    ca = await aServer()
    host = aHost(ca.apiUrl)
    port = await freePort()
    const { chain } = await ca.admin.requestManagedCertificate({ body: { domainName: NAME, days: 90 } })
    root = chain.at(-1) ?? ''
    writeFileSync(host.at('nginx.conf'), configuration(host.directory, port))
    const files = [
      { path: 'fullchain.pem', content: 'fullchain' },
      { path: 'key.pem', content: 'key' },
    ]
    // The first time there is no server to reload yet.
    const nginxWith = `nginx -c '${host.at('nginx.conf')}'`
    const reload = `[ ! -e '${host.at('nginx.pid')}' ] || { ${nginxWith} -t -q && ${nginxWith} -s reload; }`
    host.configure([{ certificate: NAME, directory: host.at('live'), files, reload }])
    expect(await host.run()).toMatchObject({ code: 0, err: '' })
    nginx = spawn('nginx', ['-c', host.at('nginx.conf')], { stdio: 'ignore' })
    await vi.waitFor(async () => expect(await visit()).toBe(serialOnDisk()), { timeout: 20_000 })
  })
  afterAll(async () => {
    nginx.kill('SIGQUIT')
    await once(nginx, 'exit')
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
    // Once the new one is seen by a client, it doesn't see the old one again.
    expect(await visit()).toBe(renewed.serial)
  }, 120_000)

  test('a configuration that nginx refuses has the certificate put back, and nginx goes on', async () => {
    const before = serialOnDisk()
    const conf = readFileSync(host.at('nginx.conf'), 'utf8')
    writeFileSync(host.at('nginx.conf'), `${conf}\nnonsense;\n`)
    const failed = await host.run('--force')
    expect(failed).toMatchObject({ code: 1, out: expect.stringMatching(/put back[^]*nonsense/) as string })
    writeFileSync(host.at('nginx.conf'), conf)
    expect([serialOnDisk(), await visit()]).toEqual([before, before])
  })
})

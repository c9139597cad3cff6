import { writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasTool } from '../../support/tools.ts'
import { nginxFor, type Nginx } from '../support/nginx.ts'
import { run } from '../support/run.ts'
import { aServer, temporaryDirectory, type LocalServer } from '../support/servers.ts'

const NAME = 'localhost'

describe.runIf(hasTool('nginx', '-v') && hasTool('openssl'))('nginx that staples our answers', () => {
  let ca: LocalServer
  let directory: string
  let nginx: Nginx
  let id: string
  const file = (name: string): string => join(directory, name)
  const errors = () => readFile(file('error.log'), 'utf8')
  /** What a client is told of the staple: its status, or that there is none. */
  const staple = async (): Promise<string> => {
    const { stdout } = await run('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${nginx.port}`, '-servername', NAME, '-status'],
      ...['-CAfile', file('root.pem')],
    ])
    return (
      /Cert Status: (\w+)/.exec(stdout)?.[1] ??
      /OCSP response: ?(no response sent)/.exec(stdout)?.[1] ??
      stdout
    )
  }

  beforeAll(async () => {
    ca = await aServer()
    directory = temporaryDirectory()
    const issued = await ca.admin.issueCertificate({
      body: {
        key: { algorithm: 'EC_prime256v1' },
        names: { dns: [NAME] },
        export: { format: 'pem' },
      },
    })
    id = issued.id
    const pem = Buffer.from(issued.exported?.content ?? '', 'base64').toString('latin1')
    writeFileSync(
      file('key.pem'),
      /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----\n/.exec(pem)?.[0] ?? '',
    )
    writeFileSync(file('fullchain.pem'), [issued.certificate, ...issued.chain.slice(0, -1)].join('\n'))
    writeFileSync(file('chain.pem'), issued.chain.join('\n'))
    writeFileSync(file('issuer.pem'), issued.chain[0] ?? '')
    writeFileSync(file('leaf.pem'), issued.certificate)
    writeFileSync(file('root.pem'), issued.chain.at(-1) ?? '')
    nginx = await nginxFor(
      directory,
      NAME,
      directory,
      `ssl_stapling on; ssl_stapling_verify on; ssl_trusted_certificate ${file('chain.pem')};`,
    )
    nginx.start()
  }, 60_000)
  afterAll(async () => {
    await nginx.stop()
    await ca.dispose()
    await rm(directory, { recursive: true })
  })

  test('a good one is fetched, verified and stapled', async () => {
    // nginx asks when the first client comes, who gets nothing yet.
    await vi.waitFor(async () => expect(await staple()).toBe('good'), { timeout: 20_000, interval: 200 })
  })

  test('after a revocation nginx is told so at its next question, and the answer stapled by hand says it to clients', async () => {
    await ca.admin.revokeCertificate({ params: { id }, body: { reason: 'superseded' } })
    const answer = await run('openssl', [
      ...['ocsp', '-issuer', file('issuer.pem'), '-cert', file('leaf.pem'), '-no_nonce'],
      ...['-url', `${ca.repositoryUrl}/ocsp`, '-respout', file('staple.der'), '-CAfile', file('root.pem')],
    ])
    expect(answer.stdout).toContain(': revoked')
    // A new configuration asks anew; nginx itself staples nothing but good (ngx_event_openssl_stapling.c).
    await run('sh', ['-c', nginx.reload])
    await vi.waitFor(
      async () => {
        expect(await staple()).toBe('no response sent')
        expect(await errors()).toContain('certificate status "revoked" in the OCSP response')
      },
      { timeout: 20_000, interval: 200 },
    )
    const conf = await readFile(nginx.file, 'utf8')
    writeFileSync(
      nginx.file,
      conf.replace('ssl_stapling_verify on;', `ssl_stapling_file ${file('staple.der')};`),
    )
    await run('sh', ['-c', nginx.reload])
    await vi.waitFor(async () => expect(await staple()).toBe('revoked'), { timeout: 20_000, interval: 200 })
  })
})

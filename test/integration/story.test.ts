import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasTool } from '../support/tools.ts'
import { aHost } from './renew/a-host.ts'
import { nginxFor, type Nginx } from './support/nginx.ts'
import { run } from './support/run.ts'
import { aServer, type LocalServer } from './support/servers.ts'

const DAY = 86_400_000
const NAME = 'www.story.test'
const PASSPHRASE = 'correct horse battery'
const tools = [hasTool('dig', '-v'), hasTool('nginx', '-v'), hasTool('keytool', '-help')]

// docs/story.md tells the same with the command line. One test a chapter: each goes on where the one before it ended.
describe.runIf(tools.every(Boolean))('the story of a certificate, from 400 days ago until now', () => {
  let server: LocalServer
  let host: ReturnType<typeof aHost>
  let nginx: Nginx
  let id: string
  let root: string
  const params = () => ({ params: { id } })
  const described = () => server.admin.describeManagedCertificate(params())
  const move = (days: number) =>
    server.admin.setCalendar({ body: { now: new Date(Date.now() + days * DAY).toISOString() } })
  const version = async (number: number) => {
    await expect.poll(async () => (await described()).version, { timeout: 20_000 }).toBe(number)
    return described()
  }
  const caa = (value: string) =>
    server.admin.putRecords({
      params: { apex: 'story.test' },
      body: { name: 'story.test', type: 'CAA', values: [value] },
    })
  const dig = async (...args: string[]) => {
    const port = (server.dnsAddress ?? '').replace(/^.*:/, '')
    return (await run('dig', ['@127.0.0.1', '-p', port, '+short', '+tries=1', ...args])).stdout.trim()
  }

  beforeAll(async () => {
    server = await aServer({ CHANCERY_DNS_PORT: '0', CHANCERY_CAA_IDENTITIES: 'ca.story.test' }, 'simulation')
    host = aHost(server.apiUrl)
    nginx = await nginxFor(host.directory, NAME, host.at('live'))
    await move(-400)
    await server.admin.createZone({ body: { apex: 'story.test' } })
    // There from the start: the job may look between any two calls.
    await caa('0 issue "other.test"')
  })
  afterAll(async () => {
    await nginx.stop()
    await server.dispose()
    await rm(host.directory, { recursive: true })
  })

  test('it is requested; the record that proves control is set, and dig sees it', async () => {
    const requested = await server.admin.requestManagedCertificate({
      body: { domainName: NAME, names: ['story.test'], validation: { method: 'DNS' }, exportable: true },
    })
    id = requested.id
    expect(requested).toMatchObject({ status: 'PENDING_VALIDATION', kind: 'validated' })
    for (const { record } of requested.validation) {
      if (record === undefined) throw new Error('no record')
      const { name, type, value } = record
      await server.admin.putRecords({ params: { apex: 'story.test' }, body: { name, type, values: [value] } })
      expect(await dig(name, 'CNAME')).toBe(value)
    }
  })

  test('CAA for another authority blocks it; once that is corrected, it is issued', async () => {
    await server.admin.validateManagedCertificate(params())
    const blocked = await described()
    expect(blocked).toMatchObject({ status: 'PENDING_VALIDATION', failureReason: 'CAA_ERROR' })
    expect(blocked.failureDetail).toContain('other.test')
    await caa('0 issue "ca.story.test"')
    expect(await dig('story.test', 'CAA')).toBe('0 issue "ca.story.test"')
    const issued = await server.admin.validateManagedCertificate(params())
    expect(issued).toMatchObject({ status: 'ISSUED', version: 1 })
    expect(issued.chain).toHaveLength(2)
    root = issued.chain[1] ?? ''
    expect(new X509Certificate(root).subject).toContain('SIMULATION')
    const { items } = await server.admin.listValidationEvidence({ ...params(), query: {} })
    expect(items.map(({ domain, kind, verdict }) => `${domain} ${kind} ${verdict}`).sort()).toEqual([
      'story.test caa passed',
      'story.test dns passed',
      'www.story.test caa passed',
      'www.story.test dns passed',
    ])
  })

  test('it is associated, and renewed by itself as the calendar goes on', async () => {
    const { account } = await described()
    await server.admin.associateManagedCertificate({
      ...params(),
      body: { resourceArn: `arn:aws:elasticloadbalancing:us-east-1:${account}:loadbalancer/app/story/1` },
    })
    await expect(server.admin.deleteManagedCertificate(params())).rejects.toMatchObject({
      code: 'resource_in_use',
    })
    await move(-165)
    const { arn, renewal } = await version(2)
    expect(arn).toBe(`arn:aws:acm:us-east-1:${account}:certificate/${id}`)
    expect(renewal.status).toBe('SUCCESS')
  })

  test('the cron deploys it to nginx; in the present it is renewed, and a TLS client sees the new one without a dropped connection', async () => {
    const files = [
      { path: 'fullchain.pem', content: 'fullchain' },
      { path: 'key.pem', content: 'key' },
    ]
    host.configure([{ certificate: id, directory: host.at('live'), files, reload: nginx.reload }])
    // The host's clock stands where the calendar does.
    expect(await host.run('', -165)).toMatchObject({ code: 0, err: '' })
    nginx.start()
    const second = (await described()).serial?.toUpperCase().replace(/^0+/, '')
    await expect.poll(() => nginx.visit(root).catch(String), { timeout: 20_000 }).toBe(second)
    const seen: string[] = []
    const third: { serial?: string | undefined } = {}
    // Any connection that fails rejects here.
    const client = (async () => {
      for (let left = 30; left > 0;) {
        const serial = await nginx.visit(root)
        seen.push(serial)
        if (serial === third.serial) left--
      }
    })()
    await move(0)
    const renewed = await version(3)
    third.serial = renewed.serial?.toUpperCase().replace(/^0+/, '')
    expect(await host.run('--json')).toMatchObject({
      code: 0,
      outcomes: [{ action: 'deployed', version: 3 }],
    })
    await client
    expect([...new Set(seen)]).toEqual([second, third.serial])
  }, 120_000)

  test('it is exported to PKCS#12 and JKS, and keytool reads both', async () => {
    for (const format of ['pkcs12', 'jks'] as const) {
      const { bytes } = await server.admin.exportManagedCertificate({
        ...params(),
        body: { format, passphrase: PASSPHRASE },
      })
      const file = host.at(`store.${format}`)
      writeFileSync(file, bytes)
      const { stdout, stderr } = await run('keytool', [
        '-list',
        '-v',
        '-keystore',
        file,
        '-storepass',
        PASSPHRASE,
      ])
      expect(stdout, stderr).toContain('PrivateKeyEntry')
      expect(stdout).toContain(`CN=${NAME}`)
    }
  })

  test('it is revoked, and its CRL says so to openssl', async () => {
    const revoked = await server.admin.revokeManagedCertificate({
      ...params(),
      body: { reason: 'superseded' },
    })
    expect(revoked.status).toBe('REVOKED')
    const issuing = revoked.chain[0] ?? ''
    const fetched = await fetch(crlUrlIn(revoked.certificate ?? ''))
    writeFileSync(host.at('crl.der'), Buffer.from(await fetched.arrayBuffer()))
    writeFileSync(host.at('leaf.pem'), revoked.certificate ?? '')
    writeFileSync(host.at('issuing.pem'), issuing)
    writeFileSync(host.at('root.pem'), root)
    await run('openssl', ['crl', '-inform', 'DER', '-in', host.at('crl.der'), '-out', host.at('crl.pem')])
    const verified = await run('openssl', [
      'verify',
      '-crl_check',
      '-CAfile',
      host.at('root.pem'),
      '-untrusted',
      host.at('issuing.pem'),
      '-CRLfile',
      host.at('crl.pem'),
      host.at('leaf.pem'),
    ])
    expect(verified.stdout + verified.stderr).toContain('certificate revoked')
    expect(readFileSync(host.at('live/fullchain.pem'), 'utf8')).toContain(
      revoked.certificate?.trim() ?? 'none',
    )
  })

  test('everything that happened was told', async () => {
    const { items } = await server.admin.listEvents({ query: {} })
    const told = (items as { type: string }[]).map(({ type }) => type.replace(/^.*\./, ''))
    expect(told).toEqual(expect.arrayContaining(['available', 'revoked']))
  })
})

/** The URL in a certificate's CRL distribution point. */
const crlUrlIn = (pem: string): string =>
  /http:[\x21-\x7e]+?\.crl/.exec(Buffer.from(new X509Certificate(pem).raw).toString('latin1'))?.[0] ?? ''

import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient, createNodeFetch } from '../../src/contract/index.ts'
import { startChancery, type Chancery } from '../../src/testing/index.ts'
import { hasTool } from '../support/tools.ts'
import { handshake } from './handshake.ts'

// A directory of this file's own: other tests run at the same time, and what they make is their business.
const temporary = mkdtempSync(join(tmpdir(), 'chancery-here-'))
vi.stubEnv('TMPDIR', temporary)
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(temporary, { recursive: true })
})
const ours = (): string[] => readdirSync(temporary)

let ca: Chancery
beforeAll(async () => {
  ca = await startChancery()
})
afterAll(() => ca.close())

describe('issue', () => {
  it('gives what https.createServer takes', async () => {
    const { cert, key } = await ca.issue()
    const server = createServer({ cert, key }, (_, response) => response.end('hello')).listen(0)
    const { port } = server.address() as AddressInfo
    const text = await new Promise<string>((resolve, reject) => {
      get({ host: 'localhost', port, ca: ca.root }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      }).on('error', reject)
    })
    server.close()
    expect(text).toBe('hello')
  })

  it('gives certificate, chain and root in forms that agree', async () => {
    const made = await ca.issue({ dns: 'a.example.com' })
    expect(made.cert).toBe(made.leaf + ca.intermediate)
    expect(made.fullchain).toBe(made.cert + ca.root)
    expect(made.ca).toBe(ca.root)
    expect(made.chain).toEqual([ca.intermediate, ca.root])
    const leaf = new X509Certificate(made.leaf)
    expect(leaf.raw.equals(made.der)).toBe(true)
    expect(leaf.serialNumber.toLowerCase().padStart(32, '0')).toBe(made.serial)
    expect(leaf.validToDate).toEqual(made.notAfter)
    expect(leaf.publicKey.equals(createPublicKey(made.key))).toBe(true)
    expect(leaf.verify(new X509Certificate(ca.intermediate).publicKey)).toBe(true)
  })

  it('takes names of every kind, one or several', async () => {
    const made = await ca.issue({
      dns: ['a.example.com', '*.b.example.com'],
      ip: ['192.0.2.1', '2001:db8::1'],
      email: 'someone@example.com',
      uri: 'spiffe://example.com/a',
    })
    expect(new X509Certificate(made.leaf).subjectAltName?.split(', ').sort()).toEqual([
      'DNS:*.b.example.com',
      'DNS:a.example.com',
      'IP Address:192.0.2.1',
      'IP Address:2001:DB8:0:0:0:0:0:1',
      'URI:spiffe://example.com/a',
      'email:someone@example.com',
    ])
  })

  it.each(['RSA_2048', 'EC_secp384r1', 'ED25519'] as const)('makes %s keys', async (keyAlgorithm) => {
    const made = await ca.issue({ dns: 'localhost', keyAlgorithm })
    expect((await handshake(made, { ca: ca.root })).refused).toBeUndefined()
  })

  it('makes clients: one is let in, one without a certificate and one for servers only are not', async () => {
    const server = { ...(await ca.issue()), requestCert: true, rejectUnauthorized: true }
    const client = await ca.issue({ email: 'client@example.com', clientAuth: true })
    expect(await handshake(server, { ...client })).toEqual({ refused: undefined, clientAuthorized: true })
    const both = await ca.issue({ dns: 'client.example.com', clientAuth: true })
    expect((await handshake(server, { ...both })).clientAuthorized).toBe(true)
    expect((await handshake(server, { ca: ca.root })).refused).toBeDefined()
    expect((await handshake(server, { ...(await ca.issue()) })).refused).toBeDefined()
  })

  it('has days, seconds or an end', async () => {
    const start = ca.clock.now().getTime()
    const days = await ca.issue({ days: 3 })
    expect(Math.abs(days.notAfter.getTime() - start - 3 * 86_400_000)).toBeLessThan(60_000)
    const notAfter = new Date(Math.floor(start / 1000) * 1000 + 3_600_000)
    expect((await ca.issue({ notAfter })).notAfter).toEqual(notAfter)
    expect((await ca.issue({ notAfter: notAfter.toISOString() })).notAfter).toEqual(notAfter)
  })

  it.each([
    [{ dns: 'not a name' }, 'names.dns[0]'],
    [{ dns: [1] }, 'dns'],
    [{ DNS: 'a.example.com' }, 'DNS'],
    [{ profile: 'constructor' }, 'profile'],
    [{ keyAlgorithm: 'toString' }, 'keyAlgorithm'],
    [{ days: '3' }, 'days'],
    [{ days: -1 }, 'validity.days'],
    [{ days: 3, seconds: 3 }, 'seconds'],
    [{ notAfter: 'tomorrow, perhaps' }, 'notAfter'],
    [{ subject: { commonName: '' } }, 'subject.commonName'],
    [{ email: 'someone@example.com' }, 'names'],
    ['localhost', 'options'],
  ])('refuses %j, naming the option', async (options, field) => {
    await expect(ca.issue(options as never)).rejects.toMatchObject({
      name: 'ChanceryError',
      code: 'request_invalid',
      violations: expect.arrayContaining([expect.objectContaining({ field })]) as unknown,
    })
  })
})

describe('signCsr', () => {
  it.skipIf(!hasTool('openssl'))('certifies the key of a request', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const directory = mkdtempSync(join(tmpdir(), 'csr-'))
    writeFileSync(join(directory, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const csr = execFileSync(
      'openssl',
      ['req', '-new', '-key', 'key.pem', '-subj', '/', '-addext', 'subjectAltName=DNS:csr.example.com'],
      { cwd: directory, encoding: 'utf8' },
    )
    rmSync(directory, { recursive: true })
    const made = await ca.signCsr(csr, { days: 2, clientAuth: true })
    const leaf = new X509Certificate(made.leaf)
    expect(leaf.checkPrivateKey(privateKey)).toBe(true)
    expect(leaf.subjectAltName).toBe('DNS:csr.example.com')
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(made).not.toHaveProperty('key')
  })

  it.each([['nonsense'], [Buffer.from('30', 'hex')], [undefined], [42]])('refuses %j', async (csr) => {
    await expect(ca.signCsr(csr as never)).rejects.toMatchObject({ code: 'csr_invalid' })
  })
})

describe('revoke', () => {
  it('is in the CRL at once, and TLS clients that look see it', async () => {
    const [gone, kept] = [await ca.issue(), await ca.issue()]
    await ca.revoke(gone, 'keyCompromise')
    const crl = await ca.crls()
    expect((await handshake(gone, { ca: ca.root, crl })).refused?.code).toBe('CERT_REVOKED')
    expect((await handshake(kept, { ca: ca.root, crl })).refused).toBeUndefined()
  })

  it('raises the number of the CRL', async () => {
    const before = await ca.crl()
    await ca.revoke((await ca.issue()).id)
    const after = await ca.crl()
    expect(after.number).toBeGreaterThan(before.number)
    expect(after.pem).toMatch(/^-----BEGIN X509 CRL-----\n/)
    expect(after.der[0]).toBe(0x30)
  })

  it('may be done again; refuses another reason, what it doesn’t know, and reasons that are none', async () => {
    const made = await ca.issue()
    await expect(ca.revoke(made, 'boredom' as never)).rejects.toMatchObject({ code: 'request_invalid' })
    await ca.revoke(made)
    await ca.revoke(made)
    await expect(ca.revoke(made, 'affiliationChanged')).rejects.toMatchObject({ code: 'already_revoked' })
    await expect(ca.revoke('nonsense')).rejects.toMatchObject({ code: 'not_found' })
    await expect(ca.revoke(undefined as never)).rejects.toMatchObject({ code: 'request_invalid' })
  })
})

describe('clock', () => {
  it('moves both ways, and certificates with it', async () => {
    await using other = await startChancery({ now: '2030-01-31T12:00:00Z' })
    expect(other.clock.now().getUTCFullYear()).toBe(2030)
    const early = await other.issue({ days: 1 })
    other.clock.advance({ days: 30, hours: 2 })
    const late = await other.issue({ days: 1 })
    expect(late.notBefore.getTime() - early.notBefore.getTime()).toBeGreaterThan(29 * 86_400_000)
    await expect(other.revoke(early)).rejects.toMatchObject({ code: 'state_conflict' })
    other.clock.set(new Date('2030-01-31T13:00:00Z'))
    await other.revoke(early)
  })

  it('keeps CRLs fresh', async () => {
    await using other = await startChancery()
    const before = await other.crl()
    other.clock.advance({ days: 30 })
    expect((await other.crl()).number).toBeGreaterThan(before.number)
  })

  it.each([[Number.NaN], ['never'], [new Date(Number.NaN)], [Infinity]])('refuses %s', (moment) => {
    expect(() => ca.clock.set(moment)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('refuses a span of a unit that it doesn’t know', () => {
    expect(() => ca.clock.advance({ weeks: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'request_invalid' }),
    )
  })
})

describe('starting and ending', () => {
  it('leaves nothing behind', async () => {
    const before = ours()
    {
      await using other = await startChancery()
      await other.issue()
      expect(ours().length).toBeGreaterThan(before.length)
    }
    expect(ours()).toEqual(before)
  })

  it('ends once, however often it is told', async () => {
    const other = await startChancery({ listen: true })
    await Promise.all([other.close(), other.close()])
    await other.close()
    await expect(other.issue()).rejects.toThrow()
  })

  it('shares nothing between two of them', async () => {
    await using other = await startChancery()
    expect(other.root).not.toBe(ca.root)
    expect((await handshake(await other.issue(), { ca: ca.root })).refused).toBeDefined()
    await expect(other.revoke(await ca.issue())).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([
    [{ listen: 'ftp' }, 'listen'],
    [{ now: 'whenever' }, 'now'],
    [{ publicUrl: 'https://x.example' }, 'publicUrl'],
    [{ port: 1 }, 'port'],
  ])('refuses %j and leaves nothing behind', async (options, field) => {
    const before = ours()
    await expect(startChancery(options as never)).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ field }],
    })
    expect(ours()).toEqual(before)
  })

  it('lets the process end without being disposed of, and takes its files along', () => {
    const index = join(import.meta.dirname, '../../src/testing/index.ts')
    const script = `import { startChancery } from ${JSON.stringify(index)}
      const ca = await startChancery()
      await ca.issue()`
    const before = ours()
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { timeout: 30_000 })
    expect(ours()).toEqual(before)
  })
})

describe('listen', () => {
  it('has an audit report made by the time somebody looks after it, although no job runs', async () => {
    await using other = await startChancery({ listen: 'http' })
    await other.issue({ dns: 'www.example.com' })
    const client = createClient({ url: other.url, token: other.token })
    const { items } = await client.listAuthorities()
    const authority = items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
    const { id } = await client.createAuditReport({ params: { authority }, body: { format: 'JSON' } })
    const params = { authority, report: id }
    expect(await client.describeAuditReport({ params })).toMatchObject({ status: 'SUCCESS', rows: 1 })
    const { bytes } = await client.readAuditReport({ params })
    expect(JSON.parse(Buffer.from(bytes).toString())).toHaveLength(1)
  })

  it.each(['http', 'https'] as const)('answers the API over %s with its token', async (listen) => {
    await using other = await startChancery({ listen })
    expect(other.url).toMatch(new RegExp(`^${listen}://127\\.0\\.0\\.1:\\d+$`))
    const fetch = createNodeFetch(other.listenerCa === undefined ? {} : { ca: other.listenerCa })
    const client = createClient({ url: other.url, token: other.token, fetch })
    const { id } = await other.issue({ dns: 'here.example.com' })
    const found = await client.searchCertificates({ query: { name: 'here.example.com' } })
    expect(found.items.map((each) => each.id)).toEqual([id])
    expect((await client.describeInstallation()).mode).toBe('simulation')
    const stranger = createClient({ url: other.url, token: `chy_${'x'.repeat(43)}`, fetch })
    await expect(stranger.describeInstallation()).rejects.toMatchObject({ code: 'unauthenticated' })
    fetch.close()
  })

  it.skipIf(!hasTool('openssl'))(
    'names a CRL in its certificates that is there, current, and follows the clock',
    async () => {
      await using other = await startChancery({ listen: true })
      const made = await other.issue()
      const url = /URI:(http:\S+\.crl)/.exec(
        execFileSync('openssl', ['x509', '-noout', '-ext', 'crlDistributionPoints'], {
          input: made.leaf,
          encoding: 'utf8',
        }),
      )?.[1]
      expect(url).toMatch(new RegExp(`^${other.repositoryUrl}/crl/`))
      const fetched = async (): Promise<Buffer> => {
        const response = await fetch(url ?? '')
        expect(response.headers.get('content-type')).toBe('application/pkix-crl')
        return Buffer.from(await response.arrayBuffer())
      }
      expect((await fetched()).equals((await other.crl()).der)).toBe(true)
      await other.revoke(made)
      const revoked = await fetched()
      expect(revoked.includes(Buffer.from(made.serial, 'hex'))).toBe(true)
      other.clock.advance({ days: 6 })
      expect((await fetched()).equals(revoked)).toBe(false)
    },
  )

  it('issues over the API what issue would', async () => {
    await using other = await startChancery({ listen: true })
    const client = createClient({ url: other.url, token: other.token })
    const issued = await client.issueCertificate({
      body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: ['localhost'] }, export: { format: 'pem' } },
    })
    const pem = Buffer.from(issued.exported?.content ?? '', 'base64').toString()
    expect((await handshake({ cert: pem, key: pem }, { ca: other.root })).refused).toBeUndefined()
    await other.revoke(issued.id)
  })

  it('closes its ports', async () => {
    const other = await startChancery({ listen: true })
    await other.close()
    await expect(fetch(`${other.repositoryUrl}/health/live`)).rejects.toThrow()
    await expect(fetch(`${other.url}/health/live`)).rejects.toThrow()
  })
})

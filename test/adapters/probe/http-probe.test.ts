import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHttpProbe } from '../../../src/adapters/probe/http-probe.ts'
import { startChancery } from '../../../src/testing/index.ts'
import { cname, zoneResolver, type Zone } from '../../support/zone-resolver.ts'

const open: { close(): void }[] = []
afterEach(() => {
  open.splice(0).forEach((server) => server.close())
  vi.unstubAllEnvs()
})
const listening = async (server: Server | ReturnType<typeof createSocketServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return (server.address() as AddressInfo).port
}
const serve = (listener: RequestListener): Promise<number> => listening(createServer(listener))

const a = (data: string) => ({ type: 'A' as const, data })
const aaaa = (data: string) => ({ type: 'AAAA' as const, data })
const HERE: Zone = { 'example.com': [a('127.0.0.1')], 'other.example': [a('127.0.0.1')] }
const probe = (
  http: number,
  zone = HERE,
  more: { https?: number; privateAddresses?: boolean; timeoutMs?: number } = {},
) =>
  createHttpProbe({
    resolver: zoneResolver(zone),
    ports: { http, https: more.https ?? 443 },
    privateAddresses: more.privateAddresses ?? true,
    timeoutMs: more.timeoutMs ?? 10_000,
  })
const URL_ASKED = 'http://example.com/.well-known/pki-validation/x.txt?q=1'

describe('a fetch', () => {
  test('asks the perspective’s resolver and goes to the configured port, under the name that was asked for', async () => {
    const seen: Pick<IncomingMessage, 'url' | 'headers' | 'method'>[] = []
    const port = await serve((request, response) => {
      seen.push(request)
      response.end('content')
    })
    // Node's own clients would follow it.
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    const answer = await probe(port).get(URL_ASKED)
    expect(answer).toMatchObject({
      outcome: 'answered',
      status: 200,
      address: '127.0.0.1',
      visited: [URL_ASKED],
    })
    expect(answer.outcome === 'answered' && Buffer.from(answer.body).toString()).toBe('content')
    expect(seen).toMatchObject([
      { method: 'GET', url: '/.well-known/pki-validation/x.txt?q=1', headers: { host: 'example.com' } },
    ])
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('cookie')
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('authorization')
  })

  test('follows aliases, tries the next address where one can’t be reached, and reaches IPv6', async () => {
    const port = await serve((_, response) => response.end('content'))
    const zone: Zone = {
      'example.com': [cname('Host.Example')],
      'host.example': [aaaa('::1'), a('127.0.0.1')],
    }
    expect(await probe(port, zone).get(URL_ASKED)).toMatchObject({
      outcome: 'answered',
      address: '127.0.0.1',
    })
    const dead: Zone = { 'example.com': [a('127.0.0.2'), aaaa('::1'), a('127.0.0.1')] }
    expect(await probe(port, dead).get(URL_ASKED)).toMatchObject({
      outcome: 'answered',
      address: '127.0.0.1',
    })
  })

  test('reaches a host of which one kind of address is known, though DNS fails for the other', async () => {
    const port = await serve((_, response) => response.end('content'))
    const known = zoneResolver(HERE)
    const failing = zoneResolver({ 'example.com': 'servfail' })
    const resolver = {
      resolve: (asked: Parameters<typeof known.resolve>[0]) =>
        (asked.type === 'A' ? known : failing).resolve(asked),
    }
    const half = createHttpProbe({ resolver, ports: { http: port, https: 443 }, privateAddresses: true })
    expect(await half.get(URL_ASKED)).toMatchObject({ outcome: 'answered', address: '127.0.0.1' })
  })

  test.each<[string, Zone, string]>([
    ['a name that isn’t there', {}, 'unresolved'],
    ['a name without addresses', { 'example.com': [cname('x.example')] }, 'unresolved'],
    ['a resolver that fails', { 'example.com': 'servfail' }, 'unresolved'],
    ['a loopback address', { 'example.com': [a('127.0.0.1')] }, 'forbidden'],
    ['a private address', { 'example.com': [a('10.0.0.1')] }, 'forbidden'],
    ['the metadata address of clouds', { 'example.com': [a('169.254.169.254')] }, 'forbidden'],
    ['a loopback address within IPv6', { 'example.com': [aaaa('::ffff:127.0.0.1')] }, 'forbidden'],
  ])('goes nowhere: %s', async (_, zone, reason) => {
    let asked = 0
    const port = await serve((_request, response) => {
      asked++
      response.end()
    })
    const answer = await probe(port, zone, { privateAddresses: false }).get(URL_ASKED)
    expect(answer).toMatchObject({ outcome: 'failed', reason, visited: [URL_ASKED] })
    expect(asked).toBe(0)
  })

  test('link-local addresses stay out of reach where private ones are allowed', async () => {
    const zone: Zone = { 'example.com': [a('169.254.169.254')] }
    expect(await probe(80, zone).get(URL_ASKED)).toMatchObject({ reason: 'forbidden' })
  })

  test.each([
    'http://example.com:8081/',
    'http://example.com:22/',
    'ftp://example.com/',
    'http://u:p@example.com/',
    'no URL',
  ])('of another port or scheme, or with a password, is forbidden: %s', async (url) => {
    expect(await probe(8080).get(url)).toMatchObject({ outcome: 'failed', reason: 'forbidden' })
  })

  test('ends at 64 KiB', async () => {
    const port = await serve((request, response) =>
      response.end('x'.repeat(request.url === '/much' ? 65_537 : 65_536)),
    )
    expect(await probe(port).get('http://example.com/much')).toMatchObject({
      outcome: 'failed',
      reason: 'too_large',
    })
    expect(await probe(port).get('http://example.com/enough')).toMatchObject({ outcome: 'answered' })
  })

  test('ends when its time is over, though octets keep coming, and though the time is spent on redirects', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/drip') {
        const drip = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(drip))
      } else setTimeout(() => response.writeHead(302, { location: '/again' }).end(), 60)
    })
    expect(await probe(port, HERE, { timeoutMs: 200 }).get('http://example.com/drip')).toMatchObject({
      reason: 'timeout',
    })
    expect(await probe(port, HERE, { timeoutMs: 200 }).get('http://example.com/')).toMatchObject({
      reason: 'timeout',
    })
  })

  test('of what isn’t HTTP is malformed', async () => {
    const port = await listening(
      createSocketServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-x\r\n')),
    )
    expect(await probe(port).get(URL_ASKED)).toMatchObject({ outcome: 'failed', reason: 'malformed' })
  })

  test('of a port where nobody listens is unreachable', async () => {
    const port = await serve(() => undefined)
    open.splice(0).forEach((server) => server.close())
    expect(await probe(port).get(URL_ASKED)).toMatchObject({ outcome: 'failed', reason: 'unreachable' })
  })
})

describe('redirects', () => {
  const redirecting = (to: (at: number) => string | undefined, status = 302): Promise<number> =>
    serve((request, response) => {
      const at = Number(/(\d+)$/.exec(request.url ?? '')?.[1] ?? 0)
      const location = to(at)
      if (location === undefined) response.end(`content for ${request.headers.host}`)
      else response.writeHead(status, { location }).end()
    })

  test.each([301, 302, 303, 307, 308])('are followed: %d', async (status) => {
    const port = await redirecting((at) => (at === 0 ? '//other.example/1#part' : undefined), status)
    const answer = await probe(port).get('http://example.com/0')
    expect(answer).toMatchObject({
      outcome: 'answered',
      visited: ['http://example.com/0', 'http://other.example/1'],
    })
    expect(answer.outcome === 'answered' && Buffer.from(answer.body).toString()).toBe(
      'content for other.example',
    )
  })

  test('are followed ten times', async () => {
    const ten = await redirecting((at) => (at < 10 ? `/${at + 1}` : undefined))
    expect(await probe(ten).get('http://example.com/0')).toMatchObject({ outcome: 'answered' })
    const eleven = await redirecting((at) => (at < 11 ? `/${at + 1}` : undefined))
    expect(await probe(eleven).get('http://example.com/0')).toMatchObject({
      outcome: 'failed',
      reason: 'too_many_redirects',
    })
  })

  test.each([
    ['http://169.254.169.254/latest/meta-data', 'forbidden'],
    ['http://[::ffff:169.254.169.254]/', 'forbidden'],
    ['http://2852039166/', 'forbidden'],
    ['http://example.com:6379/', 'forbidden'],
    ['file:///etc/passwd', 'forbidden'],
    ['http://linklocal.example/', 'forbidden'],
    ['http://u:p@example.com/', 'forbidden'],
    ['http://nowhere.example/', 'unresolved'],
    ['http://[', 'malformed'],
  ])('are judged each: %s', async (location, reason) => {
    const port = await redirecting((at) => (at === 0 ? location : undefined))
    const zone: Zone = { ...HERE, 'linklocal.example': [a('169.254.1.1')] }
    expect(await probe(port, zone).get('http://example.com/0')).toMatchObject({ outcome: 'failed', reason })
  })

  test('without a target are malformed', async () => {
    const port = await serve((_, response) => response.writeHead(302).end())
    expect(await probe(port).get('http://example.com/')).toMatchObject({
      outcome: 'failed',
      reason: 'malformed',
    })
  })

  test('to https are followed to the configured port, whatever the certificate says', async () => {
    await using chancery = await startChancery()
    // For another name, by an authority that nobody trusts.
    const { cert, key } = await chancery.issue({ dns: 'localhost' })
    const secure = createSecureServer({ cert, key }, (request, response) =>
      response.end(`over TLS for ${request.headers.host}`),
    )
    const https = await listening(secure)
    const port = await redirecting((at) => (at === 0 ? 'https://other.example/1' : undefined))
    const answer = await probe(port, HERE, { https }).get('http://example.com/0')
    expect(answer.outcome === 'answered' && Buffer.from(answer.body).toString()).toBe(
      'over TLS for other.example',
    )
  })
})

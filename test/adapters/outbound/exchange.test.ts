import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange, type OutboundTerms } from '../../../src/adapters/outbound/exchange.ts'
import { startChancery } from '../../../src/testing/index.ts'

const open: { close(): void }[] = []
afterEach(() => open.splice(0).forEach((server) => server.close()))

const listening = async (server: Server | ReturnType<typeof createSocketServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return (server.address() as AddressInfo).port
}
const serve = (listener: RequestListener): Promise<number> => listening(createServer(listener))
const raw = (onSocket: (socket: Socket) => void): Promise<number> =>
  listening(createSocketServer((socket) => onSocket(socket.on('error', () => undefined))))

const terms = (more: Partial<OutboundTerms> = {}): OutboundTerms => ({
  policy: { schemes: ['http:', 'https:'], ports: 'any', privateAddresses: true },
  resolve: async () => ['127.0.0.1'],
  timeoutMs: 10_000,
  mostOctets: 1000,
  tls: { verify: true },
  ...more,
})
const get = (url: string, more: Partial<OutboundTerms> = {}) => exchange({ method: 'GET', url }, terms(more))

describe('exchange', () => {
  it('connects to the address that was checked, under the name that was asked for', async () => {
    const seen: unknown[] = []
    const port = await serve((request, response) => {
      seen.push(request.headers.host, request.url)
      response.writeHead(302, { location: '/there' }).end('moved')
    })
    expect(await get(`http://hook.example.com:${port}/here?a=b`)).toEqual({
      outcome: 'answered',
      status: 302,
      headers: expect.objectContaining({ location: '/there' }) as unknown,
      body: new Uint8Array(Buffer.from('moved')),
      whole: true,
      address: '127.0.0.1',
    })
    expect(seen).toEqual([`hook.example.com:${port}`, '/here?a=b'])
  })

  it('is not led elsewhere by a name that changes its mind: it asks once, and what it checked is what it reaches', async () => {
    const port = await serve((_, response) => response.end('reached'))
    const answers = [['8.8.8.8'], ['127.0.0.1']]
    let asked = 0
    const resolve = async () => answers[asked++] ?? []
    const policy = { schemes: ['http:' as const], ports: 'any' as const, privateAddresses: false }
    const result = await get(`http://rebinding.example.com:${port}/`, { resolve, policy, timeoutMs: 300 })
    expect(asked).toBe(1)
    expect(result).toMatchObject({ outcome: 'failed' })
    expect(result.outcome === 'failed' && result.reason).toMatch(/^(timeout|unreachable)$/)
  })

  it('verifies a TLS server by the name of the URL, not by the address', async () => {
    await using ca = await startChancery()
    const { cert, key } = await ca.issue({ dns: 'hook.example.com' })
    const server = createSecureServer({ cert, key }, (_, response) => response.end('fine'))
    const port = await listening(server)
    const tls = { verify: true, ca: [ca.root] }
    expect(await get(`https://hook.example.com:${port}/`, { tls })).toMatchObject({ status: 200 })
    expect(await get(`https://other.example.com:${port}/`, { tls })).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
      detail: `no connection to 127.0.0.1 port ${port} (ERR_TLS_CERT_ALTNAME_INVALID)`,
    })
    expect(await get(`https://hook.example.com:${port}/`)).toMatchObject({ reason: 'unreachable' })
    expect(await get(`https://other.example.com:${port}/`, { tls: { verify: false } })).toMatchObject({
      status: 200,
    })
  })

  it('keeps no more of an answer than it may, and stops reading', async () => {
    const port = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const answer = await get(`http://endless.example.com:${port}/`)
    expect(answer).toMatchObject({ status: 200, whole: false })
    expect(answer.outcome === 'answered' && answer.body.length).toBe(1000)
  })

  it.each([
    ['says nothing', (_: Socket) => undefined, 'timeout'],
    ['ends its headers never', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nA: '), 'timeout'],
    [
      'promises more than it sends',
      (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf'),
      'timeout',
    ],
    [
      'speaks something else',
      (socket: Socket) => void socket.end('220 mail.example.com ESMTP\r\n'),
      'malformed',
    ],
    ['hangs up', (socket: Socket) => void socket.end(), 'malformed'],
    [
      'has endless headers',
      (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}`),
      'malformed',
    ],
  ])('fails on a server that %s', async (_, onSocket, reason) => {
    const port = await raw((socket) => onSocket(socket))
    const timeoutMs = reason === 'timeout' ? 300 : 20_000
    expect(await get(`http://odd.example.com:${port}/`, { timeoutMs })).toMatchObject({
      outcome: 'failed',
      reason,
    })
  })

  it('gives up on a resolver that says nothing', async () => {
    const resolve = () => new Promise<never>(() => undefined)
    expect(await get('http://silent.example.com/', { resolve, timeoutMs: 50 })).toMatchObject({
      reason: 'timeout',
    })
  })

  it('tries the next address where nobody listens, but never sends a request twice', async () => {
    let requests = 0
    const port = await serve((request) => {
      requests++
      request.socket.destroy()
    })
    const resolve = async () => ['127.0.0.2', '127.0.0.1', '127.0.0.1']
    expect(await get(`http://two.example.com:${port}/`, { resolve })).toMatchObject({ reason: 'malformed' })
    expect(requests).toBe(1)
  })

  it.each([
    ['not a URL', 'it is no URL'],
    ['ftp://example.com/', 'the scheme must be http or https'],
  ])('refuses %s', async (url, detail) => {
    expect(await get(url)).toEqual({ outcome: 'failed', reason: 'forbidden', detail })
  })
})

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ChanceryApiError, createClient, everyItem, type FetchInit } from '../../src/contract/client.ts'
import { createNodeFetch } from '../../src/contract/node-fetch.ts'

type Sent = { url: string; init: FetchInit }

/** A client whose requests are kept, and answered with `status`, `body` and `headers`. */
function recorded(status: number, body: unknown, headers: Record<string, string> = {}) {
  const sent: Sent[] = []
  const client = createClient({
    url: 'https://ca.example.com/base/',
    token: 'chy_secret',
    region: 'eu-central-1',
    fetch: (url, init) => {
      sent.push({ url, init })
      const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
      const all: Record<string, string> = { 'content-type': 'application/json', ...headers }
      return Promise.resolve({
        status,
        headers: { get: (name) => all[name.toLowerCase()] ?? null },
        arrayBuffer: () => Promise.resolve(new Uint8Array(bytes).buffer),
      })
    },
  })
  return { client, sent }
}

const ACCOUNT = { id: '111122223333', name: 'payments', createdAt: '2026-11-22T12:00:00.000Z' }

describe('createClient', () => {
  test('sends what the table says', async () => {
    const { client, sent } = recorded(201, ACCOUNT)
    expect(await client.createAccount({ body: { name: 'payments' } })).toEqual(ACCOUNT)
    expect(sent).toEqual([
      {
        url: 'https://ca.example.com/base/v1/accounts',
        init: {
          method: 'POST',
          headers: {
            authorization: 'Bearer chy_secret',
            accept: 'application/json',
            'chancery-region': 'eu-central-1',
            'content-type': 'application/json',
          },
          body: '{"name":"payments"}',
        },
      },
    ])
  })

  test('escapes path parameters and queries', async () => {
    const { client, sent } = recorded(200, '', { 'content-type': 'application/x-pem-file' })
    await client.getAuthorityChain({ params: { authority: 'a/b c?d#e' } })
    await client.listTokens({ query: { cursor: 'x&y=z', limit: 7 } }).catch(() => {})
    expect(sent.map(({ url }) => url.slice('https://ca.example.com/base'.length))).toEqual([
      '/v1/authorities/a%2Fb%20c%3Fd%23e/chain',
      '/v1/tokens?cursor=x%26y%3Dz&limit=7',
    ])
  })

  test('gives files as bytes with their name', async () => {
    const { client } = recorded(200, 'PEM', {
      'content-type': 'application/x-pem-file',
      'content-disposition': 'attachment; filename="www.pem"',
    })
    const file = await client.exportCertificate({ params: { id: 'x.y' }, body: { format: 'pem' } })
    expect(file).toEqual({
      mediaType: 'application/x-pem-file',
      fileName: 'www.pem',
      bytes: new Uint8Array(Buffer.from('PEM')),
    })
  })

  test('throws problems, with Retry-After', async () => {
    const problem = {
      type: '/problems/unavailable',
      title: 'Not available now',
      status: 503,
      code: 'unavailable',
      detail: 'the server is shutting down',
      requestId: 'r-1',
    }
    const { client } = recorded(503, problem, {
      'content-type': 'application/problem+json',
      'retry-after': '3',
    })
    const error = await client.describeInstallation().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ChanceryApiError)
    expect(error).toMatchObject({ status: 503, code: 'unavailable', retryAfterSeconds: 3, problem })
  })

  test.each([
    [502, '<html>bad gateway</html>', { 'content-type': 'text/html' }],
    [200, '{"id":', {}],
    [200, { id: 7 }, {}],
    [404, {}, { 'content-type': 'application/problem+json' }],
  ])('an answer that is not ours (%i %o) is an error of its own', async (status, body, headers) => {
    const { client } = recorded(status, body, headers)
    await expect(client.describeInstallation()).rejects.toBeInstanceOf(ChanceryApiError)
  })

  test('everyItem follows cursors to the end', async () => {
    const pages: Record<string, { items: number[]; next?: string }> = {
      '': { items: [1, 2], next: 'a' },
      a: { items: [], next: 'b' },
      b: { items: [3] },
    }
    const seen: number[] = []
    for await (const item of everyItem((cursor) => Promise.resolve(pages[cursor ?? ''] ?? { items: [] })))
      seen.push(item)
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('createNodeFetch', () => {
  const closers: (() => void)[] = []
  afterEach(() => closers.splice(0).forEach((close) => close()))

  async function serving(
    handler: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(handler).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    closers.push(
      () => server.close(),
      () => server.closeAllConnections(),
    )
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('keeps connections', async () => {
    const ports = new Set<number | undefined>()
    const url = await serving((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('{}')
    })
    const send = createNodeFetch({ maxSockets: 1 })
    closers.push(() => send.close())
    for (let i = 0; i < 3; i++) expect((await send(url, { method: 'GET', headers: {} })).status).toBe(200)
    expect(ports.size).toBe(1)
  })

  test('does not follow redirects, and so carries no token elsewhere', async () => {
    const url = await serving((request, response) => {
      response.writeHead(request.url === '/' ? 302 : 200, { location: '/elsewhere' }).end()
    })
    const send = createNodeFetch()
    closers.push(() => send.close())
    expect((await send(`${url}/`, { method: 'GET', headers: {} })).status).toBe(302)
  })

  test('gives up on a server that does not answer', async () => {
    const url = await serving(() => {})
    const send = createNodeFetch({ timeoutMs: 50 })
    closers.push(() => send.close())
    await expect(send(url, { method: 'GET', headers: {} })).rejects.toThrow('no answer')
  })
})

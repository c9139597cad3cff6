import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeySets } from '../../../src/adapters/authentication/key-sets.ts'

let server: Server
let base: string
let served = 0
beforeAll(async () => {
  server = createServer((request, response) => {
    served++
    if (request.url === '/redirect') response.writeHead(302, { location: `${base}/keys` }).end()
    else if (request.url === '/large') response.end(Buffer.alloc(65_537, 0x20))
    else if (request.url === '/error') response.writeHead(500).end('{"keys":[]}')
    else if (request.url !== '/slow') response.end('{"keys":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const anywhere = { privateAddresses: true, ports: 'any', ca: undefined } as const
const open = createKeySets({ ...anywhere, timeoutMs: 20_000 })
const hurried = createKeySets({ ...anywhere, timeoutMs: 300 })
const closed = createKeySets({ privateAddresses: false, ports: [80, 443], ca: undefined, timeoutMs: 300 })

describe('fetching key sets', () => {
  it('gives what is there', async () => {
    expect(await open.fetch(`${base}/keys`)).toEqual({ text: '{"keys":[]}' })
  })
  it.each([
    ['follows no redirect', '/redirect', 'answered 302'],
    ['takes 64 KiB at most', '/large', 'answered more than 65536 octets'],
    ['takes no error for an answer', '/error', 'answered 500'],
    ['waits for so long', '/slow', 'timeout'],
  ])('%s', async (_, path, failure) => {
    const answer = await (path === '/slow' ? hurried : open).fetch(base + path)
    expect(answer).toEqual({ failure: expect.stringContaining(failure) })
  })
  it.each([
    'http://127.0.0.1/',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'file:///etc/passwd',
    'https://a:b@example.com/',
    'x',
  ])('attack: %s is neither taken nor fetched', async (url) => {
    expect(closed.refusal(url)).toBeDefined()
    const before = served
    expect(await closed.fetch(url)).toHaveProperty('failure')
    expect(served).toBe(before)
  })
  it('attack: a name that leads to a private address is not fetched', async () => {
    const rebinding = createKeySets({
      ...{ privateAddresses: false, ports: 'any', ca: undefined, timeoutMs: 300 },
      resolve: async () => ['127.0.0.1'],
    })
    const answer = await rebinding.fetch(`https://keys.example.com:${new URL(base).port}/keys`)
    expect(answer).toEqual({ failure: expect.stringContaining('not a public address') })
  })
})

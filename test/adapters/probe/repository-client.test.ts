import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createRepositoryClient } from '../../../src/adapters/probe/repository-client.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const serving = async (listener: RequestListener): Promise<string> => {
  const opened = createServer(listener)
  server = opened
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`
}
const clientOf = (base: string) => createRepositoryClient({ base, idleMs: 200, wholeMs: 2000 })
const read = async (body: AsyncIterable<Uint8Array>) => {
  const pieces = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

test('fetches below the base URL and nowhere else', async () => {
  const asked: (string | undefined)[] = []
  const base = await serving((request, response) => {
    asked.push(request.url, request.headers.host)
    response.end('here')
  })
  const answer = await clientOf(`${base}/pki/`).get('/crl/x.crl', 100)
  expect(answer).toMatchObject({ outcome: 'answered', status: 200 })
  if (answer.outcome === 'answered') expect(await read(answer.body)).toBe('here')
  // A path is never another host.
  await clientOf(base).get('//elsewhere.example/x', 100)
  const host = base.slice('http://'.length)
  expect(asked).toEqual(['/pki/crl/x.crl', host, '//elsewhere.example/x', host])
})

test('follows no redirect', async () => {
  let requests = 0
  const base = await serving((_, response) => {
    requests++
    response.writeHead(302, { location: '/other' }).end()
  })
  expect(await clientOf(base).get('/x', 100)).toMatchObject({ outcome: 'answered', status: 302 })
  expect(requests).toBe(1)
})

test('ends by itself: too much, nothing more, nobody there', async () => {
  const base = await serving((request, response) => {
    if (request.url === '/much') response.end(Buffer.alloc(101))
    else if (request.url === '/stalled') response.writeHead(200, { 'content-length': 5 }).write('x')
    // `/silent` is never answered.
  })
  const bodyOf = async (path: string) => {
    const answer = await clientOf(base).get(path, 100)
    if (answer.outcome === 'failed') throw new Error(answer.detail)
    return read(answer.body)
  }
  await expect(bodyOf('/much')).rejects.toThrow('more than 100 octets')
  await expect(bodyOf('/stalled')).rejects.toThrow(/aborted|nothing for/)
  await expect(bodyOf('/silent')).rejects.toThrow('nothing for 200 ms')
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve))
  expect(await clientOf(base).get('/x', 100)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('ECONNREFUSED') as string,
  })
})

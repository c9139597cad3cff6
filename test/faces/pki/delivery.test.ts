import { randomBytes } from 'node:crypto'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CACHE_RULES } from '../../../src/core/domain/cache-rules.ts'
import { DAY, SECOND } from '../../../src/core/domain/time.ts'
import { Disconnected } from '../../../src/faces/http/body.ts'
import { deliver } from '../../../src/faces/pki/deliver.ts'
import type { PublicObject } from '../../../src/faces/pki/public-object.ts'

const NOW = Date.UTC(2030, 5, 15, 12)
const octets = new Uint8Array(randomBytes(300_000))
const crl: PublicObject = {
  path: '/crl/x.crl',
  label: '/crl/{name}.crl',
  mediaType: 'application/pkix-crl',
  etag: '7',
  lastModified: NOW - DAY,
  ends: NOW + DAY,
  immutable: false,
  tags: ['crl-x', 'authority-x'],
  length: octets.length,
  octets: (from, to) => inPieces(from, to),
}
let pulled = 0
async function* inPieces(from: number, to: number) {
  for (let at = from; at < to; at += 65_536) {
    const piece = octets.subarray(at, Math.min(to, at + 65_536))
    pulled += piece.length
    yield piece
  }
}

let object = crl
let calendarNow = NOW
let failure: unknown
const server = createServer((incoming, response) => {
  const ports = { calendar: { now: () => calendarNow }, clock: { now: () => NOW }, cacheRules: CACHE_RULES }
  deliver(incoming, response, object, ports).catch((error: unknown) => {
    failure = error
    response.destroy()
  })
})
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

type Got = { status: number | undefined; headers: IncomingMessage['headers']; body: Buffer }
/** As the wire has it: nothing is decoded and nothing is asked for that isn't named. */
const get = (headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', method, headers, agent: false }, (incoming) => {
      incoming
        .toArray()
        .then((chunks) =>
          resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks) }),
        )
        .catch(reject)
    })
      .on('error', reject)
      .end()
  })

describe('a file that is asked for', () => {
  test('comes whole, with what caches go by (RFC 9111)', async () => {
    const { status, headers, body } = await get()
    expect([status, body.equals(octets)]).toEqual([200, true])
    expect(headers).toMatchObject({
      'content-length': String(octets.length),
      'content-type': 'application/pkix-crl',
      etag: '"7"',
      'last-modified': new Date(NOW - DAY).toUTCString(),
      'cache-control': `public, max-age=300, stale-if-error=${86_400 - 300}`,
      expires: new Date(NOW + 300 * SECOND).toUTCString(),
      'accept-ranges': 'bytes',
      vary: 'accept-encoding',
      'surrogate-key': 'crl-x authority-x',
      'cache-tag': 'crl-x,authority-x',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-encoding']).toBeUndefined()
  })

  test('HEAD is the same without the octets (RFC 9110 §9.3.2), and reads none', async () => {
    pulled = 0
    const [whole, head] = [await get(), await get({}, 'HEAD')]
    // Each request has a time and an id of its own.
    const own = { date: expect.any(String) as string, 'x-request-id': expect.any(String) as string }
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(head.headers).toEqual({ ...whole.headers, ...own })
    expect(pulled).toBe(octets.length)
    const coded = await get({ 'accept-encoding': 'gzip' }, 'HEAD')
    expect([coded.headers['content-encoding'], coded.headers['content-length']]).toEqual(['gzip', undefined])
  })

  test('304 has the headers that a cache updates, and no content (§15.4.5)', async () => {
    const { status, headers, body } = await get({ 'if-none-match': '"7"' })
    expect([status, body.length]).toEqual([304, 0])
    expect(headers).toMatchObject({
      etag: '"7"',
      vary: 'accept-encoding',
      'surrogate-key': 'crl-x authority-x',
    })
    expect(headers['cache-control']).toContain('max-age=300')
    expect(headers['content-type'] ?? headers['content-length']).toBeUndefined()
    expect((await get({ 'if-match': '"6"' })).status).toBe(412)
  })

  test('has no date in its first second, and none that is later than the clock (§8.8.2)', async () => {
    for (const lastModified of [NOW - 999, NOW + DAY]) {
      object = { ...crl, lastModified }
      const { headers } = await get()
      expect(headers['last-modified']).toBeUndefined()
      expect((await get({ 'if-modified-since': new Date(NOW).toUTCString() })).status).toBe(200)
    }
    object = crl
  })

  test('is kept by nobody once it is out of date; what never changes is immutable (RFC 8246)', async () => {
    calendarNow = NOW + 2 * DAY
    expect((await get()).headers['cache-control']).toBe('public, max-age=0')
    object = { ...crl, path: '/crl/x/7.crl', immutable: true }
    expect((await get()).headers['cache-control']).toBe('public, max-age=31536000, immutable')
    object = crl
    calendarNow = NOW
  })
})

describe('ranges (RFC 9110 §14)', () => {
  test('one is 206 with where it lies', async () => {
    pulled = 0
    const { status, headers, body } = await get({ range: 'bytes=70000-70009' })
    expect([status, headers['content-range'], headers['content-length']]).toEqual([
      206,
      'bytes 70000-70009/300000',
      '10',
    ])
    expect(body.equals(octets.subarray(70_000, 70_010))).toBe(true)
    expect(pulled).toBe(10)
  })

  test('pieces put together are the whole', async () => {
    const parts = []
    for (let at = 0; at < octets.length; at += 99_999)
      parts.push((await get({ range: `bytes=${at}-${at + 99_998}`, 'if-range': '"7"' })).body)
    expect(Buffer.concat(parts).equals(octets)).toBe(true)
  })

  test('416 says how long it is; a range beside a changed file, several, and nonsense get the whole', async () => {
    const none = await get({ range: 'bytes=300000-' })
    expect([none.status, none.headers['content-range'], none.headers['cache-control']]).toEqual([
      416,
      'bytes */300000',
      'no-store',
    ])
    for (const more of [
      { range: 'bytes=0-1', 'if-range': '"6"' },
      { range: 'bytes=0-1, 5-9' },
      { range: 'pages=1-2' },
    ])
      expect((await get(more)).status).toBe(200)
    expect((await get({ range: 'bytes=0-1', 'if-none-match': '"7"' })).status).toBe(304)
  })

  test('are never of compressed octets', async () => {
    const { status, headers } = await get({ range: 'bytes=0-9', 'accept-encoding': 'gzip' })
    expect([status, headers['content-encoding'], headers.etag]).toEqual([206, undefined, '"7"'])
    const other = await get({ range: 'bytes=0-9', 'accept-encoding': 'gzip', 'if-range': '"7-gzip"' })
    expect([other.status, other.headers['content-encoding']]).toEqual([200, 'gzip'])
  })
})

describe('compression', () => {
  test('is there for who asks, under an ETag of its own (RFC 9110 §8.8.3.3)', async () => {
    const { headers, body } = await get({ 'accept-encoding': 'br, gzip' })
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: '"7-gzip"', vary: 'accept-encoding' })
    expect(gunzipSync(body).equals(octets)).toBe(true)
    expect((await get({ 'accept-encoding': 'gzip', 'if-none-match': '"7-gzip"' })).status).toBe(304)
    expect((await get({ 'accept-encoding': 'gzip', 'if-none-match': '"7"' })).status).toBe(200)
    expect((await get({ 'if-none-match': '"7-gzip"' })).status).toBe(200)
  })

  test('isn’t worth it for little', async () => {
    object = { ...crl, length: 1000 }
    const { headers, body } = await get({ 'accept-encoding': 'gzip' })
    expect([headers['content-encoding'], headers.vary, body.length]).toEqual([undefined, undefined, 1000])
    object = crl
  })
})

describe('streaming', () => {
  test('reads no further than the client takes it', async () => {
    const endless = 200 * 1024 * 1024
    let sent = 0
    const piece = new Uint8Array(65_536)
    object = {
      ...crl,
      length: endless,
      octets: async function* () {
        for (; sent < endless; sent += piece.length) yield piece
      },
    }
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject).end()
    })
    incoming.pause()
    let before = -1
    // Until the sockets' buffers are full: two looks, many turns of the event loop apart, see the same.
    while (sent !== before) {
      before = sent
      for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    }
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
    incoming.destroy()
    object = crl
    expect((await get()).status).toBe(200)
    await expect.poll(() => failure).toBeInstanceOf(Disconnected)
  })

  test('what can’t be read to its end never looks whole', async () => {
    object = {
      ...crl,
      octets: async function* () {
        yield octets.subarray(0, 1000)
        throw new Error('gone')
      },
    }
    await expect(get()).rejects.toThrow()
    expect(failure).toMatchObject({ message: 'gone' })
    await expect(get({ 'accept-encoding': 'gzip' })).rejects.toThrow()
    object = crl
  })
})

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOUR, SECOND } from '../../../src/core/domain/time.ts'
import { splitCertificateId } from '../../../src/core/domain/ids.ts'
import { createRepositoryListener } from '../../../src/faces/pki/listener.ts'
import type { OcspMeasurement } from '../../../src/faces/pki/ocsp.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { aQuestion, checkedAnswer, statusesIn } from '../../support/ocsp-client.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

const TYPE = 'application/ocsp-request'
const MALFORMED = '30030a0101'
let installation: Installation
let api: Listening
let repository: Listening
let issuerDer: Uint8Array
let good: string
let revoked: string
let now: () => number = Date.now
const measured: OcspMeasurement[] = []

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  const calendar = { now: () => now() }
  const ports = { ...installation.ports, calendar }
  const listener = createRepositoryListener(ports, {
    ready: () => true,
    onOcsp: (measurement) => measured.push(measurement),
  })
  repository = await listening(listener)
  const client = clientOf(api, installation.issuerToken)
  const issued = async () => {
    const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['a.example'] } }
    return client.issueCertificate({ body })
  }
  const [one, other] = [await issued(), await issued()]
  await client.revokeCertificate({ params: { id: other.id }, body: {} })
  const authority = await installation.ports.store.reads.authorities.public(one.authority as never)
  issuerDer = authority?.certificate?.der ?? new Uint8Array()
  good = splitCertificateId(one.id)?.serial ?? ''
  revoked = splitCertificateId(other.id)?.serial ?? ''
})
afterAll(async () => {
  await repository.close()
  await api.close()
  await installation.close()
})

const post = (body: Uint8Array, path = '/ocsp', headers: Record<string, string> = {}) =>
  fetch(repository.url + path, {
    method: 'POST',
    headers: { 'content-type': TYPE, ...headers },
    body: Uint8Array.from(body),
  })
const get = (path: string, init: RequestInit = {}) => fetch(repository.url + path, init)
const octets = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')
const kindOf = async (response: Response) => statusesIn(await octets(response), issuerDer)[0]?.kind
const statusAndWords = async (response: Response) => [response.status, await response.text()]

describe('RFC 6960 Appendix A.1: a request by POST', () => {
  test.each(['/ocsp', '/ocsp/', '/'])('at %s', async (path) => {
    const response = await post(aQuestion(issuerDer, [good]), path)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/ocsp-response',
    ])
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(500)
    expect(await kindOf(response)).toBe('good')
    expect(await kindOf(await post(aQuestion(issuerDer, [revoked]), path))).toBe('revoked')
  })

  test('whose type has parameters or other capitals', async () => {
    for (const type of ['Application/OCSP-Request', `${TYPE}; charset=binary`])
      expect(await kindOf(await post(aQuestion(issuerDer, [good]), '/ocsp', { 'content-type': type }))).toBe(
        'good',
      )
  })

  test('in chunks', async () => {
    const question = aQuestion(issuerDer, [good])
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(question.slice(0, 10))
        controller.enqueue(question.slice(10))
        controller.close()
      },
    })
    const init = { method: 'POST', headers: { 'content-type': TYPE }, body, duplex: 'half' }
    expect(await kindOf(await get('/ocsp', init as RequestInit))).toBe('good')
  })
})

describe('RFC 9919 §6: a request by GET', () => {
  const question = () => base64(aQuestion(issuerDer, [good]))
  test.each([
    ['percent-encoded', (text: string) => `/ocsp/${encodeURIComponent(text)}`],
    ['as it comes', (text: string) => `/ocsp/${text}`],
    ['without its padding', (text: string) => `/ocsp/${text.replace(/=+$/, '')}`],
    ['behind two slashes', (text: string) => `/ocsp//${encodeURIComponent(text)}`],
    ['at the root', (text: string) => `/${encodeURIComponent(text)}`],
    ['at the root, as it comes', (text: string) => `/${text}`],
  ])('%s', async (_, path) => {
    expect(await kindOf(await get(path(question())))).toBe('good')
  })

  test('whose base64 has a slash and a plus in it', async () => {
    for (const path of ['/ocsp/', '/']) {
      let text = ''
      // Another serial, another text.
      for (let serial = 256; !(text.includes('+') && text.slice(1).includes('/')); serial++)
        text = base64(aQuestion(issuerDer, [serial.toString(16).padStart(32, 'f')]))
      expect(await kindOf(await get(path + text))).toBe('unknown')
      expect(await kindOf(await get(path + encodeURIComponent(text)))).toBe('unknown')
    }
  })

  test.each([
    '/ocsp/%',
    '/ocsp/%zz',
    '/ocsp/MEo!',
    '/ocsp/MEo w',
    '/ocsp/M===',
    '/ocsp/MA',
    '/ocsp/Zm9v',
    '/M',
    '/MAoGCA',
  ])('%s is a malformedRequest', async (path) => {
    const response = await get(path)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(Buffer.from(await octets(response)).toString('hex')).toBe(MALFORMED)
  })

  test('HEAD has the headers of GET', async () => {
    const path = `/ocsp/${encodeURIComponent(question())}`
    const [whole, head] = [await get(path), await get(path, { method: 'HEAD' })]
    expect([head.status, (await octets(head)).length]).toEqual([200, 0])
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'expires'])
      expect(head.headers.get(name)).toBe(whole.headers.get(name))
  })
})

describe('RFC 9919 §7.2: caches', () => {
  const path = (serial: string) => `/ocsp/${encodeURIComponent(base64(aQuestion(issuerDer, [serial])))}`

  test('are told until when they may keep an answer', async () => {
    const response = await get(path(good))
    const der = await octets(response)
    const [one] = checkedAnswer(der, issuerDer).responses
    const { headers } = response
    expect(headers.get('etag')).toBe(`"${createHash('sha256').update(der).digest('hex')}"`)
    expect(Date.parse(headers.get('last-modified') ?? '')).toBe(one?.thisUpdate)
    expect(Date.parse(headers.get('expires') ?? '')).toBe(one?.nextUpdate)
    expect(Date.parse(headers.get('date') ?? '')).toBeGreaterThan(0)
    expect(headers.get('cache-control')).toMatch(/^max-age=\d+, public, no-transform, must-revalidate$/)
    const seconds = Number(/max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1])
    expect(seconds).toBeLessThanOrEqual((12 * HOUR) / SECOND)
    expect(seconds).toBeGreaterThan((12 * HOUR) / SECOND - 60)
    expect(headers.get('pragma')).toBeNull()
  })

  test('get less time as an answer ages, and a new one at half of its life', async () => {
    const { headers } = await get(path(good))
    const from = Date.parse(headers.get('last-modified') ?? '')
    now = () => from + 12 * HOUR - 7.5 * SECOND
    const late = await get(path(good))
    expect(late.headers.get('cache-control')).toMatch(/^max-age=7, /)
    expect(late.headers.get('etag')).toBe(headers.get('etag'))
    now = () => from + 12 * HOUR
    const renewed = await get(path(good))
    expect(renewed.headers.get('cache-control')).toMatch(/^max-age=43200, /)
    expect(renewed.headers.get('etag')).not.toBe(headers.get('etag'))
    now = Date.now
  })

  test('RFC 9110 §13.2.2: who has it gets 304', async () => {
    const { headers } = await get(path(good))
    const etag = headers.get('etag') ?? ''
    const modified = headers.get('last-modified') ?? ''
    const statusWith = async (given: Record<string, string>) =>
      (await get(path(good), { headers: given })).status
    expect(await statusWith({ 'if-none-match': etag })).toBe(304)
    expect(await statusWith({ 'if-none-match': `"x", W/${etag}` })).toBe(304)
    expect(await statusWith({ 'if-none-match': '"x"' })).toBe(200)
    expect(await statusWith({ 'if-modified-since': modified })).toBe(304)
    expect(await statusWith({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200)
    expect(await statusWith({ 'if-modified-since': 'nonsense' })).toBe(200)
    expect(await statusWith({ 'if-none-match': '"x"', 'if-modified-since': modified })).toBe(200)
    const unchanged = await get(path(good), { headers: { 'if-none-match': etag } })
    expect(unchanged.headers.get('etag')).toBe(etag)
    expect(unchanged.headers.get('cache-control')).toMatch(/^max-age=/)
    expect(unchanged.headers.get('content-length')).toBeNull()
  })

  test('a date alone never says that a revoked one is unchanged: it may have been good in the same second', async () => {
    const { headers } = await get(path(revoked))
    const since = { 'if-modified-since': headers.get('last-modified') ?? '' }
    expect((await get(path(revoked), { headers: since })).status).toBe(200)
    const known = { 'if-none-match': headers.get('etag') ?? '' }
    expect((await get(path(revoked), { headers: known })).status).toBe(304)
  })

  test('keep nothing that has a nonce, is about several or says why there is no answer', async () => {
    const nonce = Uint8Array.of(1, 2, 3)
    const foreign = aQuestion(issuerDer, [good])
    foreign[40] = (foreign[40] ?? 0) ^ 1
    for (const question of [
      aQuestion(issuerDer, [good], { nonce }),
      aQuestion(issuerDer, [good, revoked]),
      Uint8Array.of(0x30, 0),
      foreign,
    ])
      for (const response of [
        await post(question),
        await get(`/ocsp/${encodeURIComponent(base64(question))}`),
      ]) {
        expect(response.status).toBe(200)
        expect(response.headers.get('cache-control')).toBe('no-store')
        for (const name of ['etag', 'last-modified', 'expires']) expect(response.headers.get(name)).toBeNull()
      }
  })
})

describe('what HTTP refuses, in two words', () => {
  test.each([
    ['PUT', '/ocsp', 'POST'],
    ['GET', '/ocsp', 'POST'],
    ['DELETE', '/ocsp/', 'POST'],
    ['POST', '/ocsp/MEow', 'GET, HEAD'],
    ['PUT', '/MEow', 'GET, HEAD'],
  ])('%s %s', async (method, path, allow) => {
    const response = await get(path, { method, ...(method === 'POST' ? { body: 'x' } : {}) })
    expect(response.headers.get('allow')).toBe(allow)
    expect(await statusAndWords(response)).toEqual([405, 'not allowed\n'])
  })

  test('OPTIONS says what is possible', async () => {
    const response = await get('/ocsp', { method: 'OPTIONS' })
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'POST'])
  })

  test('another type, or a coding', async () => {
    const question = aQuestion(issuerDer, [good])
    for (const headers of [
      { 'content-type': 'application/json' },
      { 'content-type': 'application/ocsp-requests' },
      { 'content-encoding': 'gzip' },
    ]) {
      const response = await post(question, '/ocsp', headers)
      expect(response.headers.get('accept-post')).toBe(TYPE)
      expect(await statusAndWords(response)).toEqual([415, 'unsupported type\n'])
    }
  })

  test('what is too long, declared or not', async () => {
    expect(await statusAndWords(await post(new Uint8Array(33_000)))).toEqual([413, 'too large\n'])
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(20_000)) })
    const init = { method: 'POST', headers: { 'content-type': TYPE }, body: endless, duplex: 'half' }
    const response = await get('/ocsp', init as RequestInit).catch(() => undefined)
    // The connection may end before the client has read the answer.
    if (response !== undefined) expect(await statusAndWords(response)).toEqual([413, 'too large\n'])
    expect(await statusAndWords(await get(`/ocsp/${'M'.repeat(5000)}`))).toEqual([414, 'too long\n'])
  })

  test.each(['/', '/Manifest.json', '/robots.txt', '/ocsps', '/favicon.ico', '/M.'])(
    '%s isn’t OCSP’s',
    async (path) => {
      expect(await statusAndWords(await get(path))).toEqual([404, 'not found\n'])
    },
  )
})

test('a client that goes away in the middle of its request costs nothing', async () => {
  const socket = connect(repository.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: 100\r\n\r\n30`)
  await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  expect(await kindOf(await post(aQuestion(issuerDer, [good])))).toBe('good')
  expect(installation.log.filter(({ level }) => level === 'error')).toEqual([])
})

test('each answer is counted, by what it said and whether it had been signed before', async () => {
  measured.length = 0
  await post(aQuestion(issuerDer, [good], { nonce: Uint8Array.of(1) }))
  await post(aQuestion(issuerDer, [good], { hash: 'sha1' }))
  await post(aQuestion(issuerDer, [good], { hash: 'sha1' }))
  await post(aQuestion(issuerDer, [revoked]))
  await post(new Uint8Array(3))
  await post(new Uint8Array(3), '/ocsp', { 'content-type': 'text/plain' })
  expect(measured.map(({ outcome, fromCache }) => [outcome, fromCache])).toEqual([
    ['good', false],
    ['good', false],
    ['good', true],
    ['revoked', true],
    ['malformedRequest', false],
    ['refused', false],
  ])
  for (const { milliseconds } of measured) expect(milliseconds).toBeGreaterThan(0)
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/main/config.ts'
import { startServer, type RunningServer } from '../../../src/main/server.ts'
import { auditTrail } from '../../core/operations/database.ts'

const TOKEN = 'a-token-that-has-at-least-thirty-two-characters'
let directory: string
const running: RunningServer[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-listeners-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
  rmSync(directory, { recursive: true })
})

const path = (name: string): string => join(directory, name)
const data = (): string => path('data')
async function start(environment: Record<string, string>): Promise<RunningServer> {
  const ports = { CHANCERY_API_PORT: '0', CHANCERY_PUBLIC_PORT: '0', CHANCERY_LOG_LEVEL: 'silent' }
  const own = { CHANCERY_DATA_DIR: data(), CHANCERY_ADMIN_TOKEN: TOKEN }
  const server = await startServer(loadConfig({ ...own, ...ports, ...environment }, 'normal'))
  running.push(server)
  return server
}

type Wish = { method?: string; headers?: Record<string, string>; body?: string }
type Answer = { status: number; headers: Record<string, unknown>; text: string }

/** A call at a URL, under the listener's CA, or over a Unix socket. */
function call(
  at: string,
  target: string,
  { method = 'GET', headers = {}, body }: Wish = {},
): Promise<Answer> {
  const all = { authorization: `Bearer ${TOKEN}`, ...headers }
  const options = { method, agent: false as const, headers: all }
  return new Promise((resolve, reject) => {
    const outgoing = at.startsWith('/')
      ? httpRequest({ ...options, socketPath: at, path: target })
      : at.startsWith('https:')
        ? httpsRequest(at + target, { ...options, ca: readFileSync(join(data(), 'listener-ca.pem')) })
        : httpRequest(at + target, options)
    outgoing
      .on('error', reject)
      .on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      })
      .end(body)
  })
}

const makeToken = (at: string, name: string, headers: Record<string, string> = {}) =>
  call(at, '/v1/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name, role: 'issuer' }),
  })
const callersOf = () =>
  auditTrail(join(data(), 'chancery.db'))
    .filter(({ eventName }) => eventName === 'CreateToken')
    .map((record) => record['sourceIPAddress'])
    .filter((address) => address !== 'internal')

describe('further listeners', () => {
  test('answer the whole API, on a Unix socket and on an address with the certificate of the API', async () => {
    const socket = path('ops.sock')
    const server = await start({ CHANCERY_LISTENERS: `ops=unix:${socket}; inside=127.0.0.2:0` })
    expect(server.privately).toEqual({
      ops: socket,
      inside: expect.stringMatching(/^https:\/\/127\.0\.0\.2:\d+$/) as string,
    })
    for (const at of [server.apiUrl, socket, server.privately['inside'] ?? ''])
      expect((await call(at, '/v1/installation')).status, at).toBe(200)
    expect((await makeToken(socket, 'over-the-socket')).status).toBe(201)
    expect(callersOf()).toEqual(['unix'])
  })

  test('the socket is for its owner and group alone, and gone when the server is', async () => {
    const socket = path('ops.sock')
    const server = await start({ CHANCERY_LISTENERS: `ops=unix:${socket}` })
    expect(statSync(socket).mode & 0o777).toBe(0o660)
    await server.stop()
    expect(existsSync(socket)).toBe(false)
  })

  test('one that a killed server left behind is replaced; another program’s socket or a file is not', async () => {
    const socket = path('ops.sock')
    const CHANCERY_LISTENERS = `ops=unix:${socket}`
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(socket, resolve))
    await expect(start({ CHANCERY_LISTENERS })).rejects.toThrow(/^CHANCERY_LISTENERS: ops: .*another program/)
    await new Promise((resolve) => other.close(resolve))
    writeFileSync(socket, 'precious')
    await expect(start({ CHANCERY_LISTENERS })).rejects.toThrow('is no socket')
    expect(readFileSync(socket, 'utf8')).toBe('precious')
    rmSync(socket)
    // As a killed server leaves it: a socket's file at which nobody listens.
    const script =
      'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'
    spawnSync(process.execPath, ['-e', script, socket])
    expect(statSync(socket).isSocket()).toBe(true)
    await start({ CHANCERY_LISTENERS })
    expect((await call(socket, '/health/live')).status).toBe(200)
  })

  test('rules can confine paths to one of them, and a proxy at the socket may be trusted', async () => {
    const socket = path('ops.sock')
    const server = await start({
      CHANCERY_LISTENERS: `ops=unix:${socket}`,
      CHANCERY_TRUSTED_PROXIES: 'unix',
      CHANCERY_ACCESS_RULES: 'allow 198.51.100.7 /v1/tokens; deny any /v1/tokens',
    })
    expect((await makeToken(server.apiUrl, 'a', { 'x-forwarded-for': '198.51.100.7' })).status).toBe(403)
    expect((await makeToken(socket, 'b')).status).toBe(403)
    expect((await makeToken(socket, 'c', { 'x-forwarded-for': '10.0.0.1, 198.51.100.7' })).status).toBe(201)
    expect(callersOf()).toEqual(['198.51.100.7'])
    const { text } = await call(server.apiUrl, '/metrics')
    expect(text).toContain('chancery_front_door_refused_total{listener="api",reason="rule"} 1')
    expect(text).toContain('chancery_front_door_refused_total{listener="ops",reason="rule"} 1')
  })
})

describe('the public port', () => {
  test('has rules and rate limits of its own, and refuses in a few words', async () => {
    const server = await start({
      CHANCERY_PUBLIC_ACCESS_RULES: 'deny 127.0.0.1 /ca/**',
      CHANCERY_PUBLIC_RATE_LIMITS: 'address=3/86400',
      CHANCERY_RATE_LIMITS: 'principal=100/60',
    })
    const refused = await call(server.repositoryUrl, '/ca/anything.cer')
    expect([refused.status, refused.text]).toEqual([403, 'refused\n'])
    const asked = () =>
      call(server.repositoryUrl, '/ocsp', {
        method: 'POST',
        headers: { 'content-type': 'application/ocsp-request' },
        body: 'x',
      })
    // What a rule refuses isn't counted.
    expect([(await asked()).status, (await asked()).status, (await asked()).status]).toEqual([200, 200, 200])
    const fourth = await asked()
    expect([fourth.status, fourth.text]).toEqual([429, 'too many requests\n'])
    expect(fourth.headers['retry-after']).toMatch(/^\d+$/)
    expect((await call(server.apiUrl, '/v1/installation')).headers['ratelimit']).toMatch(/^"principal";r=99;/)
    const { text } = await call(server.apiUrl, '/metrics')
    expect(text).toContain('chancery_throttled_total{limit="address"} 1')
  })
})

describe('the API', () => {
  test('by default says nothing of all this', async () => {
    const server = await start({})
    const { headers } = await call(server.apiUrl, '/v1/installation', {
      headers: { origin: 'https://a.example', 'x-forwarded-for': 'junk' },
    })
    for (const name of ['ratelimit', 'access-control-allow-origin', 'strict-transport-security'])
      expect(headers, name).not.toHaveProperty(name)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })
})

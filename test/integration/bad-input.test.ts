import { Agent } from 'node:http'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problem } from '../../src/contract/schemas/common.ts'
import { hasTool } from '../support/tools.ts'
import { derOf, exchange, type Answer } from './support/load.ts'
import { oddBodies, oddCsrs, type Odd } from './support/odd-requests.ts'
import { recordsOf } from './support/records.ts'
import { opensslRequest, P256 } from './support/requests.ts'
import { ADMIN_TOKEN, aServer, type LocalServer } from './support/servers.ts'

const PATH = '/v1/certificates'
const JSON_BODY = { 'content-type': 'application/json' }
const GOOD = { names: { dns: ['good.example'] }, key: { algorithm: 'EC_prime256v1' } }

let server: LocalServer
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
beforeAll(async () => {
  server = await aServer()
  // Opens the authority's key, which is an audit event of its own.
  await server.admin.issueCertificate({
    body: { names: { dns: ['first.example'] }, key: { algorithm: 'ED25519' } },
  })
})
afterAll(async () => {
  agent.destroy()
  await server.dispose()
})

const send = (body: string | Uint8Array, headers: Record<string, string> = JSON_BODY): Promise<Answer> =>
  exchange(agent, server.apiUrl + PATH, 'POST', { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers }, body)
const rows = () => recordsOf(server.database).counts

/** A refusal in the error model; gives what it names. */
function refusal({ status, headers, text }: Answer) {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(headers['content-type']).toBe('application/problem+json')
  const answered = problem.parse(JSON.parse(text))
  expect(answered.status).toBe(status)
  expect(answered.detail.length).toBeGreaterThan(10)
  return { code: answered.code, fields: (answered.violations ?? []).map(({ field }) => field) }
}

/** Sends all at once, and sees each refused for its own reason with nothing stored. */
async function expectRefused(all: readonly Odd[]): Promise<void> {
  const before = rows()
  const answers = await Promise.all(all.map(({ body }) => send(JSON.stringify(body))))
  const wrong = all.flatMap(({ why, code, field }, i): object[] => {
    const answer = answers[i] as Answer
    if (answer.status === 201) return [{ why, field, code: 'issued', fields: [] }]
    const answered = refusal(answer)
    return code.test(answered.code) && answered.fields.includes(field) ? [] : [{ why, field, ...answered }]
  })
  expect(wrong).toEqual([])
  expect(rows()).toEqual(before)
}

describe('over many connections at once', () => {
  test.runIf(hasTool('openssl'))(
    'certification requests that are none, and keys that may have none',
    async () => {
      const all = oddCsrs()
      expect(all.length).toBeGreaterThan(35)
      await expectRefused(all)
    },
  )

  test('names, validity, subject and members that are wrong', async () => {
    const all = oddBodies()
    expect(all.length).toBeGreaterThan(70)
    await expectRefused(all)
  })

  test('bodies of the wrong type, and bodies that are too large', async () => {
    const before = rows()
    const body = JSON.stringify(GOOD)
    const types = [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      '',
    ]
    for (const type of types)
      expect(refusal(await send(body, { 'content-type': type })).code, type).toBe('media_type_unsupported')
    for (const type of ['application/pkcs10', 'application/x-pem-file'])
      expect(refusal(await send(body, { 'content-type': type }))).toEqual({
        code: 'csr_invalid',
        fields: ['csr'],
      })
    expect(refusal(await send(body, { ...JSON_BODY, 'content-encoding': 'gzip' })).code).toBe(
      'media_type_unsupported',
    )
    const large = await Promise.all(
      [70_000, 1_000_000].map((size) => send(`{"csr":"${'A'.repeat(size)}"}`).catch(String)),
    )
    // A server that refuses by the length alone may close before all is sent.
    for (const answer of large)
      if (typeof answer === 'string') expect(answer).toMatch(/EPIPE|ECONNRESET|broke off/)
      else expect(refusal(answer).code).toBe('body_too_large')
    expect(large.some((answer) => typeof answer !== 'string')).toBe(true)
    expect(rows()).toEqual(before)
  })
})

describe('idempotency', () => {
  test('the same key with another body is refused; with the same body, at once, it is one certificate', async () => {
    const headers = { ...JSON_BODY, 'idempotency-key': 'twenty-at-once' }
    const before = rows()
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(JSON.stringify(GOOD), headers)))
    const ids = new Set<string>()
    for (const answer of answers)
      if (answer.status === 201) ids.add((JSON.parse(answer.text) as { id: string }).id)
      else expect(refusal(answer).code).toBe('idempotency_in_progress')
    expect(ids.size).toBe(1)
    const other = JSON.stringify({ ...GOOD, names: { dns: ['other.example'] } })
    const refused = refusal(await send(other, headers))
    expect(refused.code).toBe('idempotency_mismatch')
    expect(rows()['Certificate']).toBe((before['Certificate'] ?? 0) + 1)
  })
})

describe('slow bodies', () => {
  test('a hundred callers that never finish keep nobody else waiting', async () => {
    const before = rows()
    const { port } = new URL(server.apiUrl)
    const head =
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"names":'
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async (): Promise<Socket> => {
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write(head)
        return socket
      }),
    )
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('{"names":')))
    for (const answer of answers) expect(refusal(answer).fields).toEqual(['body'])
    expect((await send(JSON.stringify(GOOD))).status).toBe(201)
    // None of the slow ones has been cut off to make room.
    expect(sockets.filter((socket) => socket.readyState !== 'open')).toEqual([])
    for (const socket of sockets) socket.destroy()
    expect(rows()['Certificate']).toBe((before['Certificate'] ?? 0) + 1)
  })
})

describe('mutations of what is right', () => {
  test.runIf(hasTool('openssl'))('200 of a certification request: none gets a certificate', async () => {
    const der = derOf(opensslRequest(P256, '/CN=a.example', ['-addext', 'subjectAltName=DNS:a.example']).csr)
    const before = rows()
    const mutation = fc.record({
      at: fc.nat(der.length - 1),
      octet: fc.integer({ min: 1, max: 255 }),
      kind: fc.constantFrom('change', 'cut', 'insert', 'remove', 'repeat'),
    })
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, octet, kind }) => {
        const answered = refusal(
          await send(mutated(der, at, octet, kind), { 'content-type': 'application/pkcs10' }),
        )
        expect(answered.code).toBe('csr_invalid')
        // The request, or the part of it that can't be.
        for (const field of answered.fields) expect(field).toMatch(/^csr(\.|$)/)
        expect(answered.fields).not.toEqual([])
      }),
      { numRuns: 200 },
    )
    expect(rows()).toEqual(before)
  })

  test('200 of a JSON body: a problem that names a field, or a certificate that is on record', async () => {
    const body = Buffer.from(
      JSON.stringify({ ...GOOD, profile: 'tls', validity: { days: 30 }, subject: { commonName: 'good' } }),
    )
    const before = rows()
    let issued = 0
    const mutation = fc.record({
      at: fc.nat(body.length - 1),
      octet: fc.integer({ min: 1, max: 255 }),
      kind: fc.constantFrom('change', 'cut', 'insert', 'remove', 'repeat'),
    })
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, octet, kind }) => {
        const answer = await send(mutated(body, at, octet, kind))
        if (answer.status === 201) issued++
        else expect(refusal(answer).fields.length).toBeGreaterThan(0)
      }),
      { numRuns: 200 },
    )
    const after = rows()
    for (const table of ['Certificate', 'Key'])
      expect(after[table], table).toBe((before[table] ?? 0) + issued)
  })
})

function mutated(octets: Buffer, at: number, octet: number, kind: string): Buffer {
  const [head, tail] = [octets.subarray(0, at), octets.subarray(at)]
  if (kind === 'cut') return head.length === 0 ? Buffer.from([0]) : head
  if (kind === 'insert') return Buffer.concat([head, Buffer.from([octet]), tail])
  if (kind === 'remove') return Buffer.concat([head, tail.subarray(1)])
  if (kind === 'repeat') return Buffer.concat([octets, tail])
  const copy = Buffer.from(octets)
  copy[at] = (copy[at] ?? 0) ^ octet
  return copy
}

test('after all this it is ready and issues', async () => {
  expect((await fetch(`${server.apiUrl}/health/ready`)).status).toBe(200)
  expect((await send(JSON.stringify(GOOD))).status).toBe(201)
  const { integrity, certificates } = recordsOf(server.database)
  expect(integrity).toBe('ok')
  expect(certificates.filter(({ state }) => state !== 1)).toEqual([])
})

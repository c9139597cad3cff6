import fc from 'fast-check'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createAgent } from '../../../src/adapters/perspective/agent.ts'
import { createPlaces, type Places } from '../../../src/adapters/perspective/places.ts'
import { createRemotePerspective } from '../../../src/adapters/perspective/remote-perspective.ts'
import { PROBE_FAILURES, type ProbeAnswer } from '../../../src/core/ports/http-probe.ts'
import {
  QUERY_TYPES,
  RESOLUTION_FAILURES,
  type DnsAnswer,
  type DnsRecord,
} from '../../../src/core/ports/resolver.ts'
import { memoryLogger } from '../../support/memory-logger.ts'

const TOKEN = 'agent-token-of-at-least-32-characters'
const open: { close(): void }[] = []
afterEach(() => open.splice(0).forEach((each) => each.close()))

async function listening(listener: RequestListener): Promise<URL> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => void server.close().closeAllConnections() })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

const DNS: DnsAnswer = {
  outcome: 'answered',
  exists: true,
  records: [],
  resolver: '127.0.0.53:53',
  milliseconds: 1,
}
const WEB: ProbeAnswer = {
  outcome: 'answered',
  status: 200,
  body: new Uint8Array([0, 255, 10]),
  address: '192.0.2.1',
  visited: ['http://example.com/'],
  milliseconds: 2,
}
const agentWith = (dns: () => DnsAnswer, web: () => ProbeAnswer = () => WEB, id = '0123456789abcdef') =>
  createAgent({
    id,
    token: TOKEN,
    resolver: { resolve: async () => dns() },
    probe: { get: async () => web() },
  })
const remoteAt = (
  url: URL,
  more: { name?: string; token?: string; places?: Places; patience?: number } = {},
) => {
  const logger = memoryLogger()
  const perspective = createRemotePerspective({
    name: more.name ?? 'eu-west-1',
    url,
    token: () => more.token ?? TOKEN,
    places: more.places ?? createPlaces(),
    logger,
    timeouts: { resolve: more.patience ?? 20_000, probe: more.patience ?? 20_000 },
  })
  open.push(perspective)
  return Object.assign(perspective, { log: logger.lines })
}
const question = { name: 'example.com', type: 'CAA' } as const

describe('an agent', () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)),
    maxLength: 40,
  })
  const records: fc.Arbitrary<DnsRecord> = fc
    .tuple(
      text,
      fc.nat(),
      fc.oneof(
        fc.record({
          type: fc.constantFrom('A' as const, 'AAAA' as const, 'CNAME' as const, 'NS' as const),
          data: text,
        }),
        fc.record({
          type: fc.constant('CAA' as const),
          data: fc.record({ flags: fc.nat(255), tag: text, value: text }),
        }),
        fc.record({
          type: fc.constant('MX' as const),
          data: fc.record({ preference: fc.nat(65_535), exchange: text }),
        }),
        fc.record({ type: fc.constantFrom('TXT' as const, 'other' as const), data: text }),
      ),
    )
    .map(([name, ttl, rest]) => ({ name, ttl, ...rest }))
  const common = { resolver: text, milliseconds: fc.nat() }
  const answers: fc.Arbitrary<DnsAnswer> = fc.oneof(
    fc.record({
      outcome: fc.constant('answered' as const),
      exists: fc.boolean(),
      records: fc.array(records),
      ...common,
    }),
    fc.record({
      outcome: fc.constant('failed' as const),
      reason: fc.constantFrom(...RESOLUTION_FAILURES),
      ...common,
    }),
  )
  const visited = fc.array(fc.webUrl(), { minLength: 1, maxLength: 11 })
  const probes: fc.Arbitrary<ProbeAnswer> = fc.oneof(
    fc.record({
      outcome: fc.constant('answered' as const),
      visited,
      milliseconds: fc.nat(),
      status: fc.integer({ min: 100, max: 999 }),
      body: fc.uint8Array({ maxLength: 300 }).map((octets) => new Uint8Array(octets)),
      address: fc.ipV6(),
    }),
    fc.record({
      outcome: fc.constant('failed' as const),
      visited,
      milliseconds: fc.nat(),
      reason: fc.constantFrom(...PROBE_FAILURES),
      detail: text,
    }),
  )

  test('gives every answer of its resolver and its probe as it came', async () => {
    let [dns, web]: [DnsAnswer, ProbeAnswer] = [DNS, WEB]
    const remote = remoteAt(
      await listening(
        agentWith(
          () => dns,
          () => web,
        ),
      ),
    )
    await fc.assert(
      fc.asyncProperty(answers, probes, fc.constantFrom(...QUERY_TYPES), async (said, seen, type) => {
        ;[dns, web] = [said, seen]
        expect(await remote.resolver.resolve({ name: 'example.com', type })).toEqual(said)
        expect(await remote.probe.get('http://example.com/')).toEqual(seen)
      }),
      { numRuns: 200 },
    )
    expect(remote.log).toEqual([])
  })

  test.each([
    ['without a token', {}, 401],
    ['with a wrong one', { authorization: 'Bearer wrong' }, 401],
    ['with one that begins alike', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['with the token but another scheme', { authorization: `Basic ${TOKEN}` }, 401],
  ])('answers nobody %s', async (_, headers: Record<string, string>, status) => {
    let asked = 0
    const url = await listening(agentWith(() => (asked++, DNS)))
    const response = await fetch(new URL('/v1/resolve', url), {
      method: 'POST',
      headers,
      body: JSON.stringify(question),
    })
    expect(response.status).toBe(status)
    expect(await response.text()).not.toContain(TOKEN)
    expect(asked).toBe(0)
  })

  test.each([
    ['GET', '/v1/resolve', undefined, 405],
    ['POST', '/v1/other', '{}', 404],
    ['POST', '/v1/resolve', '{', 400],
    ['POST', '/v1/resolve', '{"name":"example.com","type":"ANY"}', 400],
    ['POST', '/v1/resolve', '{"name":"example.com","type":"A","more":1}', 400],
    ['POST', '/v1/resolve', `{"name":"${'x'.repeat(254)}","type":"A"}`, 400],
    ['POST', '/v1/probe', '{"url":1}', 400],
    ['POST', '/v1/probe', JSON.stringify({ url: 'x'.repeat(20_000) }), 413],
  ])('refuses what it doesn’t know: %s %s %#', async (method, path, body, status) => {
    let asked = 0
    const url = await listening(
      agentWith(
        () => (asked++, DNS),
        () => (asked++, WEB),
      ),
    )
    const headers = { authorization: `Bearer ${TOKEN}` }
    const response = await fetch(new URL(path, url), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    expect([response.status, asked]).toEqual([status, 0])
    expect(await response.json()).toEqual({ error: expect.any(String) })
  })
})

describe('a perspective sees nothing', () => {
  async function nothing(url: URL, reason: string, { token = TOKEN, patience = 20_000 } = {}) {
    const remote = remoteAt(url, { token, patience })
    const answer = await remote.resolver.resolve(question)
    expect(answer).toMatchObject({ outcome: 'failed', reason })
    expect(await remote.probe.get('http://example.com/')).toMatchObject({ outcome: 'failed' })
    // Once, not with each question.
    expect(remote.log).toMatchObject([{ level: 'warn', message: 'a perspective sees nothing' }])
    expect(JSON.stringify([remote.log, answer])).not.toContain(token)
  }

  test('when the agent refuses its token', async () => {
    const token = 'another-token-of-at-least-32-characters'
    await nothing(await listening(agentWith(() => DNS)), 'unreachable', { token })
  })

  test('when the agent says nothing in time', async () => {
    await nothing(await listening(() => undefined), 'timeout', { patience: 300 })
  })

  test('when nobody listens', async () => {
    const url = await listening(() => undefined)
    open.splice(0).forEach((each) => each.close())
    await nothing(url, 'unreachable')
  })

  test('when it is sent elsewhere: the token doesn’t follow', async () => {
    let followed = false
    const elsewhere = await listening(() => (followed = true))
    await nothing(
      await listening((_, response) => void response.writeHead(307, { location: elsewhere.href }).end()),
      'unreachable',
    )
    expect(followed).toBe(false)
  })

  test.each([
    ['no JSON', '<html>'],
    ['other JSON', '[]'],
    ['an answer without the agent', JSON.stringify({ answer: DNS })],
    [
      'an outcome that isn’t known',
      JSON.stringify({ agent: '0123456789abcdef', answer: { ...DNS, outcome: 'fine' } }),
    ],
    [
      'a record that is none',
      JSON.stringify({
        agent: '0123456789abcdef',
        answer: { ...DNS, records: [{ type: 'CAA', name: 'x', ttl: 0, data: 'x' }] },
      }),
    ],
    ['too much', `"${'x'.repeat(1_100_000)}"`],
  ])('when what answers is no agent: %s', async (_, body) => {
    await nothing(await listening((_request, response) => void response.end(body)), 'malformed')
  })

  test('whatever single octet of an agent’s answer is changed, the answer is one, or a failure: it never throws', async () => {
    const right = JSON.stringify({
      agent: '0123456789abcdef',
      answer: {
        ...DNS,
        records: [{ type: 'CAA', name: 'x', ttl: 0, data: { flags: 0, tag: 'issue', value: ';' } }],
      },
    })
    let body = right
    const remote = remoteAt(await listening((_, response) => void response.end(body)))
    await fc.assert(
      fc.asyncProperty(fc.nat(right.length - 1), fc.integer({ min: 32, max: 126 }), async (at, octet) => {
        body = right.slice(0, at) + String.fromCharCode(octet) + right.slice(at + 1)
        expect((await remote.resolver.resolve(question)).outcome).toMatch(/^(answered|failed)$/)
      }),
      { numRuns: 300 },
    )
  })

  test('and says when it is there again', async () => {
    let works = false
    const agent = agentWith(() => DNS)
    const remote = remoteAt(
      await listening((request, response) =>
        works ? agent(request, response) : void response.writeHead(503).end(),
      ),
    )
    await remote.resolver.resolve(question)
    works = true
    expect(await remote.resolver.resolve(question)).toEqual(DNS)
    expect(remote.log.map(({ message }) => message)).toEqual([
      'a perspective sees nothing',
      'the perspective is there again',
    ])
  })
})

describe('two perspectives', () => {
  test('on one agent are one: the second sees nothing, also under another URL', async () => {
    const agent = agentWith(() => DNS)
    const places = createPlaces()
    const first = remoteAt(await listening(agent), { places })
    const second = remoteAt(await listening(agent), { places, name: 'eu-west-2' })
    expect(await first.resolver.resolve(question)).toEqual(DNS)
    expect(await second.resolver.resolve(question)).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
      resolver: expect.stringContaining('stands for eu-west-1 already'),
    })
    expect(await second.probe.get('http://example.com/')).toMatchObject({ outcome: 'failed' })
    expect(await first.probe.get('http://example.com/')).toEqual(WEB)
  })

  test('with one public resolver are one; private addresses are other machines elsewhere', async () => {
    const places = createPlaces([['9.9.9.9', 'us-east-1']])
    const at = async (name: string, resolver: string, id: string) =>
      remoteAt(
        await listening(
          agentWith(
            () => ({ ...DNS, resolver }),
            () => WEB,
            id,
          ),
        ),
        { places, name },
      ).resolver.resolve(question)
    expect(await at('a', '10.0.0.2:53', 'a123456789abcdef')).toMatchObject({ outcome: 'answered' })
    expect(await at('b', '10.0.0.2:53', 'b123456789abcdef')).toMatchObject({ outcome: 'answered' })
    expect(await at('c', '[2606:4700:4700::1111]:53', 'c123456789abcdef')).toMatchObject({
      outcome: 'answered',
    })
    expect(await at('d', '[2606:4700:4700::1111]:53', 'd123456789abcdef')).toMatchObject({
      outcome: 'failed',
      resolver: expect.stringContaining('is that of c already'),
    })
    expect(await at('e', '9.9.9.9:53', 'e123456789abcdef')).toMatchObject({ outcome: 'failed' })
  })

  test('may change places: an agent that was started anew has another id', async () => {
    let id = 'a123456789abcdef'
    const places = createPlaces()
    const url = await listening((request, response) =>
      agentWith(
        () => DNS,
        () => WEB,
        id,
      )(request, response),
    )
    const first = remoteAt(url, { places })
    await first.resolver.resolve(question)
    id = 'b123456789abcdef'
    expect(await first.resolver.resolve(question)).toEqual(DNS)
    expect(places.take('eu-west-2', 'agent a123456789abcdef')).toBeUndefined()
    expect(places.take('eu-west-2', 'agent b123456789abcdef')).toBe('eu-west-1')
  })
})

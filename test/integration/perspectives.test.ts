import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkCaa } from '../../src/core/operations/validation/check-caa.ts'
import { checkDnsRecord } from '../../src/core/operations/validation/check-dns-record.ts'
import { checkHttp } from '../../src/core/operations/validation/check-http.ts'
import type { Verdict } from '../../src/core/domain/evidence.ts'
import type { Perspectives } from '../../src/core/ports/perspectives.ts'
import { loadConfig } from '../../src/main/config.ts'
import { openPerspectives } from '../../src/main/perspectives.ts'
import { startChancery } from '../../src/testing/index.ts'
import { memoryLogger, type LogLine } from '../support/memory-logger.ts'
import { testPorts, type TestPorts } from '../support/test-ports.ts'
import { dnsServer, type DnsServer, type Records } from './support/dns-server.ts'
import { temporaryDirectory } from './support/servers.ts'

const NAME = '_a79865eb4cd1a6ab990a45779b4e0b96.example.com'
const VALUE = '_424c7224e9b0146f9a8808af955727d0.hkmpvcwbzw.acm-validations.example'
const OURS = 'ca.example.net'
const at = Date.UTC(2030, 0, 1)

const a = (name: string) => ({ type: 'A' as const, name, ttl: 1, data: '127.0.0.1' })
const cname = (data: string) => [{ type: 'CNAME' as const, name: NAME, ttl: 1, data }]
const issue = (value: string) => [
  { type: 'CAA' as const, name: 'example.com', ttl: 1, data: { flags: 0, tag: 'issue' as const, value } },
]
const truth: Records = { [NAME]: cname(VALUE), 'example.com': [...issue(OURS), a('example.com')], com: [] }
const lie: Records = {
  [NAME]: cname('_x.attacker.example'),
  'example.com': issue('ca.attacker.example'),
  com: [],
}

const directory = temporaryDirectory()
let given: TestPorts
beforeAll(async () => void (given = await testPorts({ authorities: false })))
afterAll(async () => {
  await given[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

/** What a server with such settings sees, and what it says in its log. */
async function seen(settings: Readonly<Record<string, string>>) {
  const { config } = loadConfig(settings, 'normal')
  const { globalRegion, perspectives, outbound, dns, mode } = config
  const logger = memoryLogger()
  const options = { mode, globalRegion, perspectives, outbound, resolvers: dns.resolvers, logger }
  return { perspectives: await openPerspectives(options, given.ports.store), log: logger.lines }
}

const record = (perspectives: Perspectives) => checkDnsRecord(perspectives, { name: NAME, value: VALUE }, at)
const caa = (perspectives: Perspectives) =>
  checkCaa(
    perspectives,
    { domain: 'www.example.com', method: 'ca-dns-cname', accountUri: 'x', identities: [OURS] },
    at,
  )

describe('of real resolvers over UDP', () => {
  const PLACES = ['us-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3']
  async function verdicts(told: readonly (Records | 'servfail')[], quorum: number) {
    const servers: DnsServer[] = await Promise.all(told.map(dnsServer))
    try {
      const [primary, ...remote] = servers
      const { perspectives } = await seen({
        CHANCERY_RESOLVERS: `127.0.0.1:${primary?.port}`,
        CHANCERY_PERSPECTIVES: remote.map(({ port }, n) => `${PLACES[n + 1]}=dns://127.0.0.1:${port}`).join(),
        CHANCERY_PERSPECTIVE_QUORUM: String(quorum),
      })
      const checks = await Promise.all([record(perspectives), caa(perspectives)])
      for (const { evidence } of checks) {
        expect(evidence.map(({ perspective }) => perspective)).toEqual(PLACES)
        expect(evidence.map(({ resolver }) => resolver)).toEqual(
          servers.map(({ port }) => `127.0.0.1:${port}`),
        )
      }
      return checks.map(({ verdict, reason, evidence }) => ({ verdict, reason, evidence }))
    } finally {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
    }
  }

  test.each<[string, (Records | 'servfail')[], number, Verdict]>([
    ['all tell the truth', [truth, truth, truth, truth], 3, 'passed'],
    [
      'a single one lies that nothing stands there, and the quorum leaves room for it',
      [truth, truth, lie, truth],
      2,
      'passed',
    ],
    [
      'a single one lies that nothing stands there, and all must agree',
      [truth, truth, lie, truth],
      3,
      'refused',
    ],
    ['a single one lies that it does', [lie, truth, lie, lie], 1, 'refused'],
    ['the primary alone lies that it does', [truth, lie, lie, lie], 1, 'refused'],
    ['the primary’s resolver fails', ['servfail', truth, truth, truth], 2, 'undecided'],
    ['one resolver fails, and all must agree', [truth, truth, 'servfail', truth], 3, 'undecided'],
    ['one resolver fails, and the quorum leaves room for it', [truth, truth, 'servfail', truth], 2, 'passed'],
  ])('%s', async (_, told, quorum, verdict) => {
    for (const check of await verdicts(told, quorum)) expect(check).toMatchObject({ verdict })
  })

  test('who differs stands in the reason, and what it saw in the evidence', async () => {
    const [check] = await verdicts([truth, truth, lie, truth], 3)
    expect(check?.reason).toMatch(
      `2 of 3 other perspectives agree, and 3 must; from eu-west-2: ${NAME} → _x.attacker.example; ${NAME} must be a CNAME to ${VALUE}`,
    )
    expect(check?.evidence[2]).toMatchObject({
      perspective: 'eu-west-2',
      verdict: 'refused',
      answer: `${NAME} → _x.attacker.example`,
    })
  })
})

describe('of an agent in a process of its own', () => {
  const TOKEN = 'agent-token-of-at-least-32-characters'
  const tokenFile = join(directory, 'token')
  const tokensFile = join(directory, 'tokens')
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 })
  writeFileSync(tokensFile, `eu-west-1 ${TOKEN}\neu-west-2 ${TOKEN}\n`, { mode: 0o600 })

  const CONTENT = 'chancery-validation=0123'
  const agents: ChildProcess[] = []
  let primary: DnsServer
  let far: DnsServer
  let web: Server
  beforeAll(async () => {
    primary = await dnsServer(truth)
    far = await dnsServer(truth)
    web = createServer((request, response) =>
      response.end(request.headers.host === 'example.com' ? CONTENT : ''),
    )
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    agents.forEach((agent) => agent.kill('SIGKILL'))
    web.close()
    await Promise.all([primary, far].map((server) => server[Symbol.asyncDispose]()))
  })
  const webPort = () => String((web.address() as AddressInfo).port)

  /** Started as an operator does; its URL is what it prints. */
  async function anAgent(...more: string[]): Promise<{ process: ChildProcess; url: string }> {
    const options = [
      '--listen',
      '127.0.0.1:0',
      '--token-file',
      tokenFile,
      '--resolver',
      `127.0.0.1:${far.port}`,
    ]
    const process = spawn('node', ['src/main/bin.ts', 'perspective', ...options, ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    agents.push(process)
    for await (const line of createInterface({ input: process.stderr })) {
      const [, url] = /^The agent listens on (\S+)$/.exec(line) ?? []
      if (url === undefined) throw new Error(line)
      return { process, url }
    }
    throw new Error('the agent printed nothing')
  }

  const throughAgent = (perspectives: string, more: Readonly<Record<string, string>> = {}) =>
    seen({
      CHANCERY_RESOLVERS: `127.0.0.1:${primary.port}`,
      CHANCERY_PERSPECTIVES: perspectives,
      CHANCERY_PERSPECTIVE_TOKENS_FILE: tokensFile,
      CHANCERY_OUTBOUND_PRIVATE: 'allow',
      CHANCERY_HTTP01_PORT: webPort(),
      ...more,
    })
  const saying = (log: readonly LogLine[]) => log.map(({ fields }) => String(fields['trouble'])).join()

  test('it sees with its own resolver and its own probe, and ends when it is asked to', async () => {
    const { process, url } = await anAgent('--allow-private', '--http-port', webPort())
    const { perspectives, log } = await throughAgent(`eu-west-1=${url}`)
    const before = far.asked()
    for (const check of [await record(perspectives), await caa(perspectives)]) {
      expect(check).toMatchObject({
        verdict: 'passed',
        evidence: [{}, { perspective: 'eu-west-1', resolver: `127.0.0.1:${far.port}` }],
      })
    }
    expect(far.asked()).toBeGreaterThan(before)
    const expected = {
      from: 'http://example.com/.well-known/pki-validation/1.txt',
      to: 'http://pki.example/1.txt',
      content: CONTENT,
    }
    expect(await checkHttp(perspectives, expected, at)).toMatchObject({
      verdict: 'passed',
      evidence: [{ perspective: 'us-east-1' }, { perspective: 'eu-west-1', resolver: '127.0.0.1' }],
    })
    process.kill('SIGTERM')
    expect(await once(process, 'exit')).toEqual([0, null])
    // Nobody is there any more: nothing passes.
    for (const check of [
      await record(perspectives),
      await caa(perspectives),
      await checkHttp(perspectives, expected, at),
    ])
      expect(check).toMatchObject({ verdict: 'undecided' })
    expect(log).toMatchObject([{ level: 'warn', message: 'a perspective sees nothing' }])
  })

  test('it reaches no private address unless its operator says so, whatever the server is allowed', async () => {
    const { url } = await anAgent('--http-port', webPort())
    const { perspectives } = await throughAgent(`eu-west-1=${url}`)
    const expected = { from: 'http://example.com/1.txt', to: 'http://pki.example/1.txt', content: CONTENT }
    const check = await checkHttp(perspectives, expected, at)
    expect(check.evidence.map(({ verdict }) => verdict)).toEqual(['passed', 'refused'])
    expect(check.verdict).toBe('refused')
  })

  test('two perspectives through one agent count once, though its URLs differ', async () => {
    const { url } = await anAgent()
    const { perspectives, log } = await throughAgent(
      `eu-west-1=${url},eu-west-2=${url.replace('127.0.0.1', 'localhost')}`,
      {
        CHANCERY_PERSPECTIVE_QUORUM: '2',
      },
    )
    const { verdict, evidence } = await record(perspectives)
    expect(verdict).toBe('undecided')
    expect(evidence.map((each) => each.verdict).sort()).toEqual(['passed', 'passed', 'undecided'])
    expect(saying(log)).toMatch(/the agent stands for eu-west-[12] already/)
  })

  test('another token sees nothing', async () => {
    const { url } = await anAgent()
    const file = join(directory, 'other-tokens')
    writeFileSync(file, `eu-west-1 another-token-of-at-least-32-characters\n`)
    const { perspectives, log } = await throughAgent(`eu-west-1=${url}`, {
      CHANCERY_PERSPECTIVE_TOKENS_FILE: file,
    })
    expect((await record(perspectives)).verdict).toBe('undecided')
    expect(saying(log)).toBe('the agent answers 401: it wants another token')
  })

  test('over TLS it is known by its certificate', async () => {
    await using chancery = await startChancery()
    const { cert, key } = await chancery.issue({ ip: '127.0.0.1' })
    const [certFile, keyFile, caFile] = ['cert.pem', 'key.pem', 'ca.pem'].map((name) =>
      join(directory, name),
    ) as [string, string, string]
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    writeFileSync(caFile, chancery.root)
    const { url } = await anAgent('--cert-file', certFile, '--key-file', keyFile)
    expect(url).toMatch(/^https:/)
    const trusting = await throughAgent(`eu-west-1=${url}`, { CHANCERY_PERSPECTIVE_CA_FILE: caFile })
    expect((await record(trusting.perspectives)).verdict).toBe('passed')
    const distrusting = await throughAgent(`eu-west-1=${url}`)
    expect((await record(distrusting.perspectives)).verdict).toBe('undecided')
  })

  test.each([
    [
      ['--listen', '0.0.0.0:0'],
      '--listen: without --cert-file and --key-file an agent listens on this machine only',
    ],
    [['--listen', 'localhost:1'], '--listen: "localhost:1" is no address with a port'],
    [['--resolver', 'dns.example'], '--resolver: "dns.example" is no address'],
    [['--token-file', '/nonexistent'], "--token-file: /nonexistent can't be read"],
    [['--cert-file', '/nonexistent'], '--key-file: certificate and key go together'],
  ])('wrong options are said and end with 2: %j', async (options, message) => {
    const agent = spawn(
      'node',
      ['src/main/bin.ts', 'perspective', '--listen', '127.0.0.1:0', '--token-file', tokenFile, ...options],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let said = ''
    agent.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect((await once(agent, 'close'))[0]).toBe(2)
    expect(said).toContain(message)
  })
})

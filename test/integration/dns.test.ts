import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Resolver } from 'node:dns/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { createRecursiveResolver } from '../../src/adapters/dns/recursive-resolver.ts'
import { APEX, CONTRACT_RECORDS, resolverContract, type Stage } from '../adapters/dns/resolver-contract.ts'
import { hasTool } from '../support/tools.ts'
import { cliFor } from './cli/a-cli.ts'
import { run as runProgram } from './support/run.ts'
import { aServer, type LocalServer } from './support/servers.ts'

const dig = hasTool('dig', '-v')
const named = hasTool('named', '-v')

describe.skipIf(!dig)('dig and node:dns see the simulated DNS of a running server', () => {
  let server: LocalServer
  let resolver: Resolver
  let cli: ReturnType<typeof cliFor>['run']
  let port: string
  beforeAll(async () => {
    server = await aServer(
      { CHANCERY_DNS_PORT: '0', CHANCERY_PERSPECTIVES: 'eu-west-1=simulated' },
      'simulation',
    )
    port = (server.dnsAddress ?? '').replace(/^.*:/, '')
    resolver = new Resolver({ tries: 1, timeout: 2000 })
    resolver.setServers([server.dnsAddress ?? ''])
    cli = cliFor(server.dataDir, server.apiUrl, {
      environment: { CHANCERY_TOKEN: 'integration-test-administrator-token' },
    }).run
    const run = async (line: string) => {
      const { code, err } = await cli(`dns ${line}`)
      expect(code, err).toBe(0)
    }
    await run('zone create example.com')
    await run('record put example.com www.example.com A 192.0.2.1 192.0.2.2')
    await run('record put example.com @ caa \'0 issue "ca.example.net"\' \'128 tbs "x"\'')
    await run('record put example.com _token.example.com CNAME www.example.com')
    await run(
      `record put example.com long.example.com TXT ${Array.from({ length: 30 }, (_, i) => `${i}${'x'.repeat(100)}`).join(' ')}`,
    )
    await run('record put example.com www.example.com A 192.0.2.66 --perspective eu-west-1')
  })
  afterAll(() => server.dispose())

  /** dig's output; each call asks once and waits two seconds at most. */
  const digged = (...args: string[]) =>
    runProgram('dig', ['@127.0.0.1', '-p', port, '+tries=1', '+time=2', ...args])
  const short = async (...args: string[]) =>
    (await digged('+short', ...args)).stdout.trim().split('\n').sort()

  test('over UDP and over TCP, with and without EDNS', async () => {
    for (const how of ['+notcp', '+tcp', '+noedns'])
      expect(await short(how, 'www.example.com', 'A')).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await short('example.com', 'CAA')).toEqual(['0 issue "ca.example.net"', '128 tbs "x"'])
    expect(await short('_token.example.com', 'CNAME')).toEqual(['www.example.com.'])
    expect((await digged('example.com', 'SOA')).stdout).toMatch(
      /flags: qr aa rd; .*\n.*\n[^]*EDNS: version: 0[^]*SOA\s+ns\.example\.com\./,
    )
  })

  test('truncation sends it to TCP', async () => {
    expect((await digged('long.example.com', 'TXT', '+ignore')).stdout).toContain('flags: qr aa tc rd;')
    const { stdout } = await digged('long.example.com', 'TXT')
    expect(stdout).toContain('Truncated, retrying in TCP mode')
    expect(stdout).toContain('ANSWER: 30,')
  })

  test('what isn’t there, and what isn’t ours', async () => {
    expect((await digged('nowhere.example.com', 'A')).stdout).toMatch(/status: NXDOMAIN[^]*AUTHORITY: 1/)
    expect((await digged('www.example.com', 'TXT')).stdout).toMatch(
      /status: NOERROR[^]*ANSWER: 0, AUTHORITY: 1/,
    )
    expect((await digged('www.example.org', 'A')).stdout).toContain('status: REFUSED')
    expect((await digged('example.com', 'AXFR')).stdout).toContain('Transfer failed')
    expect((await digged('+opcode=NOTIFY', 'example.com', 'SOA')).stdout).toContain('status: NOTIMP')
    expect((await digged('+edns=1', '+noednsneg', 'www.example.com', 'A')).stdout).toContain(
      'status: BADVERS',
    )
  })

  test('faults on order', async () => {
    const order = async (line: string) => {
      const { code, err } = await cli(`dns fault order ${line}`)
      expect(code, err).toBe(0)
    }
    await order('www.example.com --kind servfail --times 1')
    expect((await digged('www.example.com', 'A')).stdout).toContain('status: SERVFAIL')
    expect((await digged('www.example.com', 'A')).stdout).toContain('status: NOERROR')
    await order('example.com --below --kind timeout')
    expect(await digged('www.example.com', 'A')).toMatchObject({
      status: 9,
      stdout: expect.stringContaining('timed out') as string,
    })
    expect((await cli('dns fault list')).out).toContain('example.com and below')
    expect((await cli('dns fault withdraw --all')).code).toBe(0)
    await order('www.example.com --kind truncate')
    expect((await digged('www.example.com', 'A')).stdout).toMatch(/retrying in TCP[^]*ANSWER: 2/)
    expect((await cli('dns fault withdraw --all')).code).toBe(0)
  })

  test('node:dns asks, too', async () => {
    expect((await resolver.resolve4('www.example.com')).sort()).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await resolver.resolveCaa('example.com')).toMatchObject([{ critical: 0 }, { critical: 128 }])
    expect(await resolver.resolveCname('_token.example.com')).toEqual(['www.example.com'])
    expect(await resolver.resolveTxt('long.example.com')).toHaveLength(30)
    await expect(resolver.resolve4('nowhere.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(resolver.resolveTxt('www.example.com')).rejects.toMatchObject({ code: 'ENODATA' })
  })

  test('the command line shows, prints as the API does, and deletes', async () => {
    expect((await cli('dns zone list')).out).toContain('example.com')
    const listed = (await cli('dns record list example.com www.example.com')).out
    expect(listed).toMatch(/www\.example\.com +60 +A +192\.0\.2\.1 +all\n/)
    expect(listed).toMatch(/www\.example\.com +60 +A +192\.0\.2\.66 +eu-west-1\n/)
    const json = JSON.parse((await cli('dns record list example.com --json')).out) as {
      items: { type: string }[]
    }
    expect(json.items.map(({ type }) => type)).toContain('CAA')
    expect(await cli('dns record put example.com x.example.com SRV 0')).toMatchObject({ code: 2 })
    expect((await cli('dns record put example.com x.example.com A nowhere')).err).toContain('values[0]')
    expect((await cli('dns record delete example.com _token.example.com cname')).code).toBe(0)
    expect(await short('_token.example.com', 'CNAME')).toEqual([''])
    expect((await cli('dns zone create other.example --json')).out).toContain('"apex":"other.example"')
    expect((await cli('dns zone delete other.example')).code).toBe(0)
  })
})

/** The contract's zone, served by BIND. */
async function namedStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-named-'))
  const port = await freePort()
  const dotted = (type: string, value: string) => (['CNAME', 'NS', 'MX'].includes(type) ? `${value}.` : value)
  const zone = [
    `${APEX}. 60 IN SOA ns.${APEX}. hostmaster.${APEX}. 1 3600 600 86400 5`,
    ...CONTRACT_RECORDS.flatMap(([name, type, values]) =>
      values.map((value) => `${name}. 60 IN ${type} ${dotted(type, value)}`),
    ),
  ]
  writeFileSync(join(directory, 'zone'), `${zone.join('\n')}\n`)
  writeFileSync(
    join(directory, 'named.conf'),
    `options { directory "${directory}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
       pid-file none; session-keyfile none; dnssec-validation no; check-names primary ignore; };
     controls { };
     zone "${APEX}" { type primary; file "zone"; check-mx ignore; check-integrity no; };`,
  )
  const server = spawn('named', ['-g', '-c', join(directory, 'named.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await started(server)
  return {
    resolver: createRecursiveResolver({ address: '127.0.0.1', port }),
    close: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
      rmSync(directory, { recursive: true })
    },
  }
}

function started(server: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', (text: Buffer) => {
      said += text.toString()
      if (/ running\n/.test(said)) resolve()
    })
    server.once('exit', () => reject(new Error(said)))
  })
}

describe.skipIf(!named)('against a foreign server', () =>
  resolverContract('a real one, asking BIND', namedStage),
)

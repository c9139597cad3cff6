import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StackJson } from '../../../../src/contract/index.ts'
import { aServerWithCli, cliFor } from '../a-cli.ts'
import { issuing, root, text, web } from './templates.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
const proxies: Server[] = []
beforeAll(async () => {
  running = await aServerWithCli()
  cli = running.cli
})
afterAll(async () => {
  for (const proxy of proxies) proxy.close()
  await running.stop()
})

/** Where a connection breaks: at which request that changes something, before or after the server has carried it out. */
type Break = { readonly at: number; readonly when: 'before' | 'after' }

/** The server, by a way that breaks for good: whoever uses it might as well have been killed. */
async function breaking({ at, when }: Break) {
  const target = new URL(running.server.apiUrl)
  const ca = readFileSync(join(running.dataDir, 'listener-ca.pem'))
  let changes = 0
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.method !== 'GET') changes++
    if (changes > at || (changes === at && when === 'before' && incoming.method !== 'GET'))
      return void incoming.socket.destroy()
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
        ca,
      },
      (answer) => {
        if (changes === at && incoming.method !== 'GET') return void incoming.socket.destroy()
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  proxies.push(proxy)
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return { url, broke: () => changes >= at }
}

const stack = async (name: string): Promise<StackJson> =>
  JSON.parse((await cli.run(`--json stack show ${name}`)).out) as StackJson
const count = async (line: string, pattern: RegExp): Promise<number> =>
  ((await cli.run(line)).out.match(pattern) ?? []).length

describe('an apply that is stopped at any request is gone on with', () => {
  const template = { Resources: root(), Outputs: { Root: { Value: { Ref: 'Root' } } } }

  test.each(['before', 'after'] as const)(
    '%s the server has carried it out',
    async (when) => {
      let at = 1
      for (let more = true; more; at++) {
        const name = `cut-${when}-${at}`
        cli.file(`${name}.json`, text(template))
        const { url, broke } = await breaking({ at, when })
        const first = await cliFor(running.dataDir, url, { directory: cli.directory }).run(
          `apply ${name}.json --yes`,
        )
        more = broke()
        expect(first.code).toBe(more ? 3 : 0)
        const second = await cli.run(`apply ${name}.json --yes`)
        expect([at, second.code, second.err]).toEqual([at, 0, expect.any(String)])
        const { status, resources, baseline, pending, leftovers } = await stack(name)
        expect({ status, baseline, pending, leftovers }).toEqual({ status: 'COMPLETE', leftovers: [] })
        expect(Object.keys(resources)).toEqual(['Root', 'RootCertificate', 'RootActivation'])
        // Nothing was made twice: one authority of that name, with one certificate.
        expect(await count('authority list', new RegExp(`${name}-Root-`, 'g'))).toBe(1)
        const arn = resources['Root']?.physicalId ?? ''
        expect(await count(`certificate list --authority ${arn}`, new RegExp(`CN=${name} Root`, 'g'))).toBe(1)
      }
      // Begin, three resources at three changes each, one more for the activation, outputs, end.
      expect(at).toBeGreaterThan(10)
    },
    300_000,
  )
})

test('a roll-back that is stopped is gone on with before anything else', async () => {
  const broken = {
    Resources: {
      ...root(),
      Web: web('no', { DomainName: 'www.test', CertificateAuthorityArn: { Ref: 'Root' } }),
    },
  }
  const resources = { ...broken.Resources, Web: { ...broken.Resources.Web, DependsOn: 'Root' } }
  // Before its activation the root issues nothing: Web fails, and Root has to be taken away.
  const { RootActivation: _, ...template } = resources as Record<string, object>
  cli.file('back.json', text({ Resources: template }))
  const whole = await cli.run('apply back.json --yes')
  expect([whole.code, whole.err]).toEqual([1, expect.stringContaining('What was done is undone:')])
  const { url } = await breaking({ at: 7, when: 'after' })
  await cliFor(running.dataDir, url, { directory: cli.directory }).run('apply back.json --yes')
  expect(['APPLYING', 'ROLLING_BACK']).toContain((await stack('back')).status)
  const undone = await cli.run('stack roll-back back --yes')
  expect([undone.code, undone.err]).toEqual([0, expect.stringContaining('is what it was before')])
  expect(await stack('back')).toMatchObject({ status: 'ROLLED_BACK', resources: {}, leftovers: [] })
  expect(await count('authority list', /back-Root-/g)).toBe(0)
})

test('two at a time: the one that comes later changes nothing that it hasn’t seen', async () => {
  cli.file('two.json', text({ Resources: root() }))
  const both = await Promise.all([cli.run('apply two.json --yes'), cli.run('apply two.json --yes')])
  const codes = both.map(({ code }) => code).sort((a, b) => a - b)
  expect(codes[0]).toBe(0)
  expect(await count('authority list', /two-Root-/g)).toBe(1)
  expect((await stack('two')).status).toBe('COMPLETE')
})

const PROGRAM = join(import.meta.dirname, '../../../../src/main/cli.ts')

test('kill -9 in the middle loses nothing', async () => {
  cli.file('killed.json', text({ Resources: { ...root(), ...issuing(), Web: web('www.killed.test') } }))
  const environment = {
    PATH: process.env['PATH'] ?? '',
    CHANCERY_URL: running.server.apiUrl,
    CHANCERY_DATA_DIR: running.dataDir,
  }
  const child = spawn(process.execPath, [PROGRAM, 'apply', 'killed.json', '--yes'], {
    cwd: cli.directory,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    if (/^\+ Issuing \(\S+\) is made\n/m.test(said.slice(said.indexOf('stay as they are')))) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  const stopped = await stack('killed')
  expect(stopped.status).toBe('APPLYING')
  const second = await cli.run('apply killed.json --yes')
  expect([second.code, second.err]).toEqual([
    0,
    expect.stringContaining('was stopped in the middle; this goes on'),
  ])
  const { resources } = await stack('killed')
  for (const [name, made] of Object.entries(stopped.resources))
    expect(resources[name]?.physicalId).toBe(made.physicalId)
  expect(await count('authority list', /killed-(Root|Issuing)-/g)).toBe(2)
  expect(await count('managed list', /www\.killed\.test/g)).toBe(1)
})

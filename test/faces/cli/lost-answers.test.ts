import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'
import { aWorld, noVerbs } from './a-world.ts'

let installation: Installation
let api: Listening
let proxy: Server
let admin: Client
/** How many answers get lost on the way from now on, and the keys that came by. */
let losing = 0
let keys: (string | undefined)[] = []

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  proxy = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming
    keys.push(headers['idempotency-key'] as string | undefined)
    const onward = httpRequest({ port: api.port, path: url, method, headers }, (answer) => {
      if (losing > 0) {
        losing--
        // It has been done, and nobody hears of it.
        answer.resume().on('end', () => incoming.socket.resetAndDestroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await api.close()
  await installation.close()
})
beforeEach(() => {
  losing = 0
  keys = []
})

async function run(...args: string[]) {
  const world = aWorld({ environment: { CHANCERY_TOKEN: installation.adminToken } })
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const code = await runCli([...args, '--url', url], world, noVerbs)
  return { code, out: world.stdout.text(), err: world.stderr.text() }
}

test('what was made although its answer was lost is asked for again with the same key, and made once', async () => {
  losing = 2
  const { code } = await run('user', 'create', 'lost')
  expect(code).toBe(0)
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
  expect((await admin.listUsers()).items.map(({ name }) => name)).toEqual(['lost'])
})

test('a secret that was lost is not shown again: it ends with 6 and says what to do', async () => {
  losing = 1
  const { code, out, err } = await run('token', 'create', '--name', 'lost', '--role', 'issuer')
  expect({ code, out }).toEqual({ code: 6, out: '' })
  const [token, ...more] = (await admin.listTokens()).items.filter(({ name }) => name === 'lost')
  expect(more).toEqual([])
  expect(err).toContain(token?.id)
  expect(err).toContain('rotate the token')
  expect(err).not.toContain('chy_')
})

test('each command has a key of its own, and reading has none', async () => {
  await run('group', 'create', 'g1')
  await run('group', 'create', 'g2')
  await run('group', 'list')
  expect(new Set(keys).size).toBe(3)
  expect(keys.at(-1)).toBeUndefined()
})

test('while every answer is lost it gives up, after four attempts', async () => {
  losing = 99
  const { code } = await run('group', 'create', 'g3')
  expect(code).toBe(3)
  expect(keys).toHaveLength(4)
})

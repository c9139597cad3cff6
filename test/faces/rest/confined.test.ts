import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decisionOn, type Principal } from '../../../src/core/domain/access.ts'
import { arns } from '../../../src/core/domain/arns.ts'
import { parsePolicy } from '../../../src/core/domain/policies/parse-policy.ts'
import { createFrontDoor, type FrontDoorOptions } from '../../../src/faces/http/front-door/door.ts'
import { createServer } from '../../../src/faces/http/server.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, type Installation } from '../installation.ts'

let installation: Installation
let directory: string
const open: { close(): unknown }[] = []
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-confined-'))
  installation = await anInstallation()
})
afterAll(async () => {
  for (const server of open) server.close()
  await installation.close()
  await rm(directory, { recursive: true })
})

/** Who calls over a Unix socket behind such a door, as the API knows him once he is authenticated. */
async function callerThrough(door: FrontDoorOptions): Promise<Principal> {
  const callers: Principal[] = []
  const app = createRestApp(installation.ports, {
    ready: () => true,
    limit: async (_request, _response, principal) => {
      if (principal !== undefined) callers.push(principal)
    },
  })
  const server = createServer(createFrontDoor(door, { refuse: (_, response) => response.destroy() }, app))
  open.push(server)
  const socketPath = join(directory, `${open.length}.sock`)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const options: RequestOptions = {
    socketPath,
    path: '/v1/installation',
    agent: false,
    headers: { authorization: `Bearer ${installation.adminToken}` },
  }
  await new Promise((resolve, reject) => {
    httpRequest(options, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
  return callers[0] as Principal
}

test('operations are confined to a listener by the policy in docs/front-door.md', async () => {
  const page = await readFile(new URL('../../../docs/front-door.md', import.meta.url), 'utf8')
  const confining = parsePolicy(/```json\n(.*?)```/s.exec(page)?.[1] ?? '', 'identity')
  const through = async (door: FrontDoorOptions) => {
    const principal = await callerThrough(door)
    const grants = { ...principal.grants, identity: [...principal.grants.identity, confining] }
    return ['chancery:CreateToken' as const, 'chancery:ListTokens' as const].map(
      (action) => decisionOn({ ...principal, grants }, action, arns.tokens(principal.account)).because,
    )
  }
  expect(await through({ listener: 'ops', unix: true })).toEqual(['allowed', 'allowed'])
  expect(await through({ listener: 'inside', unix: true })).toEqual(['explicit_deny', 'allowed'])
  // The API's own port, without a door and with one.
  expect(await through({})).toEqual(['explicit_deny', 'allowed'])
  expect(await through({ hosts: ['localhost'], unix: true })).toEqual(['explicit_deny', 'allowed'])
})

test('a call over a Unix socket counts as secure, and has no address that a range matches', async () => {
  const { facts } = await callerThrough({ listener: 'ops', unix: true })
  expect(facts).toMatchObject({
    'aws:sourcevpce': 'ops',
    'aws:sourceip': 'unix',
    'aws:securetransport': 'true',
  })
})

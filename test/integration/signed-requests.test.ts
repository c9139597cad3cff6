import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasTool, runTool } from '../support/tools.ts'
import { aServer, type LocalServer } from './support/servers.ts'

const SCRIPT = join(import.meta.dirname, 'support/sign-and-send.py')
const REGION = 'us-east-1'
/** The distribution's own, whose packages boto3 and the AWS CLI are; another one may come first on the PATH. */
const PYTHON = '/usr/bin/python3'

/** Whether Python has a module; says so loudly where it hasn't, since tests are then skipped. */
function hasModule(name: string): boolean {
  const found = hasTool(PYTHON, '--version') && runTool(PYTHON, ['-c', `import ${name}`]).status === 0
  if (!found) process.stderr.write(`\n*** Python's ${name} is missing: tests that need it are SKIPPED ***\n`)
  return found
}

type Answer = { readonly status: number; readonly json: Record<string, unknown> }
type Keys = { readonly id: string; readonly secret: string; readonly token?: string }
let server: LocalServer
let keys: Keys

/** Not synchronously: the server that answers is in this process. */
async function run(command: string, args: readonly string[], more: object, input = ''): Promise<string> {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...more } })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  child.stdin.end(input)
  await once(child, 'close')
  return text
}

beforeAll(async () => {
  server = await aServer()
  const { admin } = server
  await admin.createUser({ body: { name: 'signer' } })
  await admin.attachPolicy({
    params: { policy: 'AdministratorAccess', kind: 'user', name: 'signer' },
  } as never)
  const made = await admin.createAccessKey({ params: { user: 'signer' } })
  keys = { id: made.id, secret: made.secret }
})
afterAll(() => server.dispose())

describe.each([
  ['boto3', 'boto3'],
  ['the AWS CLI', 'awscli.clidriver'],
])('requests that the signer of %s signs', (_, module) => {
  describe.runIf(hasModule(module))('are understood', () => {
    async function send(
      form: 'header' | 'query',
      method: string,
      path: string,
      body = '',
      { id, secret, token = '' }: Keys = keys,
      service = 'chancery',
    ): Promise<Answer> {
      const args = [SCRIPT, module, form, method, `${server.apiUrl}${path}`, REGION, service]
      const environment = {
        ...{ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token },
      }
      const text = await run(PYTHON, args, environment, body)
      const [status = '', json = '{}'] = text.split('\n')
      return { status: Number(status), json: JSON.parse(json) as Answer['json'] }
    }

    test('in the header, for each service', async () => {
      for (const service of ['chancery', 'acm', 'acm-pca']) {
        const { status, json } = await send('header', 'GET', '/v1/caller-identity', '', keys, service)
        expect(status, JSON.stringify(json)).toBe(200)
        expect(JSON.stringify(json)).toContain('user/signer')
      }
    })
    test('in the query', async () => {
      const { status, json } = await send('query', 'GET', '/v1/caller-identity')
      expect(status, JSON.stringify(json)).toBe(200)
    })
    test('with parameters that are to be encoded', async () => {
      const { status, json } = await send('header', 'GET', '/v1/certificates?name=%2A.example.com&limit=5')
      expect(status, JSON.stringify(json)).toBe(200)
    })
    test('with a body', async () => {
      const name = `by-${module.replace('.', '-')}-é`
      const { status, json } = await send(
        'header',
        'POST',
        '/v1/tokens',
        JSON.stringify({ name, role: 'issuer' }),
      )
      expect(status, JSON.stringify(json)).toBe(201)
    })
    test('not with another secret, nor for another service', async () => {
      const wrong = await send('header', 'GET', '/v1/caller-identity', '', {
        ...keys,
        secret: 'x'.repeat(40),
      })
      expect(wrong).toMatchObject({ status: 401, json: { details: { signature: 'mismatch' } } })
      const other = await send('header', 'GET', '/v1/caller-identity', '', keys, 'ec2')
      expect(other).toMatchObject({ status: 401 })
    })
  })
})

describe.runIf(hasTool('curl', '--version'))('requests that curl signs', () => {
  test('are understood', async () => {
    const text = await run(
      'curl',
      [
        ...['-s', '--aws-sigv4', `aws:amz:${REGION}:chancery`, '--user', `${keys.id}:${keys.secret}`],
        `${server.apiUrl}/v1/caller-identity`,
      ],
      {},
    )
    expect(text).toContain('user/signer')
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestIssuer } from '../../core/operations/authentication/issuer.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
let role: string
beforeAll(async () => {
  running = await aServerWithCli()
  ;({ cli } = running)
  const { account } = JSON.parse((await cli.run('whoami --json')).out) as { account: string }
  write('trust.json', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
  })
  expect((await cli.run('role create deploy --trust trust.json')).code).toBe(0)
  role = `arn:aws:iam::${account}:role/deploy`
})
afterAll(() => running.stop())

const write = (name: string, value: object): void =>
  writeFileSync(join(cli.directory, name), JSON.stringify(value))
const codeOf = async (line: string) => (await cli.run(line)).code

test('an identity provider, from the first to the last command', async () => {
  const issuer = new TestIssuer('https://idp.example.com/realm')
  const jwks = JSON.parse(issuer.keySet()) as object
  const rules = [{ claims: { sub: 'repo:example/*' }, role }]
  write('idp.json', { issuer: issuer.url, jwks, rules })
  write('elsewhere.json', { issuer: issuer.url, jwks, rules: [{ claims: { sub: 'a' }, role: 'deploy' }] })
  const made = await cli.run('identity-provider create ci --from idp.json')
  expect(made.out).toContain(`sub=repo:example/* → ${role}`)
  expect(await codeOf('identity-provider create ci --from idp.json')).toBe(6)
  const refused = await cli.run('identity-provider replace ci --from elsewhere.json')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('rules[0].role')
  write('idp.json', { issuer: issuer.url, jwks, audiences: ['chancery'], rules })
  expect(await codeOf('identity-provider replace ci --from idp.json')).toBe(0)
  expect((await cli.run('identity-provider show ci')).out).toMatch(/Audiences +chancery\n/)
  expect((await cli.run('identity-provider list')).out).toContain(issuer.url)
  expect(await codeOf('identity-provider delete ci')).toBe(0)
  expect(await codeOf('identity-provider show ci')).toBe(5)
})

test('a mapping of client certificates, from the first to the last command', async () => {
  const value = 'spiffe://example.com/web'
  const line = `certificate-mapping create issuing --kind spiffe --value ${value}`
  expect(await codeOf(line)).toBe(2)
  expect((await cli.run(`${line} --role deploy`)).err).toContain('role')
  const made = await cli.run(`${line} --role ${role} --json`)
  const { id } = JSON.parse(made.out) as { id: string }
  expect(await codeOf(`${line} --role ${role}`)).toBe(6)
  expect((await cli.run('certificate-mapping list')).out).toContain(value)
  expect(await codeOf(`certificate-mapping delete ${id}`)).toBe(0)
  expect(await codeOf(`certificate-mapping delete ${id}`)).toBe(5)
})

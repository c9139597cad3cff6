import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli()
  ;({ cli } = running)
})
afterAll(() => running.stop())

const at = (name: string): string => join(cli.directory, name)
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
const codeOf = async (line: string) => (await cli.run(line)).code

test('a user, its policies and groups, from the first to the last command', async () => {
  writeFileSync(at('issue.json'), policy({ Effect: 'Allow', Action: 'acm:*', Resource: '*' }))
  writeFileSync(at('broken.json'), '{\n "Statement": [] }')
  const broken = await cli.run('policy create broken --document broken.json')
  expect(broken.code).toBe(2)
  expect(broken.err).toContain('line 2')
  expect(await codeOf('policy create issue --document issue.json --description what')).toBe(0)
  expect(await codeOf('user create alice --tag team=pki')).toBe(0)
  expect(await codeOf('group create ops')).toBe(0)
  expect(await codeOf('group add ops alice')).toBe(0)
  expect(await codeOf('policy attach issue --group ops')).toBe(0)
  expect(await codeOf('policy attach IssuerAccess --user alice')).toBe(0)
  expect(await codeOf('policy attach issue')).toBe(2)
  const shown = (await cli.run('user show alice')).out
  for (const word of ['IssuerAccess', 'ops', 'team=pki', ':user/alice']) expect(shown).toContain(word)
  expect((await cli.run('policy show issue')).out).toContain('acm:*')
  expect((await cli.run('policy holders issue')).out).toMatch(/group +ops/)
  expect(await codeOf('policy update issue --document issue.json --keep-default')).toBe(0)
  expect((await cli.run('policy versions issue')).out).toMatch(/2 +no/)
  expect(await codeOf('policy default issue 2')).toBe(0)
  expect(await codeOf('policy delete-version issue 1')).toBe(0)
  expect(await codeOf('policy delete issue')).toBe(6)
  expect((await cli.run('group members ops')).out).toContain('alice')
  expect(await codeOf('group remove ops alice')).toBe(0)
  expect(await codeOf('policy detach IssuerAccess --user alice')).toBe(0)
  expect(await codeOf('user update alice --boundary issue')).toBe(0)
  expect((await cli.run('user show alice')).out).toContain('issue')
  expect(await codeOf('user update alice --boundary none')).toBe(0)
  for (const list of ['user list', 'group list', 'policy list'])
    expect((await cli.run(list)).out).toMatch(/alice|ops|issue/)
  expect(await codeOf('group delete ops')).toBe(0)
  expect(await codeOf('user delete alice')).toBe(0)
  expect(await codeOf('user show alice')).toBe(5)
})

test('keys, tokens and sessions: as whom one acts', async () => {
  const { account } = JSON.parse((await cli.run('whoami --json')).out) as { account: string }
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }
  writeFileSync(at('trust.json'), policy(trust))
  expect(await codeOf('user create bob')).toBe(0)
  expect(await codeOf('access-key create')).toBe(2)
  const made = JSON.parse((await cli.run('access-key create --user bob --json')).out) as { id: string }
  expect((await cli.run('access-key list --user bob')).out).toMatch(/ACTIVE.*never/)
  for (const verb of ['disable', 'enable', 'delete'])
    expect(await codeOf(`access-key ${verb} ${made.id} --user bob`)).toBe(0)
  expect(await codeOf('role create deploy --trust trust.json --max-session 7200')).toBe(0)
  expect(await codeOf('role update deploy --description nightly')).toBe(0)
  expect((await cli.run('role show deploy')).out).toContain('sts:AssumeRole')
  expect((await cli.run('role list')).out).toContain('nightly')
  const assumed = await cli.run('role assume deploy --session build-7 --seconds 900')
  expect(assumed.out).toMatch(
    /^export AWS_ACCESS_KEY_ID=ASIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S{40}\nexport AWS_SESSION_TOKEN=\S+\n$/,
  )
  expect(await codeOf('token create --name t --user bob --out bob-token')).toBe(0)
  expect((await cli.run('whoami --token-file bob-token')).out).toContain(':user/bob')
  const { items } = JSON.parse((await cli.run('token list --json')).out) as {
    items: { id: string; name: string }[]
  }
  const id = items.find(({ name }) => name === 't')?.id ?? ''
  const before = readFileSync(at('bob-token'), 'utf8')
  expect(await codeOf(`token rotate ${id} --grace 0 --out new-token`)).toBe(0)
  expect(readFileSync(at('new-token'), 'utf8')).not.toBe(before)
  expect(await codeOf('whoami --token-file bob-token')).toBe(4)
  expect(await codeOf('whoami --token-file new-token')).toBe(0)
  expect(await codeOf('token create --name r --assume deploy')).toBe(2)
  expect(await codeOf('token create --name r --assume deploy --session nightly --out role-token')).toBe(0)
  expect((await cli.run('whoami --token-file role-token')).out).toContain('assumed-role/deploy/nightly')
  expect(await codeOf('role delete deploy')).toBe(0)
  expect(await codeOf('whoami --token-file role-token')).toBe(4)
})

test('the organization', async () => {
  expect(await codeOf('account create --name other --id 222233334444')).toBe(0)
  expect((await cli.run('organization create')).out).toMatch(/o-[a-z0-9]{10}/)
  expect(await codeOf('organization add 222233334444')).toBe(0)
  expect((await cli.run('organization accounts')).out).toContain('222233334444')
  expect(await codeOf('organization delete')).toBe(6)
  expect(await codeOf('organization remove 222233334444')).toBe(0)
  expect((await cli.run('organization show')).out).toContain('Managed by')
  expect(await codeOf('organization delete')).toBe(0)
})

test('who else may use an authority, and what managed certificates may ask of it', async () => {
  const { arn } = JSON.parse((await cli.run('authority show issuing --json')).out) as { arn: string }
  const use = 'authority policy'
  expect(await codeOf(`${use} show issuing`)).toBe(5)
  writeFileSync(at('all.json'), policy({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }))
  expect(await codeOf(`${use} put issuing --policy all.json`)).toBe(2)
  expect(await codeOf(`${use} put issuing --policy nowhere.json`)).toBe(2)
  const statement = {
    ...{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Resource: arn },
    Action: ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificate'],
  }
  writeFileSync(at('use.json'), policy(statement))
  expect((await cli.run(`${use} put issuing --policy use.json`)).err).toContain('in force')
  const shown = await cli.run(`${use} show issuing`)
  expect(JSON.parse(shown.out)).toMatchObject({ Statement: [statement] })
  expect(JSON.parse((await cli.run(`${use} show issuing --json`)).out)).toMatchObject({ source: 'put' })
  expect(await codeOf(`${use} delete issuing`)).toBe(0)
  expect(await codeOf(`${use} show issuing`)).toBe(5)

  const permission = 'authority permission'
  expect((await cli.run(`${permission} list issuing`)).out).toMatch(/acm\.amazonaws\.com +.*IssueCertificate/)
  expect(await codeOf('managed request www.example.com --authority issuing')).toBe(0)
  expect(await codeOf(`${permission} delete issuing`)).toBe(0)
  expect((await cli.run(`${permission} list issuing`)).out).not.toContain('acm.amazonaws.com')
  expect(await codeOf('managed request api.example.com --authority issuing')).toBe(1)
  expect(await codeOf(`${permission} create issuing --action nothing`)).toBe(2)
  expect(await codeOf(`${permission} create issuing`)).toBe(0)
  expect(await codeOf('managed request api.example.com --authority issuing')).toBe(0)
})

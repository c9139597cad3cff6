import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aRequest } from '../../core/operations/requests.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli()
  ;({ cli } = running)
})
afterAll(() => running.stop())

describe('profiles', () => {
  test('made by options, used, changed from a file, shown, deleted', async () => {
    const made = await cli.run(
      "profile create web --base tls --key-algorithm EC_prime256v1 --key-algorithm ED25519 --max-validity 30d --default-validity 12h --allow dns:*.example.com --allow ip:10.0.0.0/8 --require dns --subject 'organization=Example GmbH' --subject commonName",
    )
    expect(made.code, made.err).toBe(0)
    for (const text of [
      'web',
      'tls',
      '30 days',
      '12 hours',
      '*.example.com, at least 1',
      'organization=Example GmbH',
    ])
      expect(made.out).toContain(text)
    const good = await cli.run('certificate issue a.example.com --profile web --json')
    expect(JSON.parse(good.out)).toMatchObject({ profile: 'web@1', subject: 'O=Example GmbH' })
    const bad = await cli.run('certificate issue a.example.org --profile web --days 31')
    expect(bad.code).toBe(1)
    expect(bad.err).toContain('names.dns[0]')
    expect(bad.err).toContain('at most 2592000 seconds')

    cli.file(
      'rules.json',
      JSON.stringify({ names: { dns: { patterns: ['**.example.org'] } }, subject: null }),
    )
    const changed = await cli.run('profile update web --from rules.json --max-validity 90d --json')
    expect(JSON.parse(changed.out)).toMatchObject({
      version: 2,
      names: { dns: { patterns: ['**.example.org'] } },
      validity: { maxSeconds: 90 * 86_400 },
    })
    expect((await cli.run('certificate issue a.b.example.org --profile web --json')).code).toBe(0)
    const listed = await cli.run('profile list')
    expect(listed.out).toMatch(/^NAME +VERSION +FOR +CHANGED\nweb +2 +tls /)
    expect((await cli.run('profile show web')).out).toContain('**.example.org')

    const limited = await cli.run('profile limit issuing web EndEntityCertificate/V1')
    expect(limited.err).toContain('issuing issues under web, EndEntityCertificate/V1 only.')
    expect((await cli.run('certificate issue a.example.com --json')).err).toContain('profile')
    expect((await cli.run('profile delete web')).code).toBe(6)
    expect((await cli.run('profile limit issuing --off')).code).toBe(0)
    expect((await cli.run('profile delete web')).err).toContain('deleted')
    expect((await cli.run('profile show web')).code).toBe(5)
  })

  test.each([
    ['profile create x --allow example.com', '--allow: example.com must begin with dns:'],
    ['profile create x --base web', 'Allowed choices are'],
    ['profile create x --base tls --key-algorithm EC', 'Allowed choices are'],
    ['profile create x --base tls --max-validity soon', 'A span'],
    ['profile create x --base tls --subject mood', '--subject: there is no attribute mood'],
    ['profile create x --from missing.json', '--from: can’t read'],
    ['profile update x', 'say what to change'],
    ['profile limit issuing', 'name the profiles'],
    ['profile limit issuing tls --off', '--off: goes without names'],
    ['certificate issue a.test --template EndEntityCertificate/V1', '--template needs --csr'],
    ['certificate issue --csr x --passthrough p.json', '--passthrough goes with --template'],
    ['certificate issue --csr x --template T --profile tls', '--template and --profile exclude each other'],
  ])('%s is wrong usage', async (line, words) => {
    const { code, err } = await cli.run(line)
    expect(err).toContain(words)
    expect(code).toBe(2)
  })
})

test('a certificate under a template, with what goes through it', async () => {
  cli.file('request.der', aRequest())
  cli.file('pass.json', JSON.stringify({ extensions: { certificatePolicies: [{ oid: '1.2.3.4' }] } }))
  const { code, out, err } = await cli.run(
    'certificate issue --csr request.der --template EndEntityCertificate_APIPassthrough/V1 --passthrough pass.json --signature-algorithm SHA512WITHECDSA --json',
  )
  expect(code, err).toBe(0)
  const issued = JSON.parse(out) as { profile: string; certificate: string }
  expect(issued.profile).toBe('EndEntityCertificate_APIPassthrough/V1')
  expect(new X509Certificate(issued.certificate).toString()).toContain('BEGIN CERTIFICATE')
  cli.file('list.json', '[]')
  const wrong = await cli.run('certificate issue --csr request.der --template T --passthrough list.json')
  expect(wrong.err).toContain('--passthrough: list.json must hold one JSON object')
})

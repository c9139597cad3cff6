import { describe, expect, test } from 'vitest'
import type { ManagedCertificateJson } from '../../../src/contract/index.ts'
import { MANAGED_STATUSES } from '../../../src/core/domain/managed-certificates.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { nextSteps, proofsOf } from '../../../src/faces/cli/commands/managed-next.ts'
import { requestBody } from '../../../src/faces/cli/commands/managed-request.ts'
import { managedFacts } from '../../../src/faces/cli/commands/managed-view.ts'
import { expectIssued } from '../../../src/faces/cli/commands/managed-wait.ts'
import { createProgram, runCli } from '../../../src/faces/cli/program.ts'
import { aWorld, NOON, noVerbs } from './a-world.ts'

const isoIn = (days: number): string => new Date(NOON + days * DAY).toISOString()
const one = (more: Partial<ManagedCertificateJson> = {}): ManagedCertificateJson => ({
  id: 'ID',
  arn: 'arn:aws:acm:us-east-1:111122223333:certificate/ID',
  account: '111122223333',
  region: 'us-east-1',
  kind: 'private',
  status: 'ISSUED',
  domainName: 'www.example.com',
  names: ['www.example.com', '*.example.com'],
  keyAlgorithm: 'EC_prime256v1',
  version: 1,
  notAfter: isoIn(90),
  createdAt: isoIn(0),
  exportable: true,
  exported: false,
  inUseBy: [],
  tags: {},
  renewal: { eligible: false, obstacle: 'nothing uses it', key: 'new' },
  validation: [],
  chain: [],
  ...more,
})
const validation = (domain: string, more: Partial<ManagedCertificateJson['validation'][number]> = {}) => ({
  domain,
  method: 'DNS' as const,
  status: 'PENDING_VALIDATION' as const,
  validationDomain: 'example.com',
  ...more,
})
const record = { name: '_a.example.com.', type: 'CNAME' as const, value: '_b.c.acm-validations.aws.' }

describe('what is asked for', () => {
  test('nothing but the name: the rest is for the server to choose', () => {
    expect(requestBody('a.test', [], {})).toEqual({ domainName: 'a.test' })
  })

  test('everything there is', () => {
    const asked = requestBody('a.test', ['*.a.test'], {
      validate: 'EMAIL',
      validationDomain: ['www.a.test=a.test'],
      days: 90,
      keyAlgorithm: 'RSA_2048',
      keepKey: true,
      exportable: true,
      tag: ['a=1', 'b==', 'c='],
    })
    expect(asked).toEqual({
      domainName: 'a.test',
      names: ['*.a.test'],
      validation: { method: 'EMAIL', domains: [{ domain: 'www.a.test', validationDomain: 'a.test' }] },
      days: 90,
      keyAlgorithm: 'RSA_2048',
      renewalKey: 'keep',
      exportable: true,
      tags: { a: '1', b: '=', c: '' },
    })
    expect(
      requestBody('a.test', [], { authority: 'CA', profile: 'tls-server', notExportable: true }),
    ).toEqual({
      domainName: 'a.test',
      authority: 'CA',
      profile: 'tls-server',
      exportable: false,
    })
  })

  test.each([
    ['managed request a.test --validation-domain a.test=test', '--validate email'],
    ['managed request a.test --validate email --validation-domain a.test', 'www.example.com=example.com'],
    ['managed request a.test --exportable --not-exportable', 'exclude each other'],
    ['managed request a.test --tag team', 'key=value'],
    ['managed request a.test --tag =x', 'key=value'],
    ['managed request a.test --validate fax', 'dns, email, http'],
    ['managed request a.test --days 0', 'from 1'],
    ['managed request', 'domain'],
    ['managed list --used --unused', 'exclude each other'],
    ['managed show a.test --pem --versions', 'exclude each other'],
    ['managed show a.test --chain --json', '--json goes without --chain'],
    ['managed tag a.test', '--none'],
    ['managed tag a.test a=1 --none', '--none goes without'],
    ['managed due --days 401', 'to 400'],
    ['managed export a.test --out x', '--format'],
    ['managed revoke a.test --reason spite', 'keyCompromise'],
  ])('%s is wrong usage', async (line, words) => {
    const world = aWorld({ environment: { CHANCERY_TOKEN: 'x' } })
    expect(await runCli(line.split(' '), world, noVerbs)).toBe(2)
    expect(world.stderr.text()).toContain(words)
  })
})

describe('what proves control', () => {
  test('one record for d and *.d, as a zone file takes it (RFC 1035 §5.1)', () => {
    const pending = one({
      status: 'PENDING_VALIDATION',
      validation: [validation('example.com', { record }), validation('*.example.com', { record })],
    })
    expect(proofsOf(pending)).toEqual([
      '; Set this in DNS, for good: each renewal looks at it again.',
      '_a.example.com. 300 IN CNAME _b.c.acm-validations.aws.',
    ])
    expect(proofsOf({ ...pending, status: 'ISSUED' })[0]).toContain('Keep this in DNS')
  })

  test('redirects, and who was asked by mail', () => {
    const redirect = { from: 'http://a.test/x.txt', to: 'http://pki.test/x.txt' }
    expect(proofsOf(one({ validation: [validation('a.test', { redirect })] })).slice(1)).toEqual([
      '  http://a.test/x.txt',
      '    to http://pki.test/x.txt',
    ])
    expect(
      proofsOf(one({ validation: [validation('a.test', { emails: ['x@a.test', 'y@a.test'] })] })),
    ).toEqual(['Asked to approve, by a link in a mail:', '  for a.test: x@a.test, y@a.test'])
    expect(proofsOf(one())).toEqual([])
  })
})

describe('what comes next', () => {
  const next = (more: Partial<ManagedCertificateJson> = {}) => nextSteps(one(more), NOON).join('\n')
  const dns = { kind: 'validated' as const, validation: [validation('www.example.com', { record })] }

  test.each<[string, Partial<ManagedCertificateJson>, readonly string[]]>([
    ['issued', {}, ['managed export ID', 'managed associate ID', 'managed show ID --chain']],
    [
      'issued and used',
      { inUseBy: ['arn'], exportable: false, renewal: { eligible: true, key: 'new' } },
      ['renewed by itself. Next', '--chain'],
    ],
    [
      'to be validated',
      { ...dns, status: 'PENDING_VALIDATION', validateUntil: isoIn(3) },
      ['in 3 days', 'managed validate ID'],
    ],
    [
      'to be approved',
      {
        status: 'PENDING_VALIDATION',
        validateUntil: isoIn(3),
        validation: [validation('a.test', { method: 'EMAIL' })],
      },
      ['managed resend ID a.test'],
    ],
    [
      'being renewed',
      {
        ...dns,
        validateUntil: isoIn(3),
        renewal: { eligible: true, key: 'new', status: 'PENDING_VALIDATION', reason: 'no CNAME' },
      },
      ['waits', 'no CNAME', 'managed validate ID'],
    ],
    ['expired', { status: 'EXPIRED', notAfter: isoIn(-1) }, ['managed renew ID']],
    ['imported', { kind: 'imported' }, ['2027-02-20 (in 90 days)', 'managed reimport ID FILES']],
    ['revoked', { status: 'REVOKED' }, [`managed request www.example.com '*.example.com'`]],
    ['failed', { ...dns, status: 'FAILED' }, [`'*.example.com' --validate dns`, 'managed delete ID']],
    ['timed out', { ...dns, status: 'VALIDATION_TIMED_OUT' }, ['--validate dns']],
  ])('when it is %s', (_, more, words) => {
    for (const each of words) expect(next(more)).toContain(each)
  })

  test('is said for every status, and every command in it is one that there is', () => {
    const program = createProgram({ world: aWorld(), connection: undefined }, noVerbs)
    const managed = program.commands.find((each) => each.name() === 'managed')
    const names = managed?.commands.map((each) => each.name())
    for (const status of MANAGED_STATUSES) {
      const text = next({ ...dns, status, validateUntil: isoIn(3) })
      const commands = [...text.matchAll(/chancery managed (\S+)/g)].map(([, name]) => name)
      expect(commands.length, status).toBeGreaterThan(0)
      expect(names, status).toEqual(expect.arrayContaining(commands))
    }
  })
})

test('facts say why it failed, in the words of the reason and of what was found', () => {
  const failed = one({ status: 'FAILED', failureReason: 'CAA_ERROR' })
  expect(managedFacts(failed, NOON)).toMatch(/Because +CAA_ERROR: the domain’s CAA records forbid/)
  expect(managedFacts({ ...failed, failureDetail: 'a.test: CAA at test' }, NOON)).toContain(
    'CAA_ERROR: a.test: CAA at test',
  )
})

test.each<[string, Partial<ManagedCertificateJson>, string | undefined]>([
  ['issued', {}, undefined],
  ['renewed', { renewal: { eligible: true, key: 'new', status: 'SUCCESS' } }, undefined],
  ['failed', { status: 'FAILED', failureDetail: 'somebody said no' }, 'is FAILED: somebody said no'],
  ['timed out', { status: 'VALIDATION_TIMED_OUT' }, 'is VALIDATION_TIMED_OUT'],
  [
    'not renewed',
    { renewal: { eligible: true, key: 'new', status: 'FAILED', reason: 'CAA_ERROR: no' } },
    'not renewed: CAA_ERROR: no',
  ],
])('waiting for one that is %s', (_, more, words) => {
  if (words === undefined) expectIssued(one(more))
  else expect(() => expectIssued(one(more))).toThrow(words)
})

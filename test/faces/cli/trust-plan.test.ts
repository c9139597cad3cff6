import { describe, expect, test } from 'vitest'
import { checked } from '../../../src/faces/cli/commands/trust.ts'
import { anchorFrom, fingerprintsIn } from '../../../src/faces/cli/trust/anchor.ts'
import type { JavaFacts, NssFacts, SystemFacts } from '../../../src/faces/cli/trust/facts.ts'
import { findTool, missingTool } from '../../../src/faces/cli/trust/host.ts'
import { javaEntries } from '../../../src/faces/cli/trust/java-store.ts'
import { nssEntries } from '../../../src/faces/cli/trust/nss-store.ts'
import { planned, type Step, type TrustVerb } from '../../../src/faces/cli/trust/plan.ts'

const anchor = {
  pem: 'PEM\n',
  subject: 'CN=Root',
  fingerprint: 'ab'.repeat(32),
  expires: 0,
  isAuthority: true,
  isRoot: true,
  nickname: 'chancery-abababababababab',
}
const absent = { presence: 'absent', trusted: false, foreignName: undefined, blocked: undefined } as const
const ours = { ...absent, presence: 'ours', trusted: true } as const
const foreign = { ...absent, presence: 'foreign', trusted: true, foreignName: '“Else”' } as const
const system: SystemFacts = {
  ...absent,
  store: 'system',
  place: '/l',
  flavour: 'debian',
  file: '/l/chancery.crt',
  tool: '/sbin/update-ca-certificates',
  elsewhere: [],
}
const nss: NssFacts = { ...absent, store: 'nss', place: '/n', exists: true, tool: '/bin/certutil' }
const java: JavaFacts = { ...absent, store: 'java', place: '/j', tool: '/bin/keytool', password: 'pw' }

const plan = (verb: TrustVerb, facts: SystemFacts | NssFacts | JavaFacts): Step =>
  planned(verb, anchor, [facts])[0] as Step

describe('the plan', () => {
  test('the system’s store: a file, then the tool', () => {
    expect(plan('install', system).actions).toEqual([
      { kind: 'write', path: '/l/chancery.crt', content: 'PEM\n' },
      { kind: 'run', program: '/sbin/update-ca-certificates', args: [] },
    ])
    expect(plan('uninstall', { ...system, ...ours }).actions).toEqual([
      { kind: 'remove', path: '/l/chancery.crt' },
      { kind: 'run', program: '/sbin/update-ca-certificates', args: ['--fresh'] },
    ])
    const rhel = { ...system, flavour: 'rhel', tool: '/bin/update-ca-trust' } as const
    expect(plan('install', rhel).actions.at(-1)).toMatchObject({
      program: '/bin/update-ca-trust',
      args: ['extract'],
    })
  })

  test('a file that is there but not heeded needs the tool alone', () => {
    expect(plan('install', { ...system, ...ours, trusted: false }).actions).toEqual([
      { kind: 'run', program: '/sbin/update-ca-certificates', args: [] },
    ])
  })

  test('NSS: for TLS servers only; a database is made when there is none', () => {
    const add = {
      kind: 'run',
      args: ['-A', '-d', 'sql:/n', '-n', anchor.nickname, '-t', 'C,,', '-a'],
      input: 'PEM\n',
    }
    expect(plan('install', nss).actions).toMatchObject([add])
    expect(plan('install', { ...nss, exists: false }).actions).toMatchObject([
      { kind: 'make-directory', path: '/n' },
      { kind: 'run', args: ['-N', '-d', 'sql:/n', '--empty-password'] },
      add,
    ])
    expect(plan('uninstall', { ...nss, ...ours }).actions).toMatchObject([
      { args: ['-D', '-d', 'sql:/n', '-n', anchor.nickname] },
    ])
  })

  test('Java: the password is no argument', () => {
    for (const step of [plan('install', java), plan('uninstall', { ...java, ...ours })]) {
      expect(step.actions).toMatchObject([{ kind: 'run', variables: { KEYSTORE_PASSWORD: 'pw' } }])
      expect(JSON.stringify(step.actions.map((it) => (it.kind === 'run' ? it.args : [])))).not.toContain('pw')
    }
  })

  test.each([system, nss, java])('$store: nothing is done twice, nor to what others added', (facts) => {
    expect(plan('install', { ...facts, ...ours })).toMatchObject({ outcome: 'nothing', actions: [] })
    expect(plan('uninstall', facts)).toMatchObject({ outcome: 'nothing', actions: [] })
    expect(plan('install', { ...facts, ...foreign })).toMatchObject({ outcome: 'nothing', actions: [] })
    expect(plan('uninstall', { ...facts, ...foreign })).toMatchObject({ outcome: 'nothing', actions: [] })
    expect(plan('uninstall', { ...facts, ...foreign }).why).toContain('“Else”')
    expect(plan('install', { ...facts, ...foreign, trusted: false })).toMatchObject({
      outcome: 'blocked',
      actions: [],
    })
  })

  test.each([system, nss, java])('$store: a missing tool blocks, and is named with its package', (facts) => {
    const step = plan('install', { ...facts, blocked: missingTool('certutil') })
    expect(step).toMatchObject({ outcome: 'blocked', actions: [] })
    expect(step.why).toContain('libnss3-tools')
    expect(plan('install', { ...facts, ...ours, blocked: 'x' }).outcome).toBe('nothing')
  })

  test('a kind of store that isn’t here is passed over', () => {
    expect(planned('install', anchor, [{ store: 'java', missing: 'no Java' }])).toMatchObject([
      { outcome: 'none', why: 'no Java', actions: [] },
    ])
  })
})

test('check tells trusted from merely there', () => {
  const state = (facts: SystemFacts) => checked(facts).state
  expect([state(system), state({ ...system, ...ours }), state({ ...system, ...foreign })]).toEqual([
    'absent',
    'trusted',
    'trusted',
  ])
  expect(state({ ...system, ...ours, trusted: false })).toBe('untrusted')
  expect(checked({ store: 'java', missing: 'none' }).state).toBe('none')
})

describe('what tools print', () => {
  test('certutil -L', () => {
    const listing = `
Certificate Nickname                                         Trust Attributes
                                                             SSL,S/MIME,JAR/XPI

chancery-abababababababab                                    C,,
Some CA, with commas - O=x                                   CT,C,C
just a leaf                                                  ,,
`
    expect(nssEntries(listing)).toEqual([
      { nickname: 'chancery-abababababababab', trusted: true },
      { nickname: 'Some CA, with commas - O=x', trusted: true },
      { nickname: 'just a leaf', trusted: false },
    ])
  })

  test('keytool -list', () => {
    const digits = (hex: string) => (hex.toUpperCase().match(/../g) ?? []).join(':')
    const listing = `Your keystore contains 2 entries

debian:acme.pem, Mar 3, 2025, trustedCertEntry, 
Certificate fingerprint (SHA-256): ${digits('cd'.repeat(32))}
own-key, Mar 3, 2025, PrivateKeyEntry, 
Certificate fingerprint (SHA-256): ${digits('ab'.repeat(32))}
`
    const entries = javaEntries(listing)
    expect(entries.get('cd'.repeat(32))).toBe('debian:acme.pem')
  })
})

describe('anchors', () => {
  test.each([
    ['nothing', ''],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['garbage in PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['two', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'.repeat(2)],
  ])('%s is refused by name', (_, text) => {
    let thrown: unknown
    try {
      anchorFrom(Buffer.from(text), '--file x.pem')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ exitCode: 2, message: expect.stringContaining('--file x.pem') })
  })

  test('a bundle with garbage in it still can be searched', () => {
    expect(fingerprintsIn('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').size).toBe(0)
  })
})

test('tools are looked for in absolute directories only', async () => {
  const found = await findTool({ environment: { PATH: '.:bin:/bin' } }, 'sh')
  expect(found).toBe('/bin/sh')
  expect(await findTool({ environment: { PATH: '' } }, 'no-such-tool-here')).toBeUndefined()
})

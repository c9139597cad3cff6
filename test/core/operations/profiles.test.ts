import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateFacts } from '../../../src/core/operations/certificates/certificate-facts.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import type { IssueCertificateRequest } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { createProfile } from '../../../src/core/operations/profiles/create-profile.ts'
import { deleteProfile } from '../../../src/core/operations/profiles/delete-profile.ts'
import type { CreateProfileRequest } from '../../../src/core/operations/profiles/profile-request.ts'
import { describeProfile, listProfiles } from '../../../src/core/operations/profiles/read-profiles.ts'
import { updateProfile } from '../../../src/core/operations/profiles/update-profile.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { decodeExtKeyUsage, decodeKeyUsage } from '../../../src/core/x509/extension-decoders.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { aLeaf, aPrincipal, aRoot, aSubordinate, barePorts, TEST_NOW, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'
import { aRequest } from './requests.ts'

let given: TestPorts
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  await aSubordinate(given)
  await aSubordinate(given, { name: 'other', subject: { commonName: 'Other' } })
})
afterAll(() => given[Symbol.asyncDispose]())

let made = 0
const fresh = (): string => `p${++made}`
const profile = async (rules: Omit<CreateProfileRequest, 'name'>): Promise<string> => {
  const name = fresh()
  await createProfile(given.ports, given.admin, { name, ...rules })
  return name
}
const issue = (more: Partial<IssueCertificateRequest>) => aLeaf(given.ports, given.admin, more)
const KEY = { algorithm: 'EC_prime256v1' } as const
const HOUR = 3600

describe('a profile of one’s own', () => {
  test('a certificate under it has its usages and purposes, and records its name and version', async () => {
    const name = await profile({
      extendedKeyUsages: ['timeStamping'],
      keyUsages: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
    })
    const { certificate } = await issue({ profile: name })
    expect(certificate.profile).toBe(`${name}@1`)
    const { extensions } = parseCertificate(certificate.der)
    const [usage, purposes] = [OID.keyUsage, OID.extKeyUsage].map((oid) =>
      extensions.find((each) => each.oid === oid),
    )
    // keyEncipherment is for keys that can, timeStamping alone must be critical (RFC 3161 §2.3).
    expect(decodeKeyUsage(usage?.value ?? new Uint8Array())).toEqual(['digitalSignature', 'keyAgreement'])
    expect(decodeExtKeyUsage(purposes?.value ?? new Uint8Array())).toEqual([OID.timeStamping])
    expect(purposes?.critical).toBe(true)
    const rsa = await issue({ profile: name, csr: aRequest({ algorithm: 'RSA_2048' }) })
    const rsaUsage = parseCertificate(rsa.certificate.der).extensions.find(({ oid }) => oid === OID.keyUsage)
    expect(decodeKeyUsage(rsaUsage?.value ?? new Uint8Array())).toEqual([
      'digitalSignature',
      'keyEncipherment',
    ])
  })

  test('a change makes a new version for what is issued from then on, and leaves what was issued', async () => {
    const name = await profile({ base: 'tls' })
    const first = await issue({ profile: name })
    const changed = await updateProfile(given.ports, given.admin, {
      name,
      members: { base: null, extendedKeyUsages: ['clientAuth'], authority: 'other' },
    })
    expect(changed).toMatchObject({ version: 2, rules: { extendedKeyUsages: ['clientAuth'] } })
    expect(changed.rules).not.toHaveProperty('base')
    await expectRefusal(issue({ profile: name }), 'policy_refused', ['profile profile_authority'])
    const second = await issue({ profile: name, authority: 'other' })
    expect([first, second].map(({ certificate }) => certificate.profile)).toEqual([`${name}@1`, `${name}@2`])
  })

  test('default, least and longest life', async () => {
    const validity = { minSeconds: HOUR, maxSeconds: 24 * HOUR, defaultSeconds: 12 * HOUR }
    const name = await profile({ base: 'tls', validity })
    const { certificate } = await issue({ profile: name })
    expect(certificate.notAfter).toBe(TEST_NOW + 12 * HOUR * 1000)
    for (const seconds of [HOUR, 24 * HOUR]) await issue({ profile: name, validity: { seconds } })
    for (const seconds of [HOUR - 1, 24 * HOUR + 1])
      await expectRefusal(issue({ profile: name, validity: { seconds } }), 'policy_refused', [
        'validity profile_validity',
      ])
    const short = await profile({ base: 'tls', validity: { maxSeconds: HOUR } })
    expect((await issue({ profile: short })).certificate.notAfter).toBe(TEST_NOW + HOUR * 1000)
  })

  test('names of a CSR and of the body pass the same rules, and everything is named at once', async () => {
    const name = await profile({
      base: 'tls-server',
      keyAlgorithms: ['RSA_2048'],
      validity: { maxSeconds: HOUR },
      names: { dns: { patterns: ['*.example.com'], max: 1 }, ip: { patterns: ['10.0.0.0/8'], min: 1 } },
      subject: { organization: { required: true } },
    })
    const dns = ['a.example.com', 'b.example.org', '*.example.com']
    const validity = { days: 1 }
    const body = issue({
      profile: name,
      key: KEY,
      names: { dns, ip: ['192.0.2.1'], uri: ['https://example.com/'] },
      subject: { commonName: 'a.example.com' },
      validity,
    })
    await expectRefusal(body, 'policy_refused', [
      'key.algorithm profile_key',
      'validity profile_validity',
      'names.dns[1] profile_name',
      'names.dns[2] profile_wildcard',
      'names.ip[0] profile_name',
      'names.uri[0] profile_name_kind',
      'names profile_name_count',
      'subject.commonName profile_subject',
      'subject.organization profile_subject_missing',
    ])
    const csr = aRequest({
      names: [
        ...dns.map((value) => ({ type: 'dns', value }) as const),
        { type: 'ip', value: '192.0.2.1' },
        { type: 'uri', value: 'https://example.com/' },
      ],
      subject: { commonName: 'a.example.com' },
    })
    const asked = issue({ profile: name, csr, validity })
    await expectRefusal(asked, 'policy_refused', [
      'csr profile_key',
      'validity profile_validity',
      'csr profile_name',
      'csr profile_wildcard',
      'csr profile_name',
      'csr profile_name_kind',
      'names profile_name_count',
      'csr.subject.commonName profile_subject',
      'csr.subject.organization profile_subject_missing',
    ])
  })

  test('a common name that is a host is a name like the others', async () => {
    const name = await profile({ base: 'tls-server', names: { dns: { patterns: ['*.example.com'] } } })
    const csr = aRequest({ names: [], subject: { commonName: 'www.example.org' } })
    await expectRefusal(issue({ profile: name, csr }), 'policy_refused', ['csr profile_name'])
  })

  test('wildcards only where they are allowed', async () => {
    const dns = { patterns: ['**.example.com'], wildcards: true }
    const name = await profile({ base: 'tls', names: { dns } })
    const { certificate } = await issue({ profile: name, key: KEY, names: { dns: ['*.a.example.com'] } })
    expect(certificateFacts(certificate.der).names).toEqual([{ type: 'dns', value: '*.a.example.com' }])
  })

  test('an attribute with a fixed value is written, and no other value is taken', async () => {
    const name = await profile({
      base: 'tls',
      subject: { organization: { value: 'Example GmbH' }, commonName: {} },
    })
    const { certificate } = await issue({ profile: name })
    expect(certificateFacts(certificate.der).subject).toBe('O=Example GmbH')
    const other = { organization: 'Elsewhere', commonName: 'www.example.com' }
    await expectRefusal(issue({ profile: name, csr: aRequest({ subject: other }) }), 'policy_refused', [
      'csr.subject.organization profile_subject_value',
    ])
  })
})

describe('refused as a profile', () => {
  test.each<[string, Partial<CreateProfileRequest>, readonly string[]]>([
    ['a fixed profile’s name', { name: 'tls' }, ['name profile_name']],
    ['an authority’s', { name: 'root-authority' }, ['name profile_name']],
    ['an odd name', { name: 'a@1' }, ['name profile_name']],
    ['a slash', { name: 'EndEntityCertificate/V1' }, ['name profile_name']],
    ['no purpose', { base: undefined as never }, ['extendedKeyUsages profile_purpose']],
    [
      'two',
      { extendedKeyUsages: [], keyUsages: ['digitalSignature'] },
      ['extendedKeyUsages profile_purpose', 'keyUsages profile_purpose'],
    ],
    ['base', { base: 'web' as never }, ['base profile_base']],
    [
      'purposes',
      { base: undefined as never, extendedKeyUsages: ['web', 'serverAuth', OID.serverAuth] },
      ['extendedKeyUsages[0] purpose', 'extendedKeyUsages[2] twice'],
    ],
    [
      'an authority’s usages',
      {
        base: undefined as never,
        extendedKeyUsages: [],
        keyUsages: ['keyCertSign', 'cRLSign', 'encipherOnly'],
      },
      ['keyUsages[0] unknown', 'keyUsages[1] unknown', 'keyUsages key_usage'],
    ],
    [
      'keys',
      { keyAlgorithms: ['EC' as never, 'ED25519', 'ED25519'] },
      ['keyAlgorithms[0] unknown', 'keyAlgorithms[2] twice'],
    ],
    ['no keys', { keyAlgorithms: [] }, ['keyAlgorithms empty']],
    [
      'lives',
      { validity: { minSeconds: 0, maxSeconds: 1.5 } },
      ['validity.minSeconds validity', 'validity.maxSeconds validity'],
    ],
    ['their order', { validity: { minSeconds: 9, maxSeconds: 8 } }, ['validity.minSeconds validity_order']],
    [
      'the default',
      { validity: { minSeconds: 9, defaultSeconds: 8 } },
      ['validity.defaultSeconds validity_order'],
    ],
    [
      'patterns',
      { names: { dns: { patterns: ['a*', 'ok.example'] }, ip: { patterns: ['x'] } } },
      ['names.dns.patterns[0] dns_wildcard', 'names.ip.patterns[0] constraint_ip'],
    ],
    [
      'counts',
      { names: { dns: { min: 2, max: 1 }, ip: { max: 1000, wildcards: true } } },
      ['names.dns.min count', 'names.ip.max count', 'names.ip.wildcards wildcards'],
    ],
    ['no name that the base needs', { names: { email: {} } }, ['names profile_names']],
    ['a kind of name', { names: { dns: {}, rid: {} } as never }, ['names.rid unknown']],
    [
      'subject',
      { subject: { country: { value: 'x' }, mood: {} } as never },
      ['subject.country.value subject_country', 'subject.mood unknown'],
    ],
  ])('%s', async (_, more, violations) => {
    const request = { name: fresh(), base: 'tls' as const, ...more }
    const defined = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined))
    const work = createProfile(given.ports, given.admin, defined as CreateProfileRequest)
    await expectRefusal(work, 'request_invalid', violations)
  })

  test('a name that is taken, an authority that isn’t there, a role that may not', async () => {
    const name = await profile({ base: 'tls' })
    await expectRefusal(createProfile(given.ports, given.admin, { name, base: 'tls' }), 'already_exists', [
      'name name_taken',
    ])
    await expectRefusal(profile({ base: 'tls', authority: 'nobody' }), 'not_found')
    const issuer = aPrincipal({ account: given.admin.account })
    await expectRefusal(createProfile(given.ports, issuer, { name: 'x', base: 'tls' }), 'forbidden')
    await expectRefusal(deleteProfile(given.ports, issuer, name), 'forbidden')
    await expectRefusal(updateProfile(given.ports, issuer, { name, members: {} }), 'forbidden')
    expect((await describeProfile(given.ports, issuer, name)).name).toBe(name)
  })
})

describe('an authority limited to some profiles', () => {
  const limit = (names: readonly string[] | null) =>
    updateAuthority(given.ports, given.admin, { reference: 'other', allowedProfiles: names })

  test('issues under no others, neither profiles nor templates', async () => {
    const name = await profile({ base: 'tls' })
    const limited = await limit([name, 'email', 'CodeSigningCertificate/V1', 'email'])
    expect(limited.allowedProfiles).toEqual([name, 'email', 'CodeSigningCertificate/V1'])
    const by = (more: Partial<IssueCertificateRequest>) => issue({ authority: 'other', ...more })
    await by({ profile: name })
    await by({ template: 'CodeSigningCertificate/V1' })
    for (const profile of [undefined, 'tls'])
      await expectRefusal(by(profile === undefined ? {} : { profile }), 'policy_refused', [
        'profile profile_not_allowed',
      ])
    await expectRefusal(by({ template: 'EndEntityCertificate/V1' }), 'policy_refused', [
      'template profile_not_allowed',
    ])
    await limit([])
    await expectRefusal(by({ profile: name }), 'policy_refused', ['profile profile_not_allowed'])
    await limit(null)
    await by({})
  })

  test('a profile that an authority names can’t be deleted', async () => {
    const name = await profile({ base: 'tls' })
    await limit([name])
    const error = await expectRefusal(deleteProfile(given.ports, given.admin, name), 'state_conflict')
    expect(error.message).toContain('“other”')
    await limit(null)
    await deleteProfile(given.ports, given.admin, name)
    await expectRefusal(describeProfile(given.ports, given.admin, name), 'not_found')
    await expectRefusal(issue({ profile: name }), 'not_found', ['profile profile'])
  })

  test('each name must be a profile or a template', async () => {
    await expectRefusal(limit(['tls', 'nothing', 'EndEntityCertificate/V9']), 'request_invalid', [
      'allowedProfiles[1] profile',
      'allowedProfiles[2] profile',
    ])
  })
})

test('two changes of one version: the second is told', async () => {
  const name = await profile({ base: 'tls' })
  const change = () => updateProfile(given.ports, given.admin, { name, members: { base: 'email' } })
  const outcomes = await Promise.allSettled([change(), change()])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await expectRefusal(
    updateProfile(given.ports, given.admin, { name, members: {}, precondition: () => false }),
    'precondition_failed',
  )
})

test('lists go page by page, by name', async () => {
  const names: string[] = []
  for (let after: string | undefined; ;) {
    const page = await listProfiles(given.ports, given.admin, { limit: 3, after })
    names.push(...page.items.map(({ name }) => name))
    if (page.next === undefined) break
    after = page.next
  }
  expect(names).toEqual([...names].sort())
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(5)
})

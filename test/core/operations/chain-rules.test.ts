import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { decodedFrom } from '../../../src/core/x509/lint-rules/decoded.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { CreateAuthorityRequest } from '../../../src/core/operations/authorities/create-authority.ts'
import type { IssueCertificateRequest } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { aLeaf, aRoot, aSubordinate, barePorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'
import { aRequest } from './requests.ts'

let given: TestPorts
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  const constrained = await aSubordinate(given, {
    name: 'constrained',
    subject: { commonName: 'Constrained' },
    pathLength: 1,
    extendedKeyUsages: ['serverAuth', OID.emailProtection],
    policies: [{ oid: '1.3.6.1.4.1.99999.1', cps: 'http://pki.example.com/cps' }, { oid: OID.anyPolicy }],
    nameConstraints: {
      permitted: { dns: ['example.com'], directory: ['O=Example GmbH,C=DE'] },
      excluded: { ip: ['0.0.0.0/0', '::/0'] },
    },
  })
  await aSubordinate(given, {
    name: 'issuing',
    parent: constrained.id,
    subject: { country: 'DE', organization: 'Example GmbH', commonName: 'Issuing' },
    makeDefault: true,
  })
})
afterAll(() => given[Symbol.asyncDispose]())

const issued = (more: Partial<IssueCertificateRequest>) =>
  aLeaf(given.ports, given.admin, { authority: 'issuing', subject: {}, ...more })

describe('what an authority two above limits', () => {
  test('stands in its certificate', async () => {
    const { chain } = await issued({ names: { dns: ['a.example.com'] } })
    const [, constrained] = chain.map((der) => decodedFrom(parseCertificate(der).extensions))
    expect(constrained?.extendedKeyUsage).toEqual([OID.serverAuth, OID.emailProtection])
    expect(constrained?.policies).toEqual(['1.3.6.1.4.1.99999.1', OID.anyPolicy])
    expect(constrained?.nameConstraints?.permitted.dns).toEqual(['example.com'])
  })

  test.each<[string, Partial<IssueCertificateRequest>, readonly string[]]>([
    ['a DNS name elsewhere', { names: { dns: ['a.example.org'] } }, ['subjectAltName[0] name_constraints']],
    ['any address', { names: { ip: ['192.0.2.1'] } }, ['subjectAltName[0] name_constraints']],
    [
      'a subject elsewhere',
      { names: { dns: ['a.example.com'] }, subject: { country: 'AT', organization: 'Example GmbH' } },
      ['subject name_constraints'],
    ],
    [
      'names that one policy finds, all at once',
      {
        names: { dns: ['a.example.com', 'b.example.org'], ip: ['2001:db8::1'] },
        subject: { organization: 'X' },
      },
      [
        'subjectAltName[1] name_constraints',
        'subjectAltName[2] name_constraints',
        'subject name_constraints',
      ],
    ],
    [
      'a purpose that it hasn’t',
      { names: { dns: ['a.example.com'] }, profile: 'tls' },
      ['extKeyUsage[1] purposes_nested'],
    ],
  ])('refuses %s', async (_, more, violations) => {
    await expectRefusal(issued(more), 'lint_failed', violations)
  })

  test('refuses a host in the common name of a request without names', async () => {
    const csr = aRequest({
      subject: { country: 'DE', organization: 'Example GmbH', commonName: 'www.example.org' },
      names: [{ type: 'email', value: 'someone@example.com' }],
    })
    const { ports, admin } = given
    await expectRefusal(
      aLeaf(ports, admin, { csr, names: { email: ['a@example.com'] }, profile: 'email' }),
      'lint_failed',
      ['subject.commonName name_constraints', 'subject.commonName common_name'],
    )
  })

  test('takes what lies within', async () => {
    const subject = { country: 'DE', organization: 'EXAMPLE  GmbH', commonName: 'a.example.com' }
    const { certificate } = await issued({ names: { dns: ['a.example.com'] }, subject })
    expect(certificate.state).toBe('issued')
  })

  test('binds an authority below it, too', async () => {
    const work = (more: Partial<CreateAuthorityRequest>) =>
      aSubordinate(given, {
        name: 'below',
        parent: 'constrained',
        subject: { country: 'DE', organization: 'Example GmbH', commonName: 'Below' },
        ...more,
      })
    await expectRefusal(work({ subject: { commonName: 'Elsewhere' } }), 'lint_failed', [
      'subject name_constraints',
    ])
    await expectRefusal(work({ extendedKeyUsages: ['clientAuth'] }), 'lint_failed', [
      'extKeyUsage[0] purposes_nested',
    ])
    await expectRefusal(work({ pathLength: 1 }), 'lint_failed', [
      'basicConstraints.pathLenConstraint path_length',
    ])
  })
})

describe('limits that are wrong', () => {
  test('are named entry by entry', async () => {
    const work = aSubordinate(given, {
      name: 'wrong',
      extendedKeyUsages: ['serverAuth', 'everything', OID.serverAuth],
      policies: [{ oid: '1.2.x' }, { oid: '1.2.3', cps: 'nowhere' }, { oid: '1.2.3' }],
    })
    await expectRefusal(work, 'request_invalid', [
      'extendedKeyUsages[1] limit_oid',
      'extendedKeyUsages[2] limit_twice',
      'policies[0] limit_oid',
      'policies[2] limit_twice',
      'policies[1].cps uri_relative',
    ])
  })

  test('are not for a root, not empty, not endless', async () => {
    await expectRefusal(
      aRoot(given, { name: 'limited', extendedKeyUsages: [], policies: [{ oid: '1.2.3' }] }),
      'request_invalid',
      ['extendedKeyUsages root_unlimited', 'extendedKeyUsages limit_empty', 'policies root_unlimited'],
    )
    const policies = Array.from({ length: 51 }, (_, n) => ({ oid: `1.2.${n}` }))
    await expectRefusal(aSubordinate(given, { name: 'endless', policies }), 'request_invalid', [
      'policies limit_count',
    ])
  })
})

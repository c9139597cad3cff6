import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  certificateFacts,
  certificatePem,
} from '../../../src/core/operations/certificates/certificate-facts.ts'
import {
  issueCertificate,
  type IssueCertificateRequest,
} from '../../../src/core/operations/certificates/issue-certificate.ts'
import { authorityCsr } from '../../../src/core/operations/authorities/authority-csr.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { importAuthorityCertificate } from '../../../src/core/operations/authorities/import-certificate.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { decodeKeyUsage } from '../../../src/core/x509/extension-decoders.ts'
import { basicConstraints, keyUsage } from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { ApiPassthrough } from '../../../src/core/x509/passthrough.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { aPrincipal, aRoot, aSubordinate, barePorts, TEST_NOW, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'
import { aRequest } from './requests.ts'

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')

let given: TestPorts
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  await aSubordinate(given)
})
afterAll(() => given[Symbol.asyncDispose]())

describe('what a template makes of a request', () => {
  const issueBy = (template: string, more: Partial<IssueCertificateRequest> = {}) =>
    issueCertificate(given.ports, given.admin, {
      authority: 's',
      csr: aRequest({ subject: { commonName: 'x' } }),
      template,
      ...more,
    })

  test('values of the API that don’t count are told as warnings', async () => {
    const { warnings } = await issueBy('EndEntityCertificate/V1', {
      passthrough: {
        subject: { commonName: 'y' },
        extensions: { keyUsage: ['digitalSignature'], subjectAlternativeNames: { dns: ['y.example.com'] } },
      },
    })
    expect(warnings.map((text) => text.replace(/ is not.*/, ''))).toEqual([
      'passthrough_ignored: subject',
      'passthrough_ignored: subjectAltName',
      'passthrough_ignored: keyUsage',
    ])
    const overridden = await issueBy('EndEntityCertificate_APIPassthrough/V1', {
      passthrough: {
        extensions: {
          extendedKeyUsage: ['codeSigning'],
          customExtensions: [
            {
              oid: OID.basicConstraints,
              value: base64(basicConstraints({ ca: true }).value),
              critical: true,
            },
          ],
        },
      },
    })
    expect(overridden.warnings.map((text) => text.replace(/ is not.*/, ''))).toEqual([
      'passthrough_ignored: basicConstraints',
      'passthrough_ignored: extKeyUsage',
    ])
  })

  test('findings that a template accepts are recorded with the certificate, with the reason', async () => {
    const csr = aRequest({ subject: { commonName: 'host.example.com' }, names: [] })
    const { certificate } = await issueBy('EndEntityCertificate/V1', { csr })
    expect(certificate.warnings).toEqual([
      expect.stringMatching(/^names_present: is missing; accepted, since AWS’s templates ask for no/),
      expect.stringMatching(/^common_name: "host\.example\.com" is not among the names.*; accepted, since/),
    ])
    // A profile accepts none: it takes the host of the common name for a name, or refuses.
    await expectRefusal(
      issueCertificate(given.ports, given.admin, {
        authority: 's',
        csr: aRequest({ subject: { commonName: 'not a host' }, names: [] }),
      }),
      'request_invalid',
      ['names names_missing'],
    )
  })

  test('keyEncipherment is left out for a key that can’t encipher, unless the installation restores AWS’s bit', async () => {
    const bits = async (ports: Ports, template: string) => {
      const { certificate } = await issueCertificate(ports, given.admin, {
        authority: 's',
        csr: aRequest({ extensions: [keyUsage(['digitalSignature', 'keyEncipherment'])] }),
        template,
      })
      const { extensions } = parseCertificate(certificate.der)
      const usage = extensions.find(({ oid }) => oid === OID.keyUsage)
      return { bits: decodeKeyUsage(usage?.value ?? new Uint8Array()), warnings: certificate.warnings }
    }
    const aws = { ...given.ports, settings: { ...given.ports.settings, awsKeyEncipherment: true } }
    for (const template of ['EndEntityCertificate/V1', 'BlankEndEntityCertificate_CSRPassthrough/V1']) {
      const ours = await bits(given.ports, template)
      expect(ours.bits).toEqual(['digitalSignature'])
      const theirs = await bits(aws, template)
      expect(theirs.bits).toEqual(['digitalSignature', 'keyEncipherment'])
      expect(theirs.warnings).toEqual([expect.stringContaining('key_usage_encipherment: keyEncipherment')])
    }
    const { warnings } = await bits(given.ports, 'BlankEndEntityCertificate_CSRPassthrough/V1')
    expect(warnings).toEqual([expect.stringMatching(/^key_usage_left_out: .*keyEncipherment/)])
  })

  test('the eight kinds of name, each as its bytes say', async () => {
    const { certificate } = await issueBy('BlankEndEntityCertificate_APIPassthrough/V1', {
      passthrough: {
        extensions: {
          keyUsage: ['digitalSignature'],
          subjectAlternativeNames: {
            dns: ['a.example.com'],
            ip: ['192.0.2.1'],
            email: ['a@example.com'],
            uri: ['https://a.example.com/'],
            rid: ['1.2.3.4'],
            directory: [{ customAttributes: [{ oid: OID.domainComponent, value: 'example' }] }],
            edi: [{ partyName: 'party', nameAssigner: 'assigner' }],
            other: [{ oid: OID.userPrincipalName, value: '0c0161' }],
          },
        },
      },
    })
    const { names } = certificateFacts(certificate.der)
    expect(names.map(({ type }) => type)).toEqual([
      'dns',
      'ip',
      'email',
      'uri',
      'rid',
      'directory',
      'edi',
      'other',
    ])
    if (!hasTool('openssl')) return
    const pem = Buffer.from(certificatePem(certificate.der))
    const { stdout } = runTool('openssl', ['x509', '-noout', '-ext', 'subjectAltName'], pem)
    expect(stdout).toMatch(
      /Registered ID:1\.2\.3\.4, DirName:.*DC ?= ?example, EdiPartyName:<unsupported>, othername: UPN::a/,
    )
  })

  test('a signature algorithm of the authority’s key for one certificate', async () => {
    const { certificate } = await issueBy('EndEntityCertificate/V1', {
      signatureAlgorithm: 'SHA512WITHECDSA',
    })
    expect(parseCertificate(certificate.der).signatureAlgorithm.oid).toBe('1.2.840.10045.4.3.4')
    await expectRefusal(
      issueBy('EndEntityCertificate/V1', { signatureAlgorithm: 'SHA256WITHRSA' }),
      'policy_refused',
      ['signatureAlgorithm signature_algorithm'],
    )
  })

  test('a time to begin, and lengths in months and years', async () => {
    const begin = TEST_NOW - 60_000
    const { certificate } = await issueBy('EndEntityCertificate/V1', {
      validity: { months: 1, notBefore: begin },
    })
    expect(certificate.notBefore).toBe(begin)
    expect(new Date(certificate.notAfter).toISOString()).toBe('2030-07-15T12:00:00.000Z')
    const early = issueBy('EndEntityCertificate/V1', { validity: { years: 1, notBefore: 0 } })
    await expectRefusal(early, 'request_invalid', ['validity.notBefore validity_before_issuer'])
    const late = issueBy('EndEntityCertificate/V1', { validity: { days: 1, notBefore: TEST_NOW + 1e9 } })
    await expectRefusal(late, 'request_invalid', ['validity.notBefore validity_order'])
  })
})

describe('a root certifies itself under RootCACertificate/V1', () => {
  const selfSigned = async (authority: string, more: Partial<IssueCertificateRequest> = {}) =>
    issueCertificate(given.ports, given.admin, {
      authority,
      csr: await authorityCsr(given.ports, given.admin, authority),
      template: 'RootCACertificate/V1',
      ...more,
    })

  test('for the first time while it waits for its certificate, which is then imported', async () => {
    await createPendingAuthority(given.ports, given.admin, {
      kind: 'root',
      name: 'waiting',
      subject: { commonName: 'Waiting' },
    })
    const { certificate, chain } = await selfSigned('waiting', { validity: { years: 10 } })
    expect(chain).toEqual([])
    expect(new Date(certificate.notAfter).toISOString()).toBe('2040-06-15T12:00:00.000Z')
    const imported = await importAuthorityCertificate(given.ports, given.admin, {
      reference: 'waiting',
      certificate: certificatePem(certificate.der),
    })
    expect(imported.status).toBe('ACTIVE')
    // Anybody else’s request gets nothing from an authority that isn’t active.
    await createPendingAuthority(given.ports, given.admin, {
      kind: 'root',
      name: 'waiting too',
      subject: { commonName: 'Waiting too' },
    })
    await expectRefusal(selfSigned('waiting too', { csr: aRequest() }), 'policy_refused', [
      'csr template_own_request',
    ])
    const leaf = { authority: 'waiting too', csr: aRequest(), template: 'EndEntityCertificate/V1' }
    await expectRefusal(issueCertificate(given.ports, given.admin, leaf), 'state_conflict')
  })

  test('again, for longer than it lives now', async () => {
    const root = await given.ports.store.reads.authorities.byName(given.admin, 'r')
    const { certificate } = await selfSigned('r', { validity: { years: 30 } })
    expect(certificate.notAfter).toBeGreaterThan(root?.certificate?.notAfter ?? 0)
  })
})

describe('refused under a template', () => {
  const AUTHORITY = 'SubordinateCACertificate_PathLen0/V1'
  const issueWith = (more: Partial<IssueCertificateRequest>, principal = given.admin) =>
    issueCertificate(given.ports, principal, {
      authority: 's',
      csr: aRequest({ subject: { commonName: 'x' } }),
      template: 'BlankEndEntityCertificate_APICSRPassthrough/V1',
      ...more,
    })
  const extensions = (given: NonNullable<ApiPassthrough['extensions']>) => ({
    passthrough: { extensions: given },
  })

  test.each<[string, Partial<IssueCertificateRequest>, string, readonly string[]]>([
    ['unknown', { template: 'EndEntityCertificate/V3' }, 'request_invalid', ['template template']],
    [
      'with a profile',
      { profile: 'tls', names: {} },
      'request_invalid',
      ['names template_excludes', 'profile template_excludes'],
    ],
    [
      'mixed subject',
      { passthrough: { subject: { commonName: 'a', customAttributes: [{ oid: '2.5.4.3', value: 'b' }] } } },
      'request_invalid',
      ['passthrough.subject.customAttributes subject_mixed'],
    ],
    [
      'attribute',
      {
        passthrough: {
          subject: {
            customAttributes: [
              { oid: '9', value: 'b' },
              { oid: '2.5.4.6', value: 'xx' },
              { oid: '2.5.4.3', value: '' },
            ],
          },
        },
      },
      'request_invalid',
      [
        'passthrough.subject.customAttributes[0].oid subject_oid',
        'passthrough.subject.customAttributes[1].value subject_country',
        'passthrough.subject.customAttributes[2].value subject_empty',
      ],
    ],
    [
      'key usage',
      extensions({ keyUsage: ['x' as 'cRLSign', 'cRLSign', 'cRLSign'] }),
      'request_invalid',
      ['passthrough.extensions.keyUsage[0] key_usage', 'passthrough.extensions.keyUsage[2] key_usage_twice'],
    ],
    [
      'purpose',
      extensions({ extendedKeyUsage: ['webServer', 'serverAuth', '1.3.6.1.5.5.7.3.1'] }),
      'request_invalid',
      [
        'passthrough.extensions.extendedKeyUsage[0] purpose',
        'passthrough.extensions.extendedKeyUsage[2] purpose_twice',
      ],
    ],
    [
      'nothing',
      extensions({
        keyUsage: [],
        extendedKeyUsage: [],
        certificatePolicies: [],
        subjectAlternativeNames: {},
      }),
      'request_invalid',
      [
        'passthrough.extensions.certificatePolicies empty',
        'passthrough.extensions.extendedKeyUsage empty',
        'passthrough.extensions.keyUsage empty',
        'passthrough.extensions.subjectAlternativeNames empty',
      ],
    ],
    [
      'policy',
      extensions({ certificatePolicies: [{ oid: 'x', cps: 'ftp' }, { oid: '1.2.3' }, { oid: '1.2.3' }] }),
      'request_invalid',
      [
        'passthrough.extensions.certificatePolicies[0].oid policy_oid',
        'passthrough.extensions.certificatePolicies[0].cps uri_relative',
        'passthrough.extensions.certificatePolicies[2].oid policy_twice',
      ],
    ],
    [
      'names',
      extensions({
        subjectAlternativeNames: { dns: ['a b'], directory: [{ country: 'x' }], edi: [{ partyName: '' }] },
      }),
      'request_invalid',
      [
        'passthrough.extensions.subjectAlternativeNames.directory[0].country subject_country',
        'passthrough.extensions.subjectAlternativeNames.edi[0].partyName edi_text',
      ],
    ],
    [
      'custom',
      extensions({
        customExtensions: [
          { oid: '1', value: 'BQA=' },
          { oid: '1.2.3', value: '***' },
          { oid: '1.2.4', value: 'BQAA' },
          { oid: '1.2.5', value: 'BQA=' },
          { oid: '1.2.5', value: 'BQA=' },
        ],
      }),
      'request_invalid',
      [
        'passthrough.extensions.customExtensions[0].oid extension_oid',
        'passthrough.extensions.customExtensions[1].value extension_base64',
        'passthrough.extensions.customExtensions[2].value extension_der',
        'passthrough.extensions.customExtensions[4].oid extension_twice',
      ],
    ],
    [
      'malformed inside a known one',
      extensions({ customExtensions: [{ oid: OID.nameConstraints, value: 'BQA=' }] }),
      'request_invalid',
      ['passthrough.extensions.customExtensions[0].value extension_der'],
    ],
    [
      'given twice',
      extensions({
        keyUsage: ['digitalSignature'],
        customExtensions: [{ oid: OID.keyUsage, value: 'AwIHgA==' }],
      }),
      'request_invalid',
      ['passthrough.extensions.customExtensions[0].oid extension_twice'],
    ],
    [
      'a bad name in a custom one',
      extensions({ customExtensions: [{ oid: OID.subjectAltName, value: 'MAWCA2EgYg==' }] }),
      'request_invalid',
      ['passthrough.extensions.customExtensions[0].value[0] dns_space'],
    ],
    [
      'malformed in the CSR',
      {
        csr: aRequest({
          extensions: [{ oid: OID.extKeyUsage, critical: false, value: Uint8Array.of(5, 0) }],
        }),
      },
      'csr_invalid',
      ['csr.extKeyUsage extension_der'],
    ],
    [
      'keyCertSign for a leaf',
      extensions({ keyUsage: ['keyCertSign'] }),
      'lint_failed',
      ['keyUsage key_usage_kind'],
    ],
    [
      'another root’s key',
      { template: 'RootCACertificate/V1', authority: 'r' },
      'policy_refused',
      ['csr template_own_request'],
    ],
    [
      'a subject of the chain',
      { template: AUTHORITY, authority: 'r', csr: aRequest({ subject: { commonName: 'R' } }) },
      'policy_refused',
      ['subject subject_taken'],
    ],
    ['path length', { template: AUTHORITY }, 'lint_failed', ['basicConstraints path_length']],
  ])('%s', async (_, more, code, violations) => {
    await expectRefusal(issueWith(more), code as 'request_invalid', violations)
  })

  test('a passthrough without a template, and a template without a CSR', async () => {
    const { ports, admin } = given
    await expectRefusal(
      issueCertificate(ports, admin, { csr: aRequest(), passthrough: {} }),
      'request_invalid',
      ['passthrough passthrough_without_template'],
    )
    await expectRefusal(
      issueCertificate(ports, admin, { key: { algorithm: 'ED25519' }, template: AUTHORITY }),
      'request_invalid',
      ['key template_excludes', 'csr csr_missing'],
    )
    const subordinate = issueCertificate(ports, admin, {
      authority: 's',
      csr: aRequest(),
      template: 'RootCACertificate/V1',
    })
    await expectRefusal(subordinate, 'state_conflict')
  })

  test('whoever may issue leaves may not issue authorities', async () => {
    const issuer = aPrincipal({ ...given.admin, role: 'issuer' })
    const more = { template: AUTHORITY, authority: 'r' }
    await expectRefusal(issueWith(more, issuer), 'forbidden')
    await expect(issueWith({}, issuer)).resolves.toBeDefined()
    await expect(issueWith(more)).resolves.toBeDefined()
  })
})

import { describe, expect, test } from 'vitest'
import { ACCEPTED_FINDINGS, acceptedBy } from '../../../src/core/domain/accepted-findings.ts'
import { TEMPLATES, templateArn, templateFrom, type Template } from '../../../src/core/domain/templates.ts'
import { LINT_RULES } from '../../../src/core/x509/lint.ts'
import { AWS_TEMPLATES, type AwsTemplate } from '../../support/aws-templates.ts'

/** AWS's table says so of the subject, though the variety has no API to pass it through. */
const ODD_SUBJECT = 'BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough/V1'

/** A template of ours written as AWS's table writes it. */
function asAwsWrites(template: Template): AwsTemplate {
  const { name, kind, passthrough, basicConstraints, keyUsage, extendedKeyUsage } = template
  const subject =
    passthrough.api || name === ODD_SUBJECT ? '[Passthrough from API or CSR]' : '[Passthrough from CSR]'
  const sources = { authority: 'CA configuration', api: 'API', csr: 'CSR' }
  const points = template.crlDistributionPoints.map((source) => sources[source])
  const listed =
    points.length < 3 ? points.join(' or ') : `${points.slice(0, -1).join(', ')}, or ${points.at(-1)}`
  return {
    name,
    arn: templateArn(template),
    passthrough,
    subject,
    subjectAlternativeName: subject,
    basicConstraints: {
      critical: basicConstraints.critical,
      ca: basicConstraints.ca,
      pathLen: basicConstraints.pathLength ?? null,
    },
    keyUsage: keyUsage === undefined ? null : { critical: true, values: keyUsage },
    extendedKeyUsage:
      extendedKeyUsage === undefined
        ? null
        : { critical: extendedKeyUsage.critical, values: extendedKeyUsage.purposes },
    authorityKeyIdentifier:
      kind !== 'root'
        ? '[SKI from CA certificate]'
        : name === 'RootCACertificate_APIPassthrough/V1'
          ? '[Passthrough from API]'
          : null,
    subjectKeyIdentifier: '[Derived from CSR]',
    crlDistributionPoints: points.length === 0 ? null : `[Passthrough from ${listed}]`,
  }
}

const sameCase = (text: string | null): string | null =>
  text?.replace('CA Certificate', 'CA certificate') ?? null

describe('the table of templates', () => {
  test('has AWS’s 61, none missing and none more', () => {
    expect(TEMPLATES.size).toBe(61)
    expect([...TEMPLATES.keys()].sort()).toEqual(AWS_TEMPLATES.map(({ name }) => name).sort())
  })

  test.each(AWS_TEMPLATES.map((row) => [row.name, row] as const))(
    '%s is AWS’s, cell by cell',
    (name, row) => {
      const ours = asAwsWrites(templateFrom(name))
      expect(ours).toEqual({ ...row, authorityKeyIdentifier: sameCase(row.authorityKeyIdentifier) })
      expect(templateFrom(row.arn)).toBe(templateFrom(name))
    },
  )

  test('a template of another partition is the same one', () => {
    const template = templateFrom('EndEntityCertificate/V1')
    expect(templateFrom(templateArn(template, 'aws-us-gov'))).toBe(template)
  })

  test.each([
    '',
    'EndEntityCertificate',
    'EndEntityCertificate/V2',
    'constructor',
    'arn:aws:acm-pca:::template/',
    'endentitycertificate/V1',
  ])('unknown: %j', (name) => {
    expect(() => templateFrom(name)).toThrow(
      expect.objectContaining({
        code: 'request_invalid',
        violations: [expect.objectContaining({ code: 'template', field: 'template' })],
      }),
    )
  })
})

describe('accepted findings', () => {
  test('are errors of the lint, each with a reason, and each of some template', () => {
    const errors = LINT_RULES.filter(({ severity }) => severity === 'error').map(({ id }) => id)
    for (const { rule, why, by } of ACCEPTED_FINDINGS) {
      expect(errors).toContain(rule)
      expect(why.length).toBeGreaterThan(20)
      expect([...TEMPLATES.values()].some(by), rule).toBe(true)
      expect([...TEMPLATES.values()].every(by), rule).toBe(false)
    }
  })

  test('never concern the chain, the key, or who is an authority', () => {
    const never = LINT_RULES.map(({ id }) => id).filter((id) =>
      /^(basic_constraints|path_length|issuer_|name_constraints|validity_|purposes_nested|extension_authority_only|rsa_|ec_|ed25519_|key_kind|serial_|signature_)/.test(
        id,
      ),
    )
    expect(never.length).toBeGreaterThan(12)
    for (const template of TEMPLATES.values())
      for (const id of never) expect(acceptedBy(template, true).has(id), `${template.name} ${id}`).toBe(false)
  })

  test('the encipherment of keys that can’t only where the installation says so', () => {
    const template = templateFrom('EndEntityCertificate/V1')
    expect(acceptedBy(template, false).has('key_usage_encipherment')).toBe(false)
    expect(acceptedBy(template, true).has('key_usage_encipherment')).toBe(true)
  })
})

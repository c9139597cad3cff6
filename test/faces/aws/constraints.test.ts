import { describe, expect, test } from 'vitest'
import { AwsRefusal, ValidationRefusal } from '../../../src/faces/aws/refusals.ts'
import { SERVICES } from '../../../src/faces/aws/models/index.ts'
import { readInput } from '../../../src/faces/aws/shapes/read.ts'
import type { StructureShape } from '../../../src/faces/aws/shapes/shape.ts'
import { sampleOf, variantsOf, type Variant } from './support/samples.ts'

function saidAbout(input: StructureShape, json: unknown): string | undefined {
  try {
    readInput(input, json)
    return undefined
  } catch (error) {
    if (error instanceof AwsRefusal) return `${error.type}: ${error.message}`
    throw error
  }
}

/** What is wrong with how a variant was taken. */
function wrongAbout(input: StructureShape, { where, what, input: json, constraint }: Variant): string[] {
  const said = saidAbout(input, json)
  const expected =
    constraint === undefined ? undefined : `at '${where}' failed to satisfy constraint: ${constraint}`
  const right = expected === undefined ? said === undefined : said?.includes(expected) === true
  return right ? [] : [`${where} ${what}: expected ${expected ?? 'nothing'}, said ${said ?? 'nothing'}`]
}

describe.each(SERVICES.map((each) => [each.name, each] as const))('%s', (_, { operations }) => {
  test.each(Object.entries(operations))('%s: every member at both bounds, and beyond', (_, { input }) => {
    expect(saidAbout(input, sampleOf(input))).toBeUndefined()
    const wrong = [...variantsOf(input.members)].flatMap((variant) => wrongAbout(input, variant))
    expect(wrong).toEqual([])
  })
  test.each(Object.entries(operations))(
    '%s: values of other types are malformed, what is unknown is left out',
    (_, { input }) => {
      const sample = sampleOf(input) as Record<string, unknown>
      expect(readInput(input, { ...sample, NoSuchMember: { deep: [1] } })).toEqual(readInput(input, sample))
      for (const json of [null, 'text', 7, []])
        expect(saidAbout(input, json)).toMatch(/^SerializationException: the input: /)
      for (const [name, { kind }] of Object.entries(input.members)) {
        const other = kind === 'string' || kind === 'blob' ? 7 : 'text'
        expect(saidAbout(input, { ...sample, [name]: other })).toMatch(/^SerializationException: /)
      }
    },
  )
})

describe('what is said of constraints', () => {
  const { input } =
    SERVICES.find(({ name }) => name === 'acm-pca')?.operations['TagCertificateAuthority'] ?? {}
  const arn = 'arn:aws:acm-pca:r:1:a'
  test('all of them at once, with the values, in the words of AWS’s front end (contract §2)', () => {
    expect(() =>
      readInput(input as StructureShape, {
        CertificateAuthorityArn: 'x',
        Tags: [{ Key: '' }, { Value: 'v' }],
      }),
    ).toThrow(
      expect.objectContaining({
        message:
          "4 validation errors detected: Value 'x' at 'certificateAuthorityArn' failed to satisfy constraint: Member must have length greater than or equal to 5; " +
          "Value 'x' at 'certificateAuthorityArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*; " +
          "Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
          "Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null",
      }),
    )
  })
  test('octets, which may be a key, are not said again; long texts are cut', () => {
    const issue = SERVICES.find(({ name }) => name === 'acm-pca')?.operations['IssueCertificate']?.input
    const error = (() => {
      try {
        readInput(issue as StructureShape, {
          CertificateAuthorityArn: `${arn}${'x'.repeat(5000)}`,
          Csr: Buffer.alloc(40_000, 65).toString('base64'),
        })
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(error).toBeInstanceOf(ValidationRefusal)
    expect((error as Error).message).toContain("Value at 'csr' failed to satisfy constraint")
    expect((error as Error).message.length).toBeLessThan(2000)
  })
  test('numbers out of range and of other kinds are malformed', () => {
    const list = SERVICES.find(({ name }) => name === 'acm-pca')?.operations['ListTags']
      ?.input as StructureShape
    for (const MaxResults of [1.5, 2 ** 31, 1e300, -(2 ** 53)])
      expect(saidAbout(list, { CertificateAuthorityArn: arn, MaxResults })).toMatch(
        /^SerializationException: maxResults/,
      )
  })
})

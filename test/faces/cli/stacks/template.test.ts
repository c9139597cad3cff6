import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { CliFailure } from '../../../../src/faces/cli/failure.ts'
import { planOf } from '../../../../src/faces/cli/stacks/plan.ts'
import { parameterValues } from '../../../../src/faces/cli/stacks/template/parameters.ts'
import { parseTemplate } from '../../../../src/faces/cli/stacks/template/parse-template.ts'

const place = { name: 'pki', account: '111122223333', region: 'eu-central-1' }
const planned = (text: string, given: Readonly<Record<string, string>> = {}) => {
  const template = parseTemplate(text, 't.yaml')
  const values = parameterValues(template, new Map(Object.entries(given)))
  return planOf({ template, fileName: 't.yaml', values, place }, {}, new Map())
}
const failureOf = (text: string, given: Readonly<Record<string, string>> = {}): CliFailure => {
  try {
    planned(text, given)
  } catch (error) {
    if (error instanceof CliFailure) return error
    throw error
  }
  throw new Error('it was taken')
}
const ROOT = `Resources:
  Root:
    Type: AWS::ACMPCA::CertificateAuthority
    Properties:
      Type: ROOT
      KeyAlgorithm: EC_prime256v1
      SigningAlgorithm: SHA256WITHECDSA
      Subject: {CommonName: Root}
`
const web = (properties: string): string =>
  `Resources:\n  Web:\n    Type: AWS::CertificateManager::Certificate\n    Properties: ${properties}\n`

describe('a template that can’t be used says where, and what would be right', () => {
  test.each([
    ['', '1:1: Resources: at least one resource is needed'],
    ['Resources: [', '1:13: isn’t YAML: '],
    ['{"Resources": {}, "Resources": {}}', '1:19: the key stands here twice'],
    ['Resources: &a {}\nOutputs: *a', '2:10: *a is an alias, which isn’t possible here'],
    ['Resources: {}\n---\nResources: {}', 'one template a file'],
    ['Resorces: {}', '1:1: Resorces is no key that is possible here; did you mean Resources?'],
    ['AWSTemplateFormatVersion: 2011-01-01\n' + ROOT, 'AWSTemplateFormatVersion: 2010-09-09 is the only one'],
    ['Resources:\n  Root: {}', '2:3: Resources.Root.Type: one of AWS::ACMPCA::CertificateAuthority, '],
    [
      'Resources:\n  Root:\n    Type: AWS::ACMPCA::CertificateAuthorty',
      '3:11: Resources.Root.Type: AWS::ACMPCA::CertificateAuthorty isn’t a type that is possible here; did you mean AWS::ACMPCA::CertificateAuthority?',
    ],
    ['Resources:\n  My-Root:\n    Type: x', '2:3: Resources.My-Root: a name is 1 to 255 letters and digits'],
    [
      ROOT.replace('EC_prime256v1', 'EC_prime256v2'),
      '6:21: Resources.Root.Properties.KeyAlgorithm: "EC_prime256v2" is none of RSA_2048',
    ],
    [ROOT.replace('      Type: ROOT\n', ''), 'Resources.Root.Properties.Type: is needed'],
    [
      ROOT.replace('KeyAlgorithm', 'KeyAlgoritm'),
      '6:7: Resources.Root.Properties: KeyAlgoritm is no property that is possible here; did you mean KeyAlgorithm?',
    ],
    [
      ROOT.replace('{CommonName: Root}', 'Root'),
      '8:16: Resources.Root.Properties.Subject: a mapping is expected, not a single value',
    ],
    [
      ROOT.replace('{CommonName: Root}', '{}'),
      '8:7: Resources.Root.Properties.Subject: at least one of Country',
    ],
    [ROOT.replace('{CommonName: Root}', '{Country: Germany}'), 'a country’s two letters'],
    [
      ROOT + '    DependsOn: Roott\n',
      'Resources.Root.DependsOn: there is no resource Roott; did you mean Root?',
    ],
    [ROOT + '    DependsOn: Root\n', '2:3: Resources.Root: leans on itself: Root → Root'],
    [ROOT + '    DeletionPolicy: Snapshot\n', '"Snapshot" is none of Delete, Retain'],
    [ROOT + '    CreationPolicy: {}\n', 'CreationPolicy is no key that is possible here'],
    [
      ROOT + 'Outputs:\n  X: {Value: !Ref Rot}\n',
      '10:19: Outputs.X: there is no parameter and no resource Rot; did you mean Root?',
    ],
    [ROOT + 'Outputs:\n  X: {Value: !GetAtt Root.Arm}\n', 'has no attribute Arm; did you mean Arn?'],
    [
      ROOT + 'Outputs:\n  X: {Value: !GetAtt Root}\n',
      'Fn::GetAtt: a resource and one of its attributes, as Resource.Attribute, is expected',
    ],
    [ROOT + 'Outputs:\n  X: {Value: !Sub "${Root.Arn}${}"}\n', 'Fn::Sub: ${} names nothing'],
    [ROOT + 'Outputs:\n  X: {Value: !Sub ["a", {B: c}]}\n', 'Fn::Sub: ${B} doesn’t stand in the text'],
    [
      ROOT + 'Outputs:\n  X: {Value: !Joyn [a, [b]]}\n',
      'Fn::Joyn isn’t a function that is possible here; did you mean Fn::Join?',
    ],
    [
      ROOT + 'Outputs:\n  X: {Value: !ImportValue y}\n',
      'Fn::ImportValue isn’t a function that is possible here; these are: Ref',
    ],
    [ROOT + 'Outputs:\n  X: {Value: !Join [a]}\n', 'Fn::Join: [separator, [texts …]] is expected'],
    [ROOT + 'Outputs:\n  X: {Value: {Ref: Root, Fn::Sub: x}}\n', 'Ref must stand alone'],
    [ROOT + 'Outputs:\n  X: {Value: [a]}\n', 'Outputs.X.Value: a single value is expected'],
    [
      ROOT + 'Outputs:\n  X: {Value: !Select [2, [a, b]]}\n',
      'Fn::Select: a number from 0 to 1 is expected first',
    ],
    [ROOT + 'Outputs:\n  X: {Value: y, Export: {Name: z}}\n', 'Export isn’t possible here'],
    [ROOT + 'Outputs:\n  X: {Value: !If [Prod, a, b]}\n', 'there is no condition Prod'],
    [
      ROOT +
        'Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nOutputs:\n  X: {Value: !If [A, a, b]}\n',
      'leans on itself: A → B → A',
    ],
    [ROOT + 'Conditions:\n  A: !Equals [!Ref Root, b]\n', 'a condition can’t ask a resource'],
    [ROOT + 'Conditions:\n  A: true\n', 'a condition is expected: Fn::Equals'],
    [
      ROOT + '    Condition: No\nConditions:\n  No: !Equals [a, b]\nOutputs:\n  X: {Value: !Ref Root}\n',
      'Root isn’t made: its condition doesn’t hold',
    ],
    [ROOT + 'Parameters:\n  P: {Type: Text}\n', '"Text" is none of String, Number'],
    [ROOT + 'Parameters:\n  P: {Type: String, AllowedPattern: "("}\n', 'isn’t a regular expression'],
    [web('{DomainName: a b}'), 'a domain name such as www.example.com or *.example.com is expected'],
    [
      web('{DomainName: a.test, DomainValidationOptions: [{DomainName: b.test}]}'),
      'b.test isn’t among the certificate’s names',
    ],
    [
      web(
        '{DomainName: a.test, ValidationMethod: EMAIL, DomainValidationOptions: [{DomainName: a.test, HostedZoneId: a.test}]}',
      ),
      'goes with ValidationMethod: DNS only',
    ],
    [web('{DomainName: a.test, Tags: [{Key: "aws:x", Value: y}]}'), 'a key that doesn’t begin with aws:'],
    [web('{DomainName: a.test, ValidationMethod: HTTP}'), '"HTTP" is none of EMAIL, DNS'],
  ])('%j', (text, words) => {
    const { exitCode, advice } = failureOf(text)
    expect([exitCode, advice.join('\n')]).toEqual([2, expect.stringContaining(words)])
    for (const line of advice) expect(line).toMatch(/^t\.yaml:\d+:\d+: \S/)
  })

  test('everything that is wrong is said at once, in order', () => {
    const text =
      ROOT.replace('ROOT', 'ROT').replace('SHA256WITHECDSA', 'MD5') + 'Outputs:\n  X: {Value: [a]}\n'
    expect(failureOf(text).advice.map((line) => line.split(': ')[0])).toEqual([
      't.yaml:5:13',
      't.yaml:7:25',
      't.yaml:10:14',
    ])
  })

  test('an ApiPassthrough that the template would ignore, and templates that there aren’t', () => {
    const certificate = (template: string) => `${ROOT}  Leaf:
    Type: AWS::ACMPCA::Certificate
    Properties:
      CertificateAuthorityArn: !Ref Root
      CertificateSigningRequest: x
      SigningAlgorithm: SHA256WITHECDSA
      TemplateArn: arn:aws:acm-pca:::template/${template}
      Validity: {Type: DAYS, Value: 1}
      ApiPassthrough: {Subject: {CommonName: x}}
`
    expect(planned(certificate('EndEntityCertificate_APIPassthrough/V1')).changes).toHaveLength(2)
    expect(failureOf(certificate('EndEntityCertificate/V1')).advice[0]).toContain(
      ':17:7: Resources.Leaf.Properties.ApiPassthrough: doesn’t go through EndEntityCertificate/V1',
    )
    expect(failureOf(certificate('EndEntityCertificte/V1')).advice[0]).toContain(
      'did you mean EndEntityCertificate/V1?',
    )
  })
})

describe('parameters', () => {
  const text = `Parameters:
  Days: {Type: Number, Default: 30, MinValue: 1, MaxValue: 90}
  Names: {Type: CommaDelimitedList, Default: 'a.test, b.test'}
  Secret: {Type: String, NoEcho: true, MinLength: 3}
  Kind: {Type: String, Default: ROOT, AllowedValues: [ROOT, SUBORDINATE], ConstraintDescription: 'must be a kind'}
${web('{DomainName: !Select [0, !Ref Names], SubjectAlternativeNames: !Ref Names, Tags: [{Key: days, Value: !Ref Days}, {Key: x, Value: !Ref Secret}]}')}`

  test('are given, or have defaults; lists are lists; what is secret isn’t shown', () => {
    const [change] = planned(text, { Secret: 'hidden' }).changes
    expect(change?.properties).toEqual({
      DomainName: 'a.test',
      SubjectAlternativeNames: ['a.test', 'b.test'],
      Tags: [
        { Key: 'days', Value: '30' },
        { Key: 'x', Value: 'hidden' },
      ],
    })
    expect(change?.differences.filter(({ secret }) => secret).map(({ path }) => path)).toEqual(['Tags'])
  })

  test.each([
    [{}, 'Secret: has no default'],
    [{ Secret: 'ab' }, 'Secret: the value is shorter than 3'],
    [{ Secret: 'abc', Days: '91' }, 'Days: "91" is more than 90'],
    [{ Secret: 'abc', Days: 'x' }, 'Days: "x" is no number'],
    [{ Secret: 'abc', Kind: 'LEAF' }, 'Kind: "LEAF" must be a kind'],
    [{ Secret: 'abc', Dais: '1' }, 'Dais: the template has no such parameter; did you mean Days?'],
  ])('%j', (given, words) => {
    expect(failureOf(text, given as Record<string, string>).advice.join('\n')).toContain(words)
  })
})

test('functions give what they say, in their long and short forms', () => {
  const value = (expression: string) =>
    [
      ...planned(`Mappings: {M: {eu-central-1: {Name: frankfurt}}}
Conditions: {Here: !And [!Equals [!Ref AWS::Region, eu-central-1], !Not [!Equals [a, b]]]}
${ROOT}Outputs:
  X: {Value: ${expression}}
`).outputs,
    ][0]?.[1].value
  expect(value('!Ref AWS::StackName')).toBe('pki')
  expect(value('!Sub "${AWS::Partition} ${!AWS::Region} ${AWS::AccountId}"')).toBe(
    'aws ${AWS::Region} 111122223333',
  )
  expect(value('!Sub ["${A}-${AWS::Region}", {A: !Join ["", [x, y]]}]')).toBe('xy-eu-central-1')
  expect(value('!Select [1, !Split [",", "a,b,c"]]')).toBe('b')
  expect(value('!If [Here, yes, no]')).toBe('yes')
  expect(value('!FindInMap [M, !Ref AWS::Region, Name]')).toBe('frankfurt')
  expect(value('{"Fn::Join": ["/", ["a", {"Fn::If": ["Here", {"Ref": "AWS::NoValue"}, "b"]}, "c"]]}')).toBe(
    'a/c',
  )
  expect(value('012345678901')).toBe('012345678901')
  expect(value('!Sub "${Root.Arn}"')).toBeUndefined()
})

const SAMPLE = stringify({
  Parameters: { Days: { Type: 'Number', Default: 30 } },
  Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } },
  Resources: {
    Web: {
      Type: 'AWS::CertificateManager::Certificate',
      Condition: 'Yes',
      Properties: {
        DomainName: { 'Fn::Sub': 'www.${AWS::StackName}.test' },
        Tags: [{ Key: 'days', Value: { Ref: 'Days' } }],
      },
    },
  },
  Outputs: { Web: { Value: { 'Fn::Join': ['-', [{ Ref: 'Web' }, 'x']] } } },
})

test('whatever bytes are changed, a template is taken or refused with words, and nothing else happens', () => {
  const bytes = Buffer.from(SAMPLE)
  expect(planned(SAMPLE).changes).toHaveLength(1)
  const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(edits, fc.nat(bytes.length), (changes, cut) => {
      const copy = Buffer.from(bytes)
      for (const [at, octet] of changes) copy[at] = octet
      const text = copy.subarray(0, cut % 3 === 0 ? cut : copy.length).toString('utf8')
      try {
        planned(text)
      } catch (error) {
        if (!(error instanceof CliFailure)) throw error
        expect(error.exitCode).toBe(2)
      }
    }),
    { numRuns: 2000 },
  )
})

test('the same as JSON and as YAML', () => {
  const json = JSON.stringify(
    {
      Resources: {
        Web: { Type: 'AWS::CertificateManager::Certificate', Properties: { DomainName: 'a.test' } },
      },
    },
    null,
    '\t',
  )
  expect(planned(json).changes[0]?.properties).toEqual(
    planned(web('{DomainName: a.test}')).changes[0]?.properties,
  )
})

test.each([
  ['brackets', '['.repeat(5000)],
  ['mappings', '{a: '.repeat(5000)],
  ['bytes', `Description: ${'x'.repeat(1_048_577)}`],
])('too many %s are refused', (_, text) => {
  expect(failureOf(text).exitCode).toBe(2)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeOf, type Change } from '../../../../src/faces/cli/stacks/change.ts'
import { isEqual } from '../../../../src/faces/cli/stacks/differences.ts'
import { namesFor, type KnownResource } from '../../../../src/faces/cli/stacks/names.ts'
import { isEmpty, planOf, type Wanted } from '../../../../src/faces/cli/stacks/plan.ts'
import { planText } from '../../../../src/faces/cli/stacks/plan-text.ts'
import { isKnown } from '../../../../src/faces/cli/stacks/shapes.ts'
import { inReverse, type Made, type Resources } from '../../../../src/faces/cli/stacks/state.ts'
import { newProblems } from '../../../../src/faces/cli/stacks/template/problems.ts'
import { parseTemplate } from '../../../../src/faces/cli/stacks/template/parse-template.ts'
import { RESOURCE_TYPES } from '../../../../src/faces/cli/stacks/types/resource-types.ts'

const place = { name: 'pki', account: '111122223333', region: 'us-east-1' }
const wantedOf = (sections: object): Wanted => {
  const template = parseTemplate(JSON.stringify(sections), 't.json')
  return { template, fileName: 't.json', values: new Map(), place }
}
const ARN = 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/'

/** What there is once a template has been applied: every id is new for what is made. */
let made = 0
function applied(wanted: Wanted, before: Resources): Resources {
  const known = new Map<string, KnownResource>()
  const after: Record<string, Made> = {}
  for (const [logicalId, resource] of wanted.template.resources) {
    const problems = newProblems()
    const names = namesFor(wanted.template, wanted.values, place, known, problems)
    const change = changeOf(logicalId, resource, names, before[logicalId], undefined, problems)
    expect(problems.all).toEqual([])
    after[logicalId] = madeBy(change)
    known.set(logicalId, { ref: after[logicalId].physicalId, attributes: after[logicalId].attributes })
  }
  return after
}

function madeBy({ logicalId, resource, action, before, properties }: Change): Made {
  if (!isKnown(properties)) throw new Error(`${logicalId} has unknown properties`)
  const keeps = action === 'keep' || action === 'update'
  const physicalId = keeps && before !== undefined ? before.physicalId : `${ARN}${logicalId}-${made++}`
  const names: readonly string[] = RESOURCE_TYPES[resource.type].attributes
  return {
    type: resource.type,
    physicalId,
    ready: true,
    properties: properties,
    attributes: Object.fromEntries(names.map((name) => [name, `-----BEGIN X-----${name} of ${physicalId}`])),
    dependsOn: [...resource.dependsOn],
    deletionPolicy: resource.deletionPolicy,
    updateReplacePolicy: resource.updateReplacePolicy,
  }
}

/** Templates of authorities that sign one another, each of those before it or none. */
const hierarchies = fc
  .array(
    fc.record({
      parent: fc.nat(5),
      common: fc.constantFrom('A', 'B'),
      days: fc.integer({ min: 1, max: 2 }),
      crl: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((rows) => {
    const resources: Record<string, object> = {}
    // The last first: the order in a template says nothing.
    for (const [at, { parent, common, days, crl }] of [...rows.entries()].reverse()) {
      const above = at === 0 ? 0 : parent % at
      resources[`Act${at}`] = {
        Type: 'AWS::ACMPCA::CertificateAuthorityActivation',
        Properties: {
          CertificateAuthorityArn: { Ref: `Ca${at}` },
          Certificate: { 'Fn::GetAtt': `Crt${at}.Certificate` },
          ...(at === 0
            ? {}
            : { CertificateChain: { 'Fn::GetAtt': [`Act${above}`, 'CompleteCertificateChain'] } }),
        },
      }
      resources[`Crt${at}`] = {
        Type: 'AWS::ACMPCA::Certificate',
        Properties: {
          CertificateAuthorityArn: { Ref: `Ca${above}` },
          CertificateSigningRequest: { 'Fn::GetAtt': [`Ca${at}`, 'CertificateSigningRequest'] },
          SigningAlgorithm: 'SHA256WITHECDSA',
          Validity: { Type: 'DAYS', Value: days },
        },
      }
      resources[`Ca${at}`] = {
        Type: 'AWS::ACMPCA::CertificateAuthority',
        Properties: {
          Type: 'ROOT',
          KeyAlgorithm: 'EC_prime256v1',
          SigningAlgorithm: 'SHA256WITHECDSA',
          Subject: { CommonName: common },
          RevocationConfiguration: { CrlConfiguration: { Enabled: crl } },
        },
      }
    }
    return { Resources: resources }
  })

test('what has been applied needs nothing any more; each change comes after what it leans on, each removal before', () => {
  fc.assert(
    fc.property(hierarchies, hierarchies, (one, other) => {
      const first = applied(wantedOf(one), {})
      expect(isEmpty(planOf(wantedOf(one), first, new Map()))).toBe(true)
      const plan = planOf(wantedOf(other), first, new Map())
      const order = plan.changes.map(({ logicalId }) => logicalId)
      for (const { logicalId, resource } of plan.changes)
        for (const below of resource.dependsOn)
          expect(order.indexOf(below)).toBeLessThan(order.indexOf(logicalId))
      const going = plan.removals.map(({ logicalId }) => logicalId)
      for (const { logicalId, made: it } of plan.removals)
        for (const below of it.dependsOn)
          if (going.includes(below)) expect(going.indexOf(logicalId)).toBeLessThan(going.indexOf(below))
      const second = applied(wantedOf(other), first)
      expect(isEmpty(planOf(wantedOf(other), second, new Map()))).toBe(true)
      // A plan says no less than what happens: what isn't kept was announced, and what goes is what nobody has any more.
      const changed = Object.entries(second).filter(([id, it]) => it.physicalId !== first[id]?.physicalId)
      for (const [id] of changed)
        expect(plan.changes.find((it) => it.logicalId === id)?.action).toMatch(/create|replace/)
      for (const { made: it } of plan.removals)
        if (
          !second[it.logicalId] ||
          plan.changes.some((c) => c.logicalId === it.logicalId && c.action === 'replace')
        )
          expect(first[it.logicalId]?.physicalId).toBe(it.physicalId)
    }),
    { numRuns: 150 },
  )
})

test('the order to take things away in is the order of making them, backwards', () => {
  fc.assert(
    fc.property(hierarchies, (sections) => {
      const resources = applied(wantedOf(sections), {})
      const order = inReverse(resources)
      expect([...order].sort()).toEqual(Object.keys(resources).sort())
      for (const [name, { dependsOn }] of Object.entries(resources))
        for (const below of dependsOn) expect(order.indexOf(name)).toBeLessThan(order.indexOf(below))
    }),
    { numRuns: 100 },
  )
})

test('values equal themselves whatever the order of members, and nothing else', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 3 }),
    ),
  })).value
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(isEqual(a as never, structuredClone(a) as never)).toBe(true)
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(isEqual(a as never, b as never)).toBe(same)
    }),
  )
})

test('a plan can be read: what is made, changed, replaced and taken away, value by value, with what is known later', () => {
  const web = (name: string, key: string, more: object = {}) => ({
    Type: 'AWS::CertificateManager::Certificate',
    Properties: { DomainName: name, KeyAlgorithm: key, ...more },
  })
  const first = applied(
    wantedOf({
      Resources: {
        A: web('a.test', 'RSA_2048'),
        B: web('b.test', 'RSA_2048'),
        C: web('c.test', 'RSA_2048'),
        D: { ...web('d.test', 'RSA_2048'), DeletionPolicy: 'Retain' },
        E: web('e.test', 'RSA_2048'),
      },
    }),
    {},
  )
  const wanted = wantedOf({
    Resources: {
      A: web('a.test', 'RSA_2048'),
      B: web('b.test', 'RSA_2048', { Tags: [{ Key: 'by', Value: { Ref: 'F' } }] }),
      C: web('c.test', 'EC_prime256v1'),
      F: web('f.test', 'RSA_2048'),
    },
  })
  const live = new Map([['A', { remarks: ['it is REVOKED'] }]])
  expect(planText(planOf(wanted, first, live), (_, text) => text)).toMatchInlineSnapshot(`
    "= A (AWS::CertificateManager::Certificate) stays as it is
        ! it is REVOKED
    + F (AWS::CertificateManager::Certificate) is made
        DomainName: f.test
        KeyAlgorithm: RSA_2048
    ~ B (AWS::CertificateManager::Certificate) is changed in place
        Tags: [{"Key":"by","Value":"(F)"}]
    ± C (AWS::CertificateManager::Certificate) is replaced
        KeyAlgorithm: RSA_2048 → EC_prime256v1  (needs another one)
    - E (AWS::CertificateManager::Certificate), not in the template: is deleted
      D (AWS::CertificateManager::Certificate), not in the template: stays, and the stack forgets it (Retain)
    - C (AWS::CertificateManager::Certificate), replaced: is deleted
    1 to make, 1 to change in place, 1 to replace, 2 to take away; 1 stay as they are.
    "
  `)
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

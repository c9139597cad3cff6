import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import { certificateIdOf, type AuthorityId, type Serial } from '../../../../src/core/domain/ids.ts'
import { policyOf, type StatementDocument } from '../../../../src/core/domain/policies/document.ts'
import { setAuthorityTags } from '../../../../src/core/operations/authorities/authority-tags.ts'
import { createAuthority } from '../../../../src/core/operations/authorities/create-authority.ts'
import { describeAuthority } from '../../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { describeCertificate } from '../../../../src/core/operations/certificates/read-certificates.ts'
import {
  revokeCertificate,
  revokeNamed,
} from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import {
  requestManaged,
  type ManagedRequest,
} from '../../../../src/core/operations/managed/request-managed.ts'
import { setManagedTags } from '../../../../src/core/operations/managed/tags.ts'
import { aLeaf, aPrincipal, aSubordinate, barePorts, aRoot, type TestPorts } from '../ports.ts'

let given: TestPorts
let mine: Authority
let other: Authority
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  mine = await aSubordinate(given, { name: 'mine' })
  other = await aSubordinate(given, { name: 'other' })
})
afterAll(() => given[Symbol.asyncDispose]())

const arnOf = ({ id }: Authority): string => arns.authority(given.admin, id)
/** Somebody of the administrator's account with these statements, which allow unless they say otherwise. */
const somebody = (...statements: StatementDocument[]): Principal =>
  aPrincipal({
    account: given.admin.account,
    grants: {
      identity: [
        policyOf(
          'p',
          statements.map((it) => ({ Effect: 'Allow', Resource: '*', ...it })),
        ),
      ],
    },
  })
const outcome = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'done',
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  )

describe('an authority', () => {
  const describe = (who: Principal, reference: string) =>
    outcome(describeAuthority(given.ports, who, reference))
  const seeing = () => somebody({ Action: 'acm-pca:Describe*', Resource: arnOf(mine) })

  test('is what a policy names by ARN, however the caller names it', async () => {
    for (const reference of [mine.id, arnOf(mine), 'mine'])
      expect(await describe(seeing(), reference)).toBe('done')
    for (const reference of [other.id, arnOf(other), 'other'])
      expect(await describe(seeing(), reference)).toBe('forbidden')
  })

  test('that nobody has answers like one that isn’t the caller’s to see', async () => {
    const unknown = '0197a1b2-0000-7000-8000-00000000dead'
    for (const reference of [unknown, arns.authority(given.admin, unknown as never), 'nobodys'])
      expect(await describe(seeing(), reference)).toBe('forbidden')
    expect(await describe(given.admin, 'nobodys')).toBe('not_found')
  })

  test('issues for whom a policy allows it: by name, by id, or as the default one', async () => {
    const issuing = somebody({ Action: 'acm-pca:IssueCertificate', Resource: arnOf(mine) })
    expect(await outcome(aLeaf(given.ports, issuing, { authority: 'mine' }))).toBe('done')
    expect(await outcome(aLeaf(given.ports, issuing, { authority: mine.id }))).toBe('done')
    expect(await outcome(aLeaf(given.ports, issuing, { authority: 'other' }))).toBe('forbidden')
    expect(await outcome(aLeaf(given.ports, issuing, { authority: 'nobodys' }))).toBe('forbidden')
    const { authority } = (await aLeaf(given.ports, given.admin)).certificate
    const isDefault = authority === mine.id
    expect(await outcome(aLeaf(given.ports, issuing))).toBe(isDefault ? 'done' : 'forbidden')
    const byDefault = somebody({
      Action: 'acm-pca:IssueCertificate',
      Resource: arns.authority(given.admin, authority),
    })
    expect(await outcome(aLeaf(given.ports, byDefault))).toBe('done')
  })
})

describe('tags of an authority', () => {
  const production = { StringEquals: { 'aws:ResourceTag/stage': 'production' } }
  let tagged: Authority
  beforeAll(async () => {
    tagged = await aSubordinate(given, { name: 'tagged' })
    await setAuthorityTags(given.ports, given.admin, { reference: 'tagged', tags: { Stage: 'production' } })
  })
  const references = () => [tagged.id, arnOf(tagged), 'tagged']

  test('refuse where a statement says so, however the caller names it', async () => {
    const careful = somebody({ Action: '*' }, { Effect: 'Deny', Action: 'acm-pca:*', Condition: production })
    for (const reference of references()) {
      expect(await outcome(describeAuthority(given.ports, careful, reference))).toBe('forbidden')
      expect(await outcome(aLeaf(given.ports, careful, { authority: reference }))).toBe('forbidden')
      const status = updateAuthority(given.ports, careful, { reference, status: 'DISABLED' })
      expect(await outcome(status)).toBe('forbidden')
    }
    expect(await outcome(describeAuthority(given.ports, careful, mine.id))).toBe('done')
    expect(await outcome(aLeaf(given.ports, careful, { authority: 'mine' }))).toBe('done')
  })

  test('allow where a statement says so, and act on the very next call', async () => {
    const producer = somebody({ Action: '*', Condition: production })
    const issue = (authority: string) => outcome(aLeaf(given.ports, producer, { authority }))
    for (const reference of references()) expect(await issue(reference)).toBe('done')
    expect(await issue('mine')).toBe('forbidden')
    await setAuthorityTags(given.ports, given.admin, { reference: 'tagged', tags: { stage: 'test' } })
    for (const reference of references()) expect(await issue(reference)).toBe('forbidden')
    await setAuthorityTags(given.ports, given.admin, { reference: 'tagged', tags: { stage: 'production' } })
    for (const reference of references()) expect(await issue(reference)).toBe('done')
  })

  test('count for the certificates that it issued', async () => {
    const careful = somebody({ Action: '*' }, { Effect: 'Deny', Action: 'acm-pca:*', Condition: production })
    const { ports, admin } = given
    const [held, free] = await Promise.all(
      ['tagged', 'mine'].map(async (authority) => (await aLeaf(ports, admin, { authority })).certificate),
    )
    const order = { reason: 'superseded', wait: 'recorded' } as const
    for (const [certificate, expected] of [
      [held, 'forbidden'],
      [free, 'done'],
    ] as const) {
      const id = certificateIdOf(certificate?.authority as AuthorityId, certificate?.serial as Serial)
      expect(await outcome(describeCertificate(ports, careful, { id }))).toBe(expected)
      const { serial = '' } = certificate ?? {}
      expect(await outcome(revokeNamed(ports, careful, { serial }, order))).toBe(expected)
      if (certificate === held)
        expect(await outcome(revokeCertificate(ports, careful, { id, ...order }))).toBe(expected)
    }
  })

  test('count for who signs another one’s certificate with it', async () => {
    const careful = somebody(
      { Action: '*' },
      { Effect: 'Deny', Action: 'acm-pca:Issue*', Condition: production },
    )
    const create = (parent: string) =>
      createAuthority(given.ports, careful, {
        ...{ kind: 'subordinate', name: `below ${parent}`, subject: { commonName: 'Below' }, parent },
      })
    const root = await aRoot(given, { name: 'tagged root' })
    await setAuthorityTags(given.ports, given.admin, { reference: root.id, tags: { stage: 'production' } })
    expect(await outcome(create('tagged root'))).toBe('forbidden')
  })
})

describe('acm-pca:TemplateArn', () => {
  const under = (template: string) =>
    somebody({
      Action: 'acm-pca:IssueCertificate',
      Condition: { StringEquals: { 'acm-pca:TemplateArn': `arn:aws:acm-pca:::template/${template}` } },
    })

  test('of a profile is the template that its certificates count as', async () => {
    const who = under('EndEntityServerAuthCertificate/V1')
    const issue = (profile: string) => outcome(aLeaf(given.ports, who, { authority: 'mine', profile }))
    expect(await issue('tls-server')).toBe('done')
    expect(await issue('tls-client')).toBe('forbidden')
    expect(await issue('nobodys')).toBe('forbidden')
  })

  test('of a template is that one', async () => {
    const who = under('EndEntityCertificate/V1')
    const issue = (template: string) => outcome(aLeaf(given.ports, who, { authority: 'mine', template }))
    expect(await issue('EndEntityCertificate/V1')).toBe('done')
    expect(await issue('CodeSigningCertificate/V1')).toBe('forbidden')
  })

  test('of an authority’s certificate isn’t enough: those take chancery:IssueAuthorityCertificate too', async () => {
    const who = under('SubordinateCACertificate_PathLen0/V1')
    const template = 'SubordinateCACertificate_PathLen0/V1'
    expect(await outcome(aLeaf(given.ports, who, { authority: 'mine', template }))).toBe('forbidden')
  })
})

describe('a managed certificate', () => {
  const order: ManagedRequest = { domainName: 'a.team.example.com' }
  const request = (who: Principal, more: Partial<ManagedRequest> = {}) =>
    outcome(requestManaged(given.ports, who, { ...order, authority: 'mine', ...more }))
  const requesting = (condition: object) =>
    somebody(
      { Action: 'acm:RequestCertificate', Condition: condition },
      { Action: 'acm-pca:IssueCertificate', Resource: arnOf(mine) },
    )

  test.each<[string, object, Partial<ManagedRequest>]>([
    [
      'acm:DomainNames',
      { 'ForAllValues:StringLike': { 'acm:DomainNames': '*.team.example.com' } },
      { names: ['b.example.com'] },
    ],
    [
      'acm:KeyAlgorithm',
      { StringEquals: { 'acm:KeyAlgorithm': 'EC_prime256v1' } },
      { keyAlgorithm: 'EC_secp384r1' },
    ],
    ['acm:Export', { StringEquals: { 'acm:Export': 'ENABLED' } }, { exportable: false }],
    ['acm:ValidationMethod', { Null: { 'acm:ValidationMethod': 'true' } }, { validation: { method: 'DNS' } }],
    ['aws:RequestTag', { StringEqualsIfExists: { 'aws:RequestTag/team': 'pki' } }, { tags: { Team: 'web' } }],
    ['aws:TagKeys', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' } }, { tags: { cost: '1' } }],
  ])('is requested as %s allows', async (_, condition, beyond) => {
    expect(await request(requesting(condition))).toBe('done')
    expect(await request(requesting(condition), beyond)).toBe('forbidden')
  })

  test('comes from an authority that acm:CertificateAuthority and acm-pca:IssueCertificate allow', async () => {
    const condition = { ArnLike: { 'acm:CertificateAuthority': arnOf(mine) } }
    expect(await request(requesting(condition))).toBe('done')
    expect(await request(requesting({ ArnNotLike: { 'acm:CertificateAuthority': arnOf(mine) } }))).toBe(
      'forbidden',
    )
    expect(await request(requesting({}), { authority: 'other' })).toBe('forbidden')
    expect(await request(somebody({ Action: 'acm:*' }))).toBe('forbidden')
  })

  test('is the caller’s by its tags; one that nobody has answers alike', async () => {
    const tagged = { StringEquals: { 'aws:ResourceTag/team': 'pki' } }
    const who = somebody({ Action: 'acm:*', Condition: tagged })
    const { ports, admin } = given
    const [pki, web] = await Promise.all(
      ['pki', 'web'].map((team) =>
        requestManaged(ports, admin, { ...order, authority: 'mine', tags: { team } }),
      ),
    )
    const see = (id = '') => outcome(describeManaged(ports, who, id))
    expect(await see(pki?.id)).toBe('done')
    expect(await see(web?.id)).toBe('forbidden')
    expect(await see('0197a1b2-0000-7000-8000-00000000dead')).toBe('forbidden')
    const retag = (id = '') => outcome(setManagedTags(ports, who, { id, tags: { team: 'pki' } }))
    expect(await retag(pki?.id)).toBe('done')
    expect(await retag(web?.id)).toBe('forbidden')
    // In place of those there were: that takes tags away, too.
    const adding = somebody({ Action: 'acm:AddTagsToCertificate' })
    expect(await outcome(setManagedTags(ports, adding, { id: pki?.id ?? '', tags: {} }))).toBe('forbidden')
  })
})

describe('a certificate by its serial', () => {
  test('is revoked by whom a policy allows it, and one that nobody has answers alike', async () => {
    const { ports } = given
    const revoking = somebody({
      Action: 'acm-pca:RevokeCertificate',
      Resource: `${arnOf(mine)}/certificate/*`,
    })
    const [yes, no] = await Promise.all(
      ['mine', 'other'].map(
        async (authority) => (await aLeaf(ports, given.admin, { authority })).certificate,
      ),
    )
    const revoke = (serial: string) =>
      outcome(revokeNamed(ports, revoking, { serial }, { reason: 'superseded', wait: 'recorded' }))
    expect(await revoke(yes?.serial ?? '')).toBe('done')
    expect(await revoke(no?.serial ?? '')).toBe('forbidden')
    expect(await revoke('00112233')).toBe('forbidden')
  })
})

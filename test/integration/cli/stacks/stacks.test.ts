import { randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createClient,
  createNodeFetch,
  type AuthorityJson,
  type ManagedCertificateJson,
  type StackJson,
} from '../../../../src/contract/index.ts'
import { aServerWithCli, type cliFor } from '../a-cli.ts'
import { certificate, issuing, root, text, web, type Sections } from './templates.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli({ CHANCERY_PUBLIC_URL: 'http://pki.example.net' })
  cli = running.cli
})
afterAll(() => running.stop())

const NOBODY = `arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/${randomUUID()}`
const client = () =>
  createClient({
    url: running.server.apiUrl,
    token: readFileSync(join(running.dataDir, 'admin-token'), 'utf8').trim(),
    fetch: createNodeFetch({ ca: readFileSync(join(running.dataDir, 'listener-ca.pem'), 'utf8') }),
  })

const apply = async (name: string, sections: Sections, more = '--yes') => {
  cli.file(`${name}.json`, text(sections))
  return cli.run(`apply ${name}.json ${more}`)
}
const json = async <T>(line: string): Promise<T> => JSON.parse((await cli.run(`--json ${line}`)).out) as T
const stackNamed = (name: string) => json<StackJson>(`stack show ${name}`)
const idOf = async (stack: string, resource: string): Promise<string> =>
  (await stackNamed(stack)).resources[resource]?.physicalId ?? 'none'
const authority = (arn: string) => json<AuthorityJson>(`authority show ${arn}`)
const managed = (arn: string) => json<ManagedCertificateJson>(`managed show ${arn}`)

/** A whole hierarchy, with a certificate and leave to renew it. */
const hierarchy = (domain = 'www.pki.test', more: object = {}, rootMore: object = {}): Sections => ({
  Resources: {
    ...root('Root', rootMore),
    ...issuing(),
    Allow: {
      Type: 'AWS::ACMPCA::Permission',
      Properties: {
        CertificateAuthorityArn: { Ref: 'Issuing' },
        Principal: 'acm.amazonaws.com',
        Actions: ['IssueCertificate', 'GetCertificate', 'ListPermissions'],
      },
    },
    Web: web(domain, more),
  },
  Outputs: {
    Issuer: { Value: { Ref: 'Issuing' }, Description: 'who issues' },
    Chain: { Value: { 'Fn::GetAtt': ['IssuingActivation', 'CompleteCertificateChain'] } },
  },
})

describe('a hierarchy', () => {
  test('is planned without anything being made', async () => {
    const planned = await apply('pki', hierarchy(), '--plan')
    expect(planned.code).toBe(0)
    expect(planned.out).toContain('+ Root (AWS::ACMPCA::CertificateAuthority) is made')
    expect(planned.out).toContain(
      'CertificateSigningRequest: (known once Root.CertificateSigningRequest is there)',
    )
    expect(planned.out).toContain('8 to make')
    expect((await cli.run('stack show pki')).code).toBe(5)
    expect((await apply('pki', hierarchy(), '')).code).toBe(2)
    expect((await cli.run('stack show pki')).code).toBe(5)
  })

  test('is made: the root activates itself, and what it issues chains to it', async () => {
    const made = await apply('pki', hierarchy())
    expect([made.code, made.err]).toEqual([
      0,
      expect.stringContaining('The stack pki is what the template says.'),
    ])
    const { outputs, resources, status } = await stackNamed('pki')
    expect(status).toBe('COMPLETE')
    expect(made.out).toContain(outputs['Issuer']?.value)
    const [issuer, above] = pems((await cli.run('stack show pki --output Chain')).out)
    expect(issuer?.verify(above?.publicKey as never)).toBe(true)
    expect(above?.subject).toBe('CN=pki Root')
    const { certificate: leaf = '', status: leafStatus } = await managed(resources['Web']?.physicalId ?? '')
    expect(leafStatus).toBe('ISSUED')
    expect(new X509Certificate(leaf).verify(issuer?.publicKey as never)).toBe(true)
  })

  test('that is what the template says stays as it is', async () => {
    const before = await stackNamed('pki')
    const again = await apply('pki', hierarchy(), '')
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('Nothing is to be done.')])
    expect(await stackNamed('pki')).toEqual(before)
  })

  test('is changed in place where that is possible', async () => {
    const [webArn, rootArn] = [await idOf('pki', 'Web'), await idOf('pki', 'Root')]
    const tags = [{ Key: 'team', Value: 'web' }]
    const crl = { RevocationConfiguration: { CrlConfiguration: { Enabled: true, ExpirationInDays: 30 } } }
    const changed = await apply('pki', hierarchy('www.pki.test', { Tags: tags }, { ...crl, Tags: tags }))
    expect(changed.err).toContain('~ Web (AWS::CertificateManager::Certificate) is changed in place')
    expect(changed.err).toContain('Tags: [{"Key":"team","Value":"web"}]')
    expect(changed.code).toBe(0)
    expect([await idOf('pki', 'Web'), await idOf('pki', 'Root')]).toEqual([webArn, rootArn])
    expect((await managed(webArn)).tags).toEqual({ team: 'web' })
    expect(await client().getAuthorityTags({ params: { authority: rootArn } })).toEqual({
      tags: { team: 'web' },
    })
    expect((await authority(rootArn)).revocation.crl).toMatchObject({ enabled: true, hours: 30 * 24 })
  })

  test('has a certificate replaced whose name changes, and the old one taken away afterwards', async () => {
    const before = await idOf('pki', 'Web')
    const changed = await apply('pki', hierarchy('new.pki.test'))
    expect(changed.err).toContain('± Web (AWS::CertificateManager::Certificate) is replaced')
    expect(changed.err).toContain('DomainName: www.pki.test → new.pki.test  (needs another one)')
    expect(changed.err).toContain('- Web (AWS::CertificateManager::Certificate) is taken away')
    expect((await managed(await idOf('pki', 'Web'))).domainName).toBe('new.pki.test')
    expect((await cli.run(`managed show ${before}`)).code).toBe(5)
  })
})

describe('what fails', () => {
  test('is undone: what was changed is changed back, what was made is taken away, and it is said', async () => {
    const before = await stackNamed('pki')
    const sections = hierarchy('new.pki.test', { Tags: [{ Key: 'team', Value: 'other' }] })
    const broken = {
      ...certificate('Issuing', 'no CSR', 'EndEntityCertificate/V1'),
      DependsOn: ['Web', 'Other'],
    }
    const failed = await apply('pki', {
      ...sections,
      Resources: { ...sections.Resources, Other: web('other.pki.test'), Broken: broken },
    })
    expect(failed.code).toBe(1)
    expect(failed.err).toMatch(/error: Broken \(AWS::ACMPCA::Certificate\): .*csr/)
    expect(failed.err).toContain('~ Web (AWS::CertificateManager::Certificate) is changed back')
    expect(failed.err).toContain('- Other (AWS::CertificateManager::Certificate) is taken away again')
    const after = await stackNamed('pki')
    expect(after).toMatchObject({ status: 'ROLLED_BACK', resources: before.resources })
    expect((await managed(before.resources['Web']?.physicalId ?? '')).tags).toEqual({})
    expect((await cli.run('managed list --name other.pki.test')).out).not.toContain('other.pki.test')
    expect((await apply('pki', hierarchy('new.pki.test'))).code).toBe(0)
    expect((await stackNamed('pki')).status).toBe('COMPLETE')
  })

  test('when there was nothing before leaves nothing: authorities deleted, certificates revoked', async () => {
    const broken = certificate('Issuing', 'no CSR', 'EndEntityCertificate/V1')
    const failed = await apply('brief', {
      Resources: { ...root(), ...issuing(), Broken: { ...broken, DependsOn: 'IssuingActivation' } },
    })
    expect(failed.code).toBe(1)
    expect(failed.err).toMatch(/IssuingCertificate \(\S+\) is taken away again: it is revoked/)
    expect(failed.err).toMatch(/Root \(\S+\) is taken away again: deleted; chancery authority restore/)
    expect(await stackNamed('brief')).toMatchObject({ status: 'ROLLED_BACK', resources: {}, leftovers: [] })
    expect((await cli.run('authority list')).out).not.toContain('brief-')
  })
})

test('from when an account is told of its certificates’ ends, and back', async () => {
  const account = (days: number, more: Record<string, object> = {}): Sections => ({
    Resources: {
      Account: {
        Type: 'AWS::CertificateManager::Account',
        Properties: { ExpiryEventsConfiguration: { DaysBeforeExpiry: days } },
      },
      ...more,
    },
    Outputs: { Account: { Value: { 'Fn::GetAtt': ['Account', 'AccountId'] } } },
  })
  const days = async () => (await client().describeManagedSettings()).daysBeforeExpiry
  await client().putManagedSettings({ body: { daysBeforeExpiry: 20 } })
  const broken = { ...(web('x.test') as { Properties: object }), DependsOn: 'Account' }
  const lost = { ...broken, Properties: { DomainName: 'x.test', CertificateAuthorityArn: NOBODY } }
  const failed = await apply('account', account(30, { Lost: lost }))
  expect([failed.code, await days()]).toEqual([1, 20])
  expect((await apply('account', account(30))).out).toMatch(/Account +\d{12}/)
  expect(await days()).toBe(30)
  await client().putManagedSettings({ body: { daysBeforeExpiry: 31 } })
  const changed = await apply('account', account(60))
  expect(changed.err).toContain('ExpiryEventsConfiguration.DaysBeforeExpiry: 31 → 60')
  expect(await days()).toBe(60)
  expect((await cli.run('stack delete account --yes')).code).toBe(0)
  expect(await days()).toBe(45)
})

test('what somebody else has changed is told, and put right', async () => {
  const arn = await idOf('pki', 'Issuing')
  await cli.run(`authority disable ${arn}`)
  await cli.run(`managed tag ${await idOf('pki', 'Web')} by=hand`)
  await cli.run(`managed delete ${await idOf('pki', 'Web')}`)
  const planned = await apply('pki', hierarchy('new.pki.test'), '--plan')
  expect(planned.out).toContain('! Status was changed outside the stack')
  expect(planned.out).toContain('Status: DISABLED → (none)')
  expect(planned.out).toContain('! it was deleted outside the stack')
  const applied = await apply('pki', hierarchy('new.pki.test'))
  expect([applied.code, applied.err]).toEqual([0, expect.any(String)])
  expect((await authority(arn)).status).toBe('ACTIVE')
  expect((await managed(await idOf('pki', 'Web'))).status).toBe('ISSUED')
})

test('what leaves the template is taken away, what is to be retained stays', async () => {
  const [webArn, sections] = [await idOf('pki', 'Web'), hierarchy('new.pki.test')]
  const { Web: webResource, Allow: _, ...others } = sections.Resources
  const kept = { ...webResource, DeletionPolicy: 'Retain' }
  expect((await apply('pki', { ...sections, Resources: { ...others, Web: kept } })).code).toBe(0)
  const removed = await apply('pki', { ...sections, Resources: others })
  expect(removed.err).toContain('Web (AWS::CertificateManager::Certificate), not in the template: stays')
  expect(removed.code).toBe(0)
  expect((await managed(webArn)).status).toBe('ISSUED')
  expect(Object.keys((await stackNamed('pki')).resources)).not.toContain('Web')
  await cli.run(`managed delete ${webArn}`)
})

test('a stack is deleted with what it has, in an order that works', async () => {
  const { resources } = await stackNamed('pki')
  expect((await cli.run('stack delete pki')).code).toBe(2)
  const deleted = await cli.run('stack delete pki --yes')
  expect([deleted.code, deleted.err]).toEqual([0, expect.stringContaining('The stack pki is deleted.')])
  expect((await cli.run('stack show pki')).code).toBe(5)
  for (const name of ['Root', 'Issuing'])
    expect((await authority(resources[name]?.physicalId ?? '')).status).toBe('DELETED')
})

const pems = (chain: string): X509Certificate[] =>
  [...chain.matchAll(/-----BEGIN[^]*?-----END CERTIFICATE-----/g)].map(([pem]) => new X509Certificate(pem))

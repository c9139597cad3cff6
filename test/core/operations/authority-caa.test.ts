import { describe, expect, test } from 'vitest'
import type { CaaMode } from '../../../src/core/domain/authorities.ts'
import type { Perspectives } from '../../../src/core/ports/perspectives.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { associate } from '../../../src/core/operations/managed/associations.ts'
import { evidenceOf } from '../../../src/core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../src/core/operations/managed/renew-managed.ts'
import { advanceRotation, startRotation } from '../../../src/core/operations/authorities/rotate-authority.ts'
import { describeAuthority } from '../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { caa, perspectivesOn, zoneResolver, type Zone } from '../../support/zone-resolver.ts'
import { auditTrail } from './database.ts'
import { managedPorts, type ManagedPorts } from './managed/managed.ts'
import { aLeaf, aSubordinate } from './ports.ts'
import { aRequest } from './requests.ts'

const OTHER_CA = [caa('issue', 'another-ca.example')]
const loadBalancer = ({ installation }: ManagedPorts) =>
  `arn:aws:elasticloadbalancing:us-east-1:${installation.account}:loadbalancer/app/shop/50dc6c495c0c9188`

/** Ports whose issuing authority takes CAA so. */
async function portsWith(mode: CaaMode, zone: Zone): Promise<ManagedPorts> {
  const given = await managedPorts()
  Object.assign(given.zone, zone)
  if (mode !== 'OFF') await setMode(given, mode)
  return given
}
const setMode = ({ ports, admin }: ManagedPorts, mode: CaaMode, reference = 'issuing') =>
  updateAuthority(ports, admin, { reference, caa: mode })
const leafFor = (
  { ports, admin }: ManagedPorts,
  names: { dns?: string[]; ip?: string[]; email?: string[] },
) => aLeaf(ports, admin, { key: { algorithm: 'EC_prime256v1' }, names })

describe('an authority’s CAA mode', () => {
  test('is OFF until it is set, at creation or later, and that is on record', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const read = async (reference: string) => (await describeAuthority(ports, admin, reference)).authority.caa
    expect(await read('issuing')).toBe('OFF')
    expect((await setMode(given, 'LOG')).caa).toBe('LOG')
    expect(await read('issuing')).toBe('LOG')
    const made = await aSubordinate(given, { name: 'strict', parent: 'root', caa: 'ENFORCE' })
    expect([made.caa, await read('strict')]).toEqual(['ENFORCE', 'ENFORCE'])
    const updates = auditTrail(given.database).filter(
      ({ eventName }) => eventName === 'UpdateCertificateAuthority',
    )
    expect(updates.at(-1)).toMatchObject({ requestParameters: { caa: 'LOG' } })
  })

  test('OFF asks nobody', async () => {
    const resolver = zoneResolver({ 'example.com': OTHER_CA })
    await using given = await managedPorts({ perspectives: perspectivesOn(resolver) })
    await leafFor(given, { dns: ['www.example.com'] })
    await given.request()
    expect(resolver.questions).toEqual([])
  })

  test('LOG issues all the same, with a warning for each name that CAA doesn’t allow', async () => {
    await using given = await portsWith('LOG', { 'example.com': OTHER_CA, 'example.org': 'servfail' })
    const names = { dns: ['www.example.com', 'example.net', 'www.example.org'] }
    const { certificate } = await leafFor(given, names)
    expect(certificate.warnings).toEqual([
      expect.stringMatching(/^caa: www\.example\.com: .*another-ca\.example/),
      expect.stringMatching(/^caa: www\.example\.org: .*servfail/),
    ])
  })

  test('ENFORCE refuses, naming every name and what CAA says about it, and signs nothing (RFC 8659 §3)', async () => {
    await using given = await portsWith('ENFORCE', { 'example.com': OTHER_CA, 'example.org': 'servfail' })
    const signatures = given.unwraps.length
    const names = { dns: ['www.example.com', 'example.net', 'www.example.org'] }
    await expect(leafFor(given, names)).rejects.toMatchObject({
      code: 'policy_refused',
      violations: [
        {
          code: 'caa',
          field: 'names.dns[0]',
          message: expect.stringMatching(/www\.example\.com: CAA at example\.com/) as string,
        },
        {
          code: 'caa',
          field: 'names.dns[2]',
          message: expect.stringMatching(/www\.example\.org: .*servfail/) as string,
        },
      ],
    })
    expect(given.unwraps).toHaveLength(signatures)
    await leafFor(given, { dns: ['example.net'] })
  })

  test('ENFORCE finds a name in a CSR and under a wildcard, too (RFC 8659 §4.3)', async () => {
    await using given = await portsWith('ENFORCE', { 'example.com': [caa('issuewild', ';')] })
    const { ports, admin } = given
    const csr = aRequest({ names: [{ type: 'dns', value: '*.example.com' }] })
    await expect(aLeaf(ports, admin, { csr })).rejects.toMatchObject({
      violations: [{ code: 'caa', field: 'csr' }],
    })
    await aLeaf(ports, admin, { csr: aRequest({ names: [{ type: 'dns', value: 'www.example.com' }] }) })
  })

  test('ENFORCE lets pass what names this installation, and names that have no CAA', async () => {
    await using given = await portsWith('ENFORCE', { 'example.com': [caa('issue', 'ca.example.net')] })
    const { certificate } = await leafFor(given, {
      dns: ['www.example.com'],
      ip: ['192.0.2.1'],
      email: ['a@example.org'],
    })
    expect(certificate.warnings).toEqual([])
  })

  test('goes over to the successor in a rotation, which issues nothing anew that CAA refuses', async () => {
    await using given = await portsWith('ENFORCE', {})
    const { ports, admin, zone } = given
    await leafFor(given, { dns: ['www.example.com'] })
    await leafFor(given, { dns: ['www.example.org'] })
    zone['example.com'] = OTHER_CA
    await startRotation(ports, admin, { reference: 'issuing' })
    const steps = ['create', 'cross-sign', 'publish', 'switch', 'reissue']
    let report = await advanceRotation(ports, admin, { reference: 'issuing' })
    for (const _ of steps.slice(1)) report = await advanceRotation(ports, admin, { reference: 'issuing' })
    expect(report).toMatchObject({ successor: { caa: 'ENFORCE' }, reissued: 1 })
    expect(report.dependents.total).toBe(1)
  })
})

describe('a managed certificate from an authority', () => {
  const evidence = ({ ports, admin }: ManagedPorts, id: string, version?: number) =>
    evidenceOf(ports, admin, { id, version })

  test('that logs has the evidence for every name', async () => {
    await using given = await portsWith('LOG', { 'example.com': OTHER_CA })
    const { id, status } = await given.request({ names: ['example.net'] })
    expect(status).toBe('ISSUED')
    expect(await evidence(given, id)).toMatchObject([
      { domain: 'example.net', kind: 'caa', verdict: 'passed', version: 1 },
      { domain: 'www.example.com', kind: 'caa', verdict: 'refused', version: 1 },
    ])
  })

  test('that enforces is refused as a whole, and nothing is stored', async () => {
    await using given = await portsWith('ENFORCE', { 'example.com': OTHER_CA })
    await expect(given.request({ names: ['example.net'] })).rejects.toMatchObject({
      code: 'policy_refused',
      violations: [{ code: 'caa', field: 'domainName' }],
    })
    const page = { limit: 10, after: undefined }
    const { items } = await given.ports.store.reads.managed.list(given.admin, {}, given.calendar.now(), page)
    expect(items).toEqual([])
  })

  test('that enforces is renewed when CAA allows it again; until then the renewal says CAA_ERROR and why', async () => {
    await using given = await portsWith('ENFORCE', {})
    const { ports, admin, zone } = given
    const { id } = await given.request({ days: 90 })
    await associate(ports, admin, { id, resourceArn: loadBalancer(given) })
    zone['www.example.com'] = OTHER_CA
    given.pass(80 * DAY)
    await given.turn()
    expect(await given.now({ id })).toMatchObject({
      current: { number: 1 },
      renewal: { status: 'FAILED', reason: expect.stringMatching(/^CAA_ERROR: .*another-ca/) as string },
    })
    expect(await evidence(given, id)).toMatchObject([{ verdict: 'refused', version: 2 }])
    await expect(renewManaged(ports, admin, id)).rejects.toMatchObject({ code: 'policy_refused' })
    delete zone['www.example.com']
    given.pass(DAY / 12)
    await given.turn()
    expect(await given.now({ id })).toMatchObject({ current: { number: 2 }, renewal: { status: 'SUCCESS' } })
    expect(await evidence(given, id, 2)).toMatchObject([{ verdict: 'passed', version: 2 }])
  })

  test('is refused where a single perspective of the quorum sees a record that refuses', async () => {
    const perspectives: Perspectives = perspectivesOn(zoneResolver({}), [
      zoneResolver({ 'example.com': OTHER_CA }),
    ])
    await using given = await managedPorts({ perspectives })
    await setMode(given, 'ENFORCE')
    await expect(given.request()).rejects.toMatchObject({ code: 'policy_refused' })
  })
})

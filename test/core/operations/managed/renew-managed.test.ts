import { describe, expect, it } from 'vitest'
import { renewalBegins, type ManagedCertificate } from '../../../../src/core/domain/managed-certificates.ts'
import { DAY, HOUR, MINUTE } from '../../../../src/core/domain/time.ts'
import { maintenanceWindowsFrom } from '../../../../src/core/domain/maintenance-windows.ts'
import {
  advanceRotation,
  startRotation,
  type RotationReport,
} from '../../../../src/core/operations/authorities/rotate-authority.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { associate, dissociate } from '../../../../src/core/operations/managed/associations.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { listVersions, versionFileAt } from '../../../../src/core/operations/managed/read-managed.ts'
import { plannedRenewals, renewalInfo } from '../../../../src/core/operations/managed/renewal-plans.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { caa } from '../../../support/zone-resolver.ts'
import { DNS, managedPorts, type ManagedPorts } from './managed.ts'

const USER = 'arn:aws:elasticloadbalancing:us-east-1:ACCOUNT:loadbalancer/app/shop/1'
const PAGE = { limit: 100, after: undefined }

const used = (given: ManagedPorts, { id }: ManagedCertificate) =>
  associate(given.ports, given.admin, { id, resourceArn: USER.replace('ACCOUNT', given.admin.account) })

describe('eligibility (contract §7.4)', () => {
  it('one that nothing uses and nobody exported isn’t renewed by itself', async () => {
    await using given = await managedPorts()
    const managed = await given.request()
    given.pass(394 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
    expect((await given.now(managed)).current?.number).toBe(1)
    expect(await renewalInfo(given.ports, given.admin, managed.id)).toMatchObject({ eligible: false })
  })

  it('one in use is renewed 60 days before its end, keeps its ARN, and every version stays readable', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request())
    const before = 60 * DAY - 6 * DAY
    given.pass(395 * DAY - 61 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
    given.pass(61 * DAY - before)
    expect(await given.turn()).toMatchObject({ issued: 1 })
    const renewed = await given.now(managed)
    expect(renewed).toMatchObject({ id: managed.id, current: { number: 2 }, renewal: { status: 'SUCCESS' } })
    expect(renewed.current?.key).not.toBe(managed.current?.key)
    const versions = await listVersions(given.ports, given.admin, { id: managed.id, page: PAGE })
    expect(versions.items.map(({ number }) => number)).toEqual([2, 1])
    const first = await versionFileAt(given.ports, given.admin, { id: managed.id, number: 1 })
    const second = await versionFileAt(given.ports, given.admin, { id: managed.id, number: 2 })
    expect(Buffer.from(first.der).equals(Buffer.from(second.der))).toBe(false)
    expect(await given.turn()).toMatchObject({ issued: 0 })
  })

  it('one that was exported is renewed once; not again until it is exported again', async () => {
    await using given = await managedPorts()
    const managed = await given.request()
    await exportManaged(given.ports, given.admin, { id: managed.id, form: { format: 'pem' } })
    given.pass(350 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 1 })
    given.pass(350 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
  })

  it('ends with the use', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request())
    await dissociate(given.ports, given.admin, { id: managed.id, resourceArn: managed.inUseBy[0] ?? '' })
    given.pass(394 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
  })

  it('one that has expired while the server was down is renewed all the same', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request())
    given.pass(500 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 1 })
    expect((await given.now(managed)).current?.notAfter).toBeGreaterThan(given.calendar.now())
  })
})

describe('when renewal begins', () => {
  const year = { notBefore: 0, notAfter: 395 * DAY }
  it.each([
    ['private', year, 0, 60],
    ['validated', year, 0, 45],
    ['private', { notBefore: 0, notAfter: 90 * DAY }, 0, 30],
    ['private', year, 1, 54],
  ] as const)('%s %j at spread %d: %d days before its end', (kind, lifetime, spread, days) => {
    expect((lifetime.notAfter - renewalBegins(kind, lifetime, spread)) / DAY).toBeCloseTo(days, 6)
  })
})

describe('a forced renewal', () => {
  it('makes a version at once; with the same key where that is to be kept', async () => {
    await using given = await managedPorts()
    const fresh = await given.request()
    const kept = await given.request({ renewalKey: 'keep' })
    const again = await renewManaged(given.ports, given.admin, fresh.id)
    expect(again.current?.number).toBe(2)
    expect(again.current?.key).not.toBe(fresh.current?.key)
    expect((await renewManaged(given.ports, given.admin, kept.id)).current?.key).toBe(kept.current?.key)
  })

  it('of a validated one proves every name and asks CAA again', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    await given.turn()
    given.zone['example.com'] = [caa('issue', ';')]
    expect(await renewManaged(given.ports, given.admin, managed.id)).toMatchObject({
      current: { number: 1 },
      renewal: { status: 'PENDING_VALIDATION' },
    })
    await expect(renewManaged(given.ports, given.admin, managed.id)).rejects.toMatchObject({
      code: 'state_conflict',
    })
    delete given.zone['example.com']
    given.pass(MINUTE)
    expect(await given.turn()).toMatchObject({ issued: 1 })
    expect(await given.now(managed)).toMatchObject({ current: { number: 2 }, renewal: { status: 'SUCCESS' } })
  })
})

describe('a renewal that fails', () => {
  it('is tried again every hour, is told once, and says why', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request())
    given.pass(350 * DAY)
    const authority = managed.authority as string
    await updateAuthority(given.ports, given.admin, { reference: authority, status: 'DISABLED' })
    for (let hours = 0; hours < 3; hours++) {
      await given.turn()
      given.pass(1.5 * HOUR)
    }
    const failing = await given.now(managed)
    expect(failing.renewal).toMatchObject({ status: 'FAILED' })
    expect(failing.renewal?.reason).toMatch(/^PCA_INVALID_STATE: /)
    expect(failing.attempts).toBe(3)
    const events = await given.ports.store.reads.events.list(given.admin, { about: managed.id }, PAGE)
    expect(events.items.map(({ name }) => name)).toEqual(['AVAILABLE', 'RENEWAL_ACTION_REQUIRED'])
    await updateAuthority(given.ports, given.admin, { reference: authority, status: 'ACTIVE' })
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ current: { number: 2 }, attempts: 0 })
  })

  it('because a record is gone waits for it for as long as it takes, over 72 hours and more', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    await given.turn()
    await used(given, managed)
    const record = Object.keys(given.zone)[0] as string
    const kept = given.zone[record]
    delete given.zone[record]
    given.pass(160 * DAY)
    await given.turn()
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ renewal: { status: 'PENDING_VALIDATION' } })
    given.pass(73 * HOUR)
    await given.turn()
    expect((await given.now(managed)).renewal?.status).toBe('FAILED')
    given.zone[record] = kept as never
    given.pass(2 * HOUR)
    await given.turn()
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ current: { number: 2 } })
  })
})

describe('plans', () => {
  it('say what would be renewed, when and why, and change nothing', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request())
    await given.request()
    given.pass(330 * DAY)
    expect((await plannedRenewals(given.ports, given.admin, { days: 0, page: PAGE })).items).toEqual([])
    const { items } = await plannedRenewals(given.ports, given.admin, { days: 30, page: PAGE })
    expect(items).toMatchObject([{ managed: { id: managed.id }, action: 'renew' }])
    expect(items[0]?.why).toContain('it ends at')
    expect((await given.now(managed)).revision).toBe(managed.revision)
  })

  it('a maintenance window is waited for, but not in the last week', async () => {
    const renewalWindows = maintenanceWindowsFrom('Sun 03:00-04:00') ?? []
    await using given = await managedPorts({ settings: { renewalWindows } })
    const managed = await used(given, await given.request())
    given.pass(342 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
    const { dueAt = 0 } = await given.now(managed)
    expect(new Date(dueAt).toUTCString()).toMatch(/^Sun, .* 03:00:00 GMT$/)
    given.pass(dueAt - given.calendar.now())
    expect(await given.turn()).toMatchObject({ issued: 1 })
    given.pass(389 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 1 })
  })
})

describe('rotation of the authority', () => {
  it('is followed: the version that stands is issued anew, under the same ARN, and the next one by the successor', async () => {
    await using given = await managedPorts()
    const managed = await used(given, await given.request({ authority: 'issuing' }))
    await startRotation(given.ports, given.admin, { reference: 'issuing' })
    let report: RotationReport | undefined
    for (let steps = 0; report?.rotation.step !== 'reissue'; steps++) {
      if (steps > 10) throw new Error('the rotation does not get there')
      report = await advanceRotation(given.ports, given.admin, { reference: 'issuing' })
    }
    const moved = await given.now(managed)
    expect(moved.current).toMatchObject({
      number: 2,
      authority: report.successor?.id,
      key: managed.current?.key,
    })
    given.pass(350 * DAY)
    await given.turn()
    expect((await given.now(managed)).current).toMatchObject({ number: 3, authority: report.successor?.id })
  })
})

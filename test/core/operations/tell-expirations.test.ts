import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificateEvent, NOTICE_DAYS } from '../../../src/core/domain/certificate-events.ts'
import type { ManagedId } from '../../../src/core/domain/ids.ts'
import type { ManagedCertificate, ManagedVersion } from '../../../src/core/domain/managed-certificates.ts'
import { DAY, HOUR } from '../../../src/core/domain/time.ts'
import { tellApproachingExpirations } from '../../../src/core/operations/events/tell-expirations.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'
import { TEST_NOW, testPorts, type TestPorts } from '../../support/test-ports.ts'
import { secondServer } from './ports.ts'

const ID = aManagedCertificate().id

/** As an operation issues one: certificate, version and event in one transaction. */
async function issued(
  given: TestPorts,
  more: Partial<ManagedVersion> = {},
  id = ID,
): Promise<ManagedCertificate> {
  const current = aManagedVersion({
    managed: id,
    notBefore: TEST_NOW,
    notAfter: TEST_NOW + 395 * DAY,
    ...more,
  })
  const certificate = aManagedCertificate({ id, account: given.installation.account, current })
  const event = certificateEvent(`available-${id}-${current.number}`, given.calendar.now(), certificate, {
    name: 'AVAILABLE',
    action: current.number === 1 ? 'ISSUANCE' : 'RENEWAL',
  })
  const before = await given.ports.store.reads.managed.byId(id)
  await given.ports.store.transact((writes) => [
    writes.managed.addVersion(current),
    before === undefined ? writes.managed.add(certificate) : writes.managed.replace(before, certificate),
    writes.events.add(event),
  ])
  return certificate
}

const told = async (given: TestPorts, id = ID): Promise<string[]> => {
  const { items } = await given.ports.store.reads.events.list(
    { account: given.installation.account, region: aManagedCertificate().region },
    { about: id, names: ['APPROACHING_EXPIRATION', 'EXPIRED'] },
    { limit: 1000, after: undefined },
  )
  return items.map((event) =>
    event.name === 'EXPIRED' ? 'expired' : String('certificate' in event && event.detail.daysToExpiry),
  )
}

const END = TEST_NOW + 395 * DAY
const some = () => testPorts({ authorities: false })

describe('tellApproachingExpirations', () => {
  it('tells each threshold once, when it is there, and the end', async () => {
    await using given = await some()
    await issued(given)
    for (const days of NOTICE_DAYS) {
      given.calendar.set(END - days * DAY - 1)
      expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 0, failed: 0 })
      given.calendar.set(END - days * DAY)
      expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 1, failed: 0 })
      expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 0, failed: 0 })
      expect((await told(given)).at(-1)).toBe(String(days))
    }
    given.calendar.set(END)
    expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 0, failed: 0 })
    given.calendar.set(END + 1)
    expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 1, failed: 0 })
    expect(await told(given)).toEqual(['45', '30', '15', '7', '3', '1', 'expired'])
  })

  it('after a long stop tells only the latest threshold that has passed, then goes on', async () => {
    await using given = await some()
    await issued(given)
    given.calendar.set(END - 5 * DAY)
    await tellApproachingExpirations(given.ports)
    expect(await told(given)).toEqual(['5'])
    given.calendar.set(END - DAY)
    await tellApproachingExpirations(given.ports)
    expect(await told(given)).toEqual(['5', '1'])
  })

  it('after a jump of 400 days tells that it has expired and nothing else; jumping back and forth tells nothing twice', async () => {
    await using given = await some()
    await issued(given)
    for (const jump of [400 * DAY, -400 * DAY, 390 * DAY, 10 * DAY, -400 * DAY, 400 * DAY]) {
      given.calendar.advance(jump)
      await tellApproachingExpirations(given.ports)
    }
    expect(await told(given)).toEqual(['expired'])
  })

  it('begins anew with a renewal, at once for one that comes late', async () => {
    await using given = await some()
    await issued(given)
    given.calendar.set(END - 30 * DAY)
    await tellApproachingExpirations(given.ports)
    await issued(given, { number: 2, notBefore: END - 30 * DAY, notAfter: END + 365 * DAY })
    given.calendar.set(END + 2 * DAY)
    expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 0, failed: 0 })
    const late = '0197a1b2-0000-7000-8000-000000000009' as ManagedId
    await issued(given, { notAfter: END + 12 * DAY }, late)
    expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 1, failed: 0 })
    expect(await told(given, late)).toEqual(['10'])
    expect(await told(given)).toEqual(['30'])
  })

  it.each(['was revoked', 'is gone'])('says nothing of one that %s, and forgets it', async (what) => {
    await using given = await some()
    const certificate = await issued(given)
    if (what === 'is gone') await given.ports.store.transact((writes) => [writes.managed.remove(certificate)])
    given.calendar.set(END + DAY)
    const revoked = { ...certificate, revocation: { revokedAt: TEST_NOW, reason: 'superseded' as const } }
    const { store } = given.ports
    const managed = { ...store.reads.managed, byId: async () => revoked }
    const ports =
      what === 'is gone'
        ? given.ports
        : { ...given.ports, store: { ...store, reads: { ...store.reads, managed } } }
    expect(await tellApproachingExpirations(ports)).toEqual({ told: 0, failed: 0 })
    expect(await given.ports.store.reads.events.noticesDue(END + DAY, 10)).toEqual([])
    expect(await told(given)).toEqual([])
  })

  it('by two servers at the same time tells each once', async () => {
    await using given = await some()
    const other = await secondServer(given)
    for (let number = 1; number <= 50; number++)
      await issued(
        given,
        {},
        `0197a1b2-0000-7000-8000-0000000001${String(number).padStart(2, '0')}` as ManagedId,
      )
    given.calendar.set(END - 15 * DAY)
    await Promise.all([tellApproachingExpirations(given.ports), tellApproachingExpirations(other.ports)])
    const db = new Database(given.database, { readonly: true })
    expect(
      db.prepare("SELECT COUNT(*) FROM CertificateEvent WHERE name = 'APPROACHING_EXPIRATION'").pluck().get(),
    ).toBe(50)
    db.close()
    await other.store.close()
  })

  it('leaves what fails due, and logs it', async () => {
    await using given = await some()
    await issued(given)
    given.calendar.set(END - 15 * DAY)
    const broken = {
      ...given.ports,
      store: { ...given.ports.store, transact: () => Promise.reject(new Error('disk')) },
    }
    expect(await tellApproachingExpirations(broken)).toEqual({ told: 0, failed: 1 })
    expect(given.log.map(({ message }) => message)).toContain('a certificate’s end could not be told')
    expect(await tellApproachingExpirations(given.ports)).toEqual({ told: 1, failed: 0 })
  })

  it('for every lifetime and every walk of the calendar: no threshold twice, none after the end', async () => {
    await using given = await some()
    let number = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.integer({ min: -200 * 24, max: 400 * 24 }), { maxLength: 12 }),
        async (days, hours) => {
          const id = `0197a1b2-0000-7000-8000-${(++number).toString(16).padStart(12, '0')}` as ManagedId
          given.calendar.set(TEST_NOW)
          const notAfter = TEST_NOW + days * DAY
          await issued(given, { notAfter }, id)
          for (const hour of hours) {
            given.calendar.advance(hour * HOUR)
            await tellApproachingExpirations(given.ports)
          }
          const all = await told(given, id)
          const ended = all.indexOf('expired')
          expect(ended === -1 || ended === all.length - 1).toBe(true)
          expect(all.length).toBeLessThanOrEqual(NOTICE_DAYS.filter((notice) => notice < days / 2).length + 1)
        },
      ),
      { numRuns: 60 },
    )
  })
})

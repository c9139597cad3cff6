import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import {
  certificateEvent,
  type Happening,
  type NewEvent,
} from '../../../src/core/domain/certificate-events.ts'
import type { EventId, ManagedId, Region } from '../../../src/core/domain/ids.ts'
import type { ManagedCertificate } from '../../../src/core/domain/managed-certificates.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'
import { aStore, NOW, PLACE, type TestStore } from './rows.ts'

let made = 0
const told = (happening: Happening, more: Partial<ManagedCertificate> = {}, time = NOW): NewEvent =>
  certificateEvent(`event-${++made}`, time, aManagedCertificate({ ...PLACE, ...more }), happening)
const available: Happening = { name: 'AVAILABLE', action: 'ISSUANCE' }
const add = (store: TestStore, ...events: NewEvent[]) =>
  store.transact((writes) => events.map((event) => writes.events.add(event)))
const managed = (number: number): ManagedId =>
  `0197a1b2-0000-7000-8000-${String(number).padStart(12, '0')}` as ManagedId
const all = { limit: 100, after: undefined }

describe('events', () => {
  it('come back as they went in, in the order in which they were told', async () => {
    await using store = await aStore()
    const events = [told(available), told({ name: 'REVOKED', reason: 'superseded' })]
    await add(store, ...events)
    const { items, next } = await store.reads.events.list(PLACE, {}, all)
    expect(next).toBeUndefined()
    expect(items).toEqual(
      events.map(({ dedupeKey: _, notice: __, ...event }, place) => ({ sequence: place + 1, ...event })),
    )
    expect(await store.reads.events.get(PLACE, items[1]?.id as EventId)).toEqual(items[1])
    expect(await store.reads.events.newest(PLACE)).toBe(2)
  })

  it('are told once: the same again changes nothing, in the same transaction or later', async () => {
    await using store = await aStore()
    await add(store, told(available), told(available))
    await add(store, told(available))
    const { items } = await store.reads.events.list(PLACE, {}, all)
    expect(items).toHaveLength(1)
  })

  it('stand or fall with what happened', async () => {
    await using store = await aStore()
    await expect(
      store.transact((writes) => [
        writes.events.add(told(available)),
        writes.settings.put('a', '1'),
        writes.settings.put('a', '2'),
      ]),
    ).rejects.toThrow('settings.put: exists')
    expect(await store.reads.events.newest(PLACE)).toBe(0)
  })

  it('of another account or region do not exist', async () => {
    await using store = await aStore()
    const elsewhere = { ...PLACE, region: 'eu-west-1' as Region }
    const event = told(available)
    await add(store, event)
    expect(await store.reads.events.get(elsewhere, event.id)).toBeUndefined()
    expect((await store.reads.events.list(elsewhere, {}, all)).items).toEqual([])
    expect((await store.reads.events.list(elsewhere, { about: event.certificate }, all)).items).toEqual([])
    expect(await store.reads.events.newest(elsewhere)).toBe(0)
  })

  it('are filtered, and paged to the last one, whatever the page', async () => {
    await using store = await aStore()
    for (let number = 1; number <= 20; number++) {
      const id = managed(number % 4)
      const current = aManagedVersion({ number })
      await add(
        store,
        told(available, { id, current }, NOW + number),
        told({ name: 'EXPIRED' }, { id, current }, NOW + number),
      )
    }
    const names = ['EXPIRED' as const]
    const cases = [
      [{}, 40],
      [{ about: managed(3) }, 10],
      [{ names }, 20],
      [{ since: NOW + 11 }, 20],
      [{ about: managed(3), names, since: NOW + 11 }, 3],
      [{ after: 30 }, 10],
      [{ after: 40 }, 0],
    ] as const
    for (const [filter, count] of cases)
      for (const limit of [1, 3, 40, 100]) {
        const found: number[] = []
        let after: string | undefined
        do {
          const page = await store.reads.events.list(PLACE, filter, { limit, after })
          found.push(...page.items.map(({ sequence }) => sequence))
          expect(page.items.length).toBeLessThanOrEqual(limit)
          after = page.next
        } while (after !== undefined)
        expect(found).toHaveLength(count)
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b))
      }
  })

  it('use an index: neither a list nor what is due looks at the rest', async () => {
    await using store = await aStore()
    const db = new Database(store.file, { readonly: true })
    const plan = (sql: string, ...values: unknown[]) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((row) => (row as { detail: string }).detail)
        .join('; ')
    expect(
      plan('SELECT certificateId FROM CertificateNotice WHERE at <= ? ORDER BY at LIMIT ?', 1, 1),
    ).toMatch(/^SEARCH CertificateNotice USING INDEX CertificateNotice_at_idx \(at<\?\)$/)
    expect(
      plan(
        'SELECT * FROM CertificateEvent WHERE accountId = ? AND region = ? AND sequence > ? ORDER BY sequence',
        'a',
        'b',
        1,
      ),
    ).toBe(
      'SEARCH CertificateEvent USING INDEX CertificateEvent_accountId_region_idx (accountId=? AND region=? AND rowid>?)',
    )
    expect(
      plan(
        `SELECT * FROM CertificateEvent INDEXED BY CertificateEvent_certificateId_idx
           WHERE certificateId = ? AND accountId = ? AND region = ? AND sequence > ? ORDER BY sequence`,
        'a',
        'b',
        'c',
        1,
      ),
    ).toBe(
      'SEARCH CertificateEvent USING INDEX CertificateEvent_certificateId_idx (certificateId=? AND rowid>?)',
    )
    db.close()
  })

  it('older than a time are dropped, some at a time', async () => {
    let now = NOW
    await using store = await aStore({ now: () => now })
    for (let number = 1; number <= 5; number++) {
      now = NOW + number
      await add(store, told(available, { current: aManagedVersion({ number }) }, NOW + number))
    }
    await store.transact((writes) => [writes.events.dropOlderThan(NOW + 4, 2)])
    expect((await store.reads.events.list(PLACE, {}, all)).items.map(({ time }) => time - NOW)).toEqual([
      3, 4, 5,
    ])
  })
})

describe('notices of a certificate’s end', () => {
  const due = async (store: TestStore, at: number) => store.reads.events.noticesDue(at, 10)
  const first = aManagedCertificate(PLACE)
  const end = first.current?.notAfter ?? 0

  it('follow the newest version', async () => {
    await using store = await aStore()
    await add(store, told(available))
    expect(await due(store, end - 30 * DAY - 1)).toEqual([])
    expect(await due(store, end - 30 * DAY)).toEqual([first.id])
    const second = { current: aManagedVersion({ number: 2, notAfter: end + 60 * DAY }) }
    await add(store, told({ name: 'AVAILABLE', action: 'RENEWAL' }, second))
    expect(await due(store, end - 30 * DAY)).toEqual([])
    // What a job decided on the version before comes too late.
    await add(
      store,
      told({ name: 'APPROACHING_EXPIRATION' }, {}, end - 15 * DAY),
      told({ name: 'EXPIRED' }, {}, end + 1),
    )
    expect(await due(store, end + 1)).toEqual([])
    expect(await due(store, end + 60 * DAY)).toEqual([first.id])
  })

  it('end with the version, with its revocation, and on demand', async () => {
    await using store = await aStore()
    for (const [place, happening] of [
      { name: 'EXPIRED' },
      { name: 'REVOKED', reason: 'keyCompromise' },
    ].entries()) {
      const current = aManagedVersion({ number: place + 1 })
      await add(store, told(available, { current }))
      expect(await due(store, end)).toEqual([first.id])
      await add(store, told(happening as Happening, { current }))
      expect(await due(store, end + 400 * DAY)).toEqual([])
    }
    await add(store, told(available, { current: aManagedVersion({ number: 9 }) }))
    await store.transact((writes) => [writes.events.dropNotice(first.id)])
    expect(await due(store, end)).toEqual([])
  })
})

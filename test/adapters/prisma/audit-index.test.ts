import Database from 'better-sqlite3'
import fc from 'fast-check'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyIndexReader } from '../../../src/adapters/prisma/audit-index/index-reader.ts'
import { openIndexer } from '../../../src/adapters/prisma/audit-index/indexer.ts'
import { packed, unpacked } from '../../../src/adapters/prisma/audit-index/postings.ts'
import type { AccountId, Region } from '../../../src/core/domain/ids.ts'
import type { AuditFilter } from '../../../src/core/ports/audit-store.ts'
import { bulkEvents, type BulkEvent } from '../../support/audit-trail.ts'
import { aStore, NOW, type TestStore } from './rows.ts'

const ACCOUNTS = ['111111111111' as AccountId, '222222222222' as AccountId]
const REGIONS = ['eu-central-1' as Region, 'us-east-1' as Region]
const NAMES = ['IssueCertificate', 'RevokeCertificate', 'ExportCertificate']
const INDEXED = 17 * 4096
const COUNT = INDEXED + 1000

/** Times rise by a second, but for a clock that was set back by an hour for a while. */
const timeOf = (n: number): number => NOW + n * 1000 - (n > 30_000 && n < 31_000 ? 3_600_000 : 0)
const eventOf = (n: number): BulkEvent => ({
  account: ACCOUNTS[n % 5 === 0 ? 1 : 0] as string,
  region: REGIONS[n % 7 === 0 ? 1 : 0] as string,
  time: timeOf(n),
  name: NAMES[n % 1000 === 3 ? 2 : n % 20 === 1 ? 1 : 0] as string,
  principal: `token/${n % 3}`,
  resources: [`arn:authority/${n % 4}`, `arn:authority/${n % 4}/certificate/${n}`],
})

let store: TestStore
beforeAll(async () => {
  store = await aStore()
  bulkEvents(store.file, COUNT, eventOf)
})
afterAll(() => store[Symbol.asyncDispose]())

const indexFile = (): string => join(dirname(store.file), 'audit-index.db')
function indexAll(): number {
  const indexer = openIndexer(store.file, indexFile())
  try {
    let all = 0
    for (let count = indexer.step(); count > 0; count = indexer.step()) all += count
    return all
  } finally {
    indexer.close()
  }
}

/** All pages; no event may come twice, and none may be out of order. */
async function all(filter: AuditFilter, limit = 1000): Promise<number[]> {
  const ids: number[] = []
  let after: string | undefined
  do {
    const page = await store.reads.audit.find(filter, { limit, after })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    ids.push(...page.items.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids
}

function expected({ place, name, principal, resource, since, until }: AuditFilter): number[] {
  const ids: number[] = []
  for (let n = COUNT - 1; n >= 0; n--) {
    const event = eventOf(n)
    const right =
      (place === undefined || (event.account === place.account && event.region === place.region)) &&
      (name === undefined || event.name === name) &&
      (principal === undefined || event.principal === principal) &&
      (resource === undefined || event.resources.includes(resource)) &&
      (since === undefined || event.time >= since) &&
      (until === undefined || event.time < until)
    if (right) ids.push(n + 1)
  }
  return ids
}

const place = { account: ACCOUNTS[1] as AccountId, region: REGIONS[0] as Region }
const filters: Record<string, AuditFilter> = {
  'all of an account and region': { place },
  'one certificate’s': { place, resource: 'arn:authority/1/certificate/45' },
  'one certificate’s, whosever it is': { place: undefined, resource: 'arn:authority/1/certificate/45' },
  'another account’s certificate: none': { place, resource: 'arn:authority/2/certificate/46' },
  'a rare name': { place, name: 'ExportCertificate' },
  'a name that never was': { place, name: 'DeleteEverything' },
  'a principal and a name': { place, principal: 'token/1', name: 'RevokeCertificate' },
  'an hour': { place, since: NOW + 20_000_000, until: NOW + 23_600_000 },
  'an hour in which the clock was set back': {
    place: undefined,
    since: NOW + 27_500_000,
    until: NOW + 28_000_000,
  },
  'the last minutes, which are not indexed': { place, since: NOW + INDEXED * 1000 },
  'an authority’s in a while': {
    place: undefined,
    resource: 'arn:authority/2',
    name: 'RevokeCertificate',
    since: NOW + 10_000_000,
    until: NOW + 60_000_000,
  },
}

describe('looking events up', () => {
  it.each(Object.entries(filters))('without an index: %s', async (_, filter) => {
    expect(await all(filter)).toEqual(expected(filter))
  })

  it('the index takes up whole segments and leaves the rest', () => {
    expect(indexAll()).toBe(INDEXED)
    expect(indexAll()).toBe(0)
    const db = new Database(indexFile(), { readonly: true })
    // Sixteen of the lowest level have become one of the next.
    expect(db.prepare('SELECT level, COUNT(*) FROM Segment GROUP BY level').raw().all()).toEqual([
      [0, 1],
      [1, 1],
    ])
    db.close()
  })

  it.each(Object.entries(filters))('with the index: %s', async (_, filter) => {
    expect(await all(filter)).toEqual(expected(filter))
    expect(await all(filter, 137)).toEqual(expected(filter))
  })

  it('with the index: any while', async () => {
    // Ends near those of pieces and segments, and of the hour that came twice, too.
    const moment = fc.oneof(
      fc.integer({ min: 0, max: COUNT * 1000 }),
      fc
        .tuple(fc.integer({ min: 0, max: COUNT >> 7 }), fc.integer({ min: -2000, max: 2000 }))
        .map(([piece, off]) => piece * 128_000 + off),
      fc.integer({ min: 26_390_000, max: 31_010_000 }),
    )
    await fc.assert(
      fc.asyncProperty(moment, moment, async (one, other) => {
        const filter = {
          place,
          resource: 'arn:authority/0',
          since: NOW + Math.min(one, other),
          until: NOW + Math.max(one, other),
        }
        expect(await all(filter)).toEqual(expected(filter))
      }),
      { numRuns: 40 },
    )
  })

  it('the index knows to a piece where a time begins and ends', () => {
    const index = lazyIndexReader(indexFile(), () => undefined)
    for (let n = 100; n < 30_000; n += 997) {
      const { from, to } = index.get()?.stretches(timeOf(n), timeOf(n + 10)) ?? { from: 0, to: 0 }
      // Numbers of events begin with 1.
      expect(n + 1 - from).toBeGreaterThanOrEqual(0)
      expect(n + 1 - from).toBeLessThan(128)
      expect(to - (n + 10)).toBeGreaterThanOrEqual(0)
      // Before the clock was set back, the last that is early enough is nearby.
      if (n < 26_000) expect(to - (n + 10)).toBeLessThan(128)
    }
    index.close()
  })

  it('takes up nothing before a segment is full, wherever an archive lets the trail begin', async () => {
    await using short = await aStore()
    bulkEvents(short.file, 4096 + 99, eventOf)
    const archived = new Database(short.file)
    archived.exec('DELETE FROM AuditEvent WHERE id <= 100')
    const indexer = openIndexer(short.file, join(dirname(short.file), 'audit-index.db'))
    try {
      expect(indexer.step()).toBe(0)
      archived.exec(`INSERT INTO AuditEvent SELECT id + 1, accountId, region, time, name, record, hash FROM AuditEvent
        ORDER BY id DESC LIMIT 1`)
      expect(indexer.step()).toBe(4096)
      expect(indexer.step()).toBe(0)
    } finally {
      indexer.close()
      archived.close()
    }
  })

  it('an index of another trail helps nobody, and is made anew', async () => {
    const db = new Database(indexFile())
    db.prepare('UPDATE Progress SET hash = ?').run('ab'.repeat(32))
    db.prepare('DELETE FROM Posting').run()
    db.close()
    const filter = { place, name: 'ExportCertificate' }
    expect(await all(filter)).toEqual(expected(filter))
    expect(indexAll()).toBe(INDEXED)
    expect(await all(filter)).toEqual(expected(filter))
  })

  it('a cursor that is none is refused', async () => {
    await expect(store.reads.audit.find({ place }, { limit: 1, after: 'x' })).rejects.toThrow('cursor')
  })
})

describe('packed numbers', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1 }), (numbers) => {
        const [first = 0, ...rest] = numbers.sort((a, b) => a - b)
        expect(unpacked(first, packed(first, rest))).toEqual(numbers)
      }),
    )
  })
})

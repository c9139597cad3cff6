import { describe, expect, it } from 'vitest'
import type { CertificateFilter } from '../../../src/core/ports/store.ts'
import type { AccountId, AuthorityId, Region } from '../../../src/core/domain/ids.ts'
import { AUTHORITY, NOW, PLACE, aStore, anIntent, publishOne, type TestStore } from './rows.ts'

const OTHER_AUTHORITY = '01900000-0000-7000-8000-000000000002' as AuthorityId
const DAY = 86_400_000

async function everything(store: TestStore, filter: CertificateFilter, limit = 3): Promise<string[]> {
  const serials: string[] = []
  let after: string | undefined
  do {
    const page = await store.reads.certificates.search(PLACE, filter, NOW, { limit, after })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    serials.push(...page.items.map((item) => item.certificate.serial))
    after = page.next
  } while (after !== undefined)
  return serials
}

/** Ten certificates: 0 to 4 of one authority, 5 to 9 of another; number n expires n - 3 days from now. */
async function tenCertificates(store: TestStore): Promise<string[]> {
  const serials: string[] = []
  for (let n = 0; n < 10; n++) {
    const intent = anIntent({
      authority: n < 5 ? AUTHORITY : OTHER_AUTHORITY,
      notAfter: NOW + (n - 3) * DAY,
      notBefore: n === 9 ? NOW + DAY : NOW - 10 * DAY,
    })
    serials.push(intent.serial)
    await publishOne(store, intent, [`test.n${n}`, 'test.shared', ...(n < 2 ? ['test.shared.deep'] : [])])
  }
  const foreign = anIntent({ account: '222222222222' as AccountId })
  await publishOne(store, foreign, ['test.shared'])
  await publishOne(store, anIntent({ region: 'us-east-1' as Region }), ['test.shared'])
  await store.transact((writes) => [writes.certificates.reserve(anIntent())])
  return serials
}

describe('search', () => {
  it('finds by every filter, in its order, over pages', async () => {
    await using store = await aStore()
    const serials = await tenCertificates(store)
    const numbers = async (filter: CertificateFilter) =>
      (await everything(store, filter)).map((serial) => serials.indexOf(serial))
    expect(await numbers({})).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(await numbers({ authority: AUTHORITY })).toEqual([4, 3, 2, 1, 0])
    expect(await numbers({ name: 'test.n4' })).toEqual([4])
    expect(await numbers({ name: 'test.shared' })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(await numbers({ name: 'test.shared.' })).toEqual([0, 1])
    expect(await numbers({ serial: serials[6] as never })).toEqual([6])
    expect(await numbers({ status: 'expired' })).toEqual([0, 1, 2])
    expect(await numbers({ status: 'valid' })).toEqual([3, 4, 5, 6, 7, 8])
    expect(await numbers({ status: 'not_yet_valid' })).toEqual([9])
    expect(await numbers({ expiresAfter: NOW + DAY, expiresBefore: NOW + 4 * DAY })).toEqual([4, 5, 6])
    expect(await numbers({ status: 'valid', authority: AUTHORITY })).toEqual([3, 4])
    expect(await numbers({ status: 'revoked' })).toEqual([])
  })

  it('finds revoked ones, latest revocation first, and no longer among the valid', async () => {
    await using store = await aStore()
    const serials = await tenCertificates(store)
    for (const n of [7, 4]) {
      const found = await store.reads.certificates.search(PLACE, { serial: serials[n] as never }, NOW, {
        limit: 1,
        after: undefined,
      })
      const certificate = found.items[0]?.certificate
      if (certificate === undefined) throw new Error('was published')
      await store.transact((writes) => [writes.certificates.revoke(certificate, 'superseded', NOW)])
    }
    const numbers = async (filter: CertificateFilter) =>
      (await everything(store, filter)).map((serial) => serials.indexOf(serial))
    expect(await numbers({ status: 'revoked' })).toEqual([4, 7])
    expect(await numbers({ status: 'valid' })).toEqual([3, 5, 6, 8])
  })

  it('refuses cursors that are none, and those of another order', async () => {
    await using store = await aStore()
    await tenCertificates(store)
    const page = await store.reads.certificates.search(PLACE, {}, NOW, { limit: 2, after: undefined })
    for (const after of ['', 'x', '%%%', 'bnVsbA', page.next as string]) {
      const search = store.reads.certificates.search(PLACE, { status: 'expired' }, NOW, { limit: 2, after })
      await expect(search, after).rejects.toMatchObject({
        code: 'request_invalid',
        violations: [{ field: 'cursor' }],
      })
    }
  })
})

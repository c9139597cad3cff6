import { describe, expect, it } from 'vitest'
import { LAST_MOMENT } from '../../../src/core/domain/time.ts'
import type { Serial } from '../../../src/core/domain/ids.ts'
import type { ForeignCertificate, ForeignRevocation } from '../../../src/core/ports/foreign-records.ts'
import { anIntent, aSerial, aStore, AUTHORITY, NOW, PLACE, publishOne } from './rows.ts'

const aCertificate = (more: Partial<ForeignCertificate> = {}): ForeignCertificate => ({
  ...PLACE,
  authority: AUTHORITY,
  serial: aSerial(),
  der: Uint8Array.of(7, 7),
  notBefore: NOW - 1000,
  notAfter: NOW + 1000,
  importedAt: NOW,
  profile: 'imported',
  names: ['com.example.www'],
  ...more,
})
const aRevocation = (more: Partial<ForeignRevocation> = {}): ForeignRevocation => ({
  ...PLACE,
  authority: AUTHORITY,
  serial: aSerial(),
  revokedAt: NOW - 500,
  reason: 'keyCompromise',
  notAfter: LAST_MOMENT,
  ...more,
})
const page = { limit: 10, after: undefined }

describe('certificates and revocations from elsewhere', () => {
  it('are found by name and serial, and taking them up again changes nothing', async () => {
    await using store = await aStore()
    const certificate = aCertificate({ serial: 'ab'.repeat(20) as Serial })
    for (let times = 0; times < 2; times++)
      await store.transact((writes) => [writes.certificates.import(certificate)])
    const found = await store.reads.certificates.search(PLACE, { name: 'com.example.www' }, NOW, page)
    expect(found.items.map((each) => each.certificate)).toMatchObject([
      { serial: certificate.serial, state: 'issued', profile: 'imported', key: undefined },
    ])
    const bySerial = await store.reads.certificates.search(PLACE, { serial: certificate.serial }, NOW, page)
    expect(bySerial.items).toHaveLength(1)
  })

  it('a serial that another certificate has is refused, whatever that one’s state', async () => {
    await using store = await aStore()
    const [issued, signing] = [anIntent(), anIntent()]
    await publishOne(store, issued)
    await store.transact((writes) => [writes.certificates.reserve(signing)])
    for (const { serial } of [issued, signing])
      await expect(
        store.transact((writes) => [writes.certificates.import(aCertificate({ serial }))]),
      ).rejects.toMatchObject({ reason: 'exists', subject: 'certificates.import' })
  })

  it('a revoked serial without a certificate stands in CRLs, is nobody’s to see, and is never issued', async () => {
    await using store = await aStore()
    const revocation = aRevocation()
    const { serial } = revocation
    for (let times = 0; times < 2; times++)
      await store.transact((writes) => [writes.revocations.import(revocation)])
    expect(
      await store.reads.revocations.list({ authority: AUTHORITY, shard: undefined }, 0, 10),
    ).toMatchObject([{ serial, reason: 'keyCompromise', revokedAt: NOW - 500, notAfter: LAST_MOMENT }])
    expect((await store.reads.certificates.search(PLACE, {}, NOW, page)).items).toEqual([])
    expect(await store.reads.certificates.recorded(AUTHORITY, serial)).toMatchObject({ state: 'abandoned' })
    await expect(
      store.transact((writes) => [writes.certificates.reserve(anIntent({ serial }))]),
    ).rejects.toMatchObject({ reason: 'exists' })
  })

  it('its certificate may come later, and says when the entry may leave the CRL', async () => {
    await using store = await aStore()
    const revocation = aRevocation()
    await store.transact((writes) => [writes.revocations.import(revocation)])
    const certificate = aCertificate({ serial: revocation.serial })
    await store.transact((writes) => [writes.certificates.import(certificate)])
    expect(await store.reads.certificates.recorded(AUTHORITY, revocation.serial)).toMatchObject({
      state: 'issued',
      revocation: { reason: 'keyCompromise', revokedAt: NOW - 500 },
    })
    expect(
      await store.reads.revocations.list({ authority: AUTHORITY, shard: undefined }, 0, 10),
    ).toMatchObject([{ notAfter: NOW + 1000 }])
  })

  it('is found by its key although its bare serial had been looked at before', async () => {
    await using store = await aStore()
    const { serial } = aCertificate()
    await store.transact((writes) => [writes.revocations.import(aRevocation({ serial }))])
    const [bare] = await store.reads.certificates.withoutKeyHash(10)
    await store.transact((writes) => [
      writes.certificates.setKeyHash(bare as NonNullable<typeof bare>, new Uint8Array(32)),
    ])
    expect(await store.reads.certificates.withoutKeyHash(10)).toEqual([])
    await store.transact((writes) => [writes.certificates.import(aCertificate({ serial }))])
    expect(await store.reads.certificates.withoutKeyHash(10)).toMatchObject([{ serial, state: 'issued' }])
  })

  it('a revocation that stands keeps its date and reason', async () => {
    await using store = await aStore()
    const first = aRevocation()
    await store.transact((writes) => [writes.revocations.import(first)])
    await store.transact((writes) => [
      writes.revocations.import({ ...first, reason: 'superseded', revokedAt: NOW }),
    ])
    expect(
      await store.reads.revocations.list({ authority: AUTHORITY, shard: undefined }, 0, 10),
    ).toMatchObject([{ reason: 'keyCompromise', revokedAt: NOW - 500 }])
  })

  it('what was being signed and is known as revoked is never published', async () => {
    await using store = await aStore()
    const { serial, authority } = anIntent()
    await store.transact((writes) => [writes.certificates.reserve(anIntent({ serial }))])
    await store.transact((writes) => [writes.revocations.import(aRevocation({ serial }))])
    await expect(
      store.transact((writes) => [writes.certificates.publish(authority, serial, Uint8Array.of(1), [])]),
    ).rejects.toMatchObject({ reason: 'stale' })
    expect(await store.reads.certificates.recorded(AUTHORITY, serial)).toMatchObject({ state: 'abandoned' })
  })
})

it('a restore is on record until somebody has seen it', async () => {
  await using store = await aStore()
  const restore = {
    backupAt: NOW - 5000,
    restoredAt: NOW,
    auditHead: { id: 7, hash: Uint8Array.of(1, 2) },
    acknowledgedAt: undefined,
  }
  await store.transact((writes) => [writes.restores.add(restore)])
  expect(await store.reads.restores.all()).toMatchObject([{ ...restore, auditHead: { id: 7 } }])
  await store.transact((writes) => [writes.restores.acknowledge(NOW + 1)])
  await store.transact((writes) => [writes.restores.acknowledge(NOW + 2)])
  expect(await store.reads.restores.all()).toMatchObject([{ acknowledgedAt: NOW + 1 }])
})

import { describe, expect, it } from 'vitest'
import type { Serial } from '../../../src/core/domain/ids.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import { StoreConflict } from '../../../src/core/domain/errors.ts'
import { serialColumn } from '../../../src/adapters/prisma/wire-values.ts'
import { anIntent, aStore, NOW, publishOne } from './rows.ts'

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('what OCSP asks the database', () => {
  it('the column of a serial from an INTEGER: DER’s leading zero goes, short ones are filled up', () => {
    const cases = [
      ['01', '00000000000000000000000000000001'],
      ['00', '00000000000000000000000000000000'],
      ['0080', '00000000000000000000000000000080'],
      ['00800000000000000000000000000000ff', '800000000000000000000000000000ff'],
      ['7f0000000000000000000000000000ff', '7f0000000000000000000000000000ff'],
      ['010000000000000000000000000000000000ffff', '010000000000000000000000000000000000ffff'],
    ] as const
    for (const [content, column] of cases)
      expect(Buffer.from(serialColumn(octets(content))).toString('hex')).toBe(column)
  })

  it('a status, and a stamp that grows with every change to revocations and with nothing else', async () => {
    await using store = await aStore()
    const intent = anIntent({ serial: '00000000000000000000000000000080' as Serial })
    const { authority } = intent
    const { ocsp } = store.reads
    let last = (await ocsp.stamp()).revocations
    const grown = async (): Promise<number> => {
      const before = last
      last = (await ocsp.stamp()).revocations
      return last - before
    }
    const status = () => ocsp.status(authority, octets('0080'))
    expect(await status()).toBeUndefined()
    await publishOne(store, intent)
    expect([await status(), await grown()]).toEqual([{ state: 'issued', revocation: undefined }, 0])
    const certificate: Certificate = {
      ...intent,
      state: 'issued',
      der: intent.tbs,
      revocation: { revokedAt: NOW, reason: 'certificateHold' },
    }
    await store.transact((writes) => [writes.certificates.revoke(certificate, 'certificateHold', NOW)])
    expect(await status()).toEqual({ state: 'issued', revocation: certificate.revocation })
    expect(await grown()).toBe(1)
    await expect(
      store.transact((writes) => [writes.certificates.revoke(certificate, 'superseded', NOW)]),
    ).rejects.toThrow(StoreConflict)
    expect(await grown()).toBe(0)
    await store.transact((writes) => [writes.revocations.lift(certificate, NOW)])
    expect([(await status())?.revocation, await grown()]).toEqual([undefined, 1])
    await store.transact((writes) => [writes.certificates.revoke(certificate, 'superseded', NOW)])
    const superseded: Certificate = { ...certificate, revocation: { revokedAt: NOW, reason: 'superseded' } }
    await store.transact((writes) => [writes.revocations.changeReason(superseded, 'keyCompromise', NOW)])
    expect((await status())?.revocation).toEqual({ revokedAt: NOW, reason: 'keyCompromise' })
    expect(await grown()).toBeGreaterThanOrEqual(2)
    const { account, region } = intent
    const foreign = { authority, account, region, serial: '0000000000000000000000000000007f' as Serial }
    await store.transact((writes) => [
      writes.revocations.import({ ...foreign, revokedAt: NOW, reason: 'superseded', notAfter: NOW }),
    ])
    expect(await ocsp.status(authority, octets('7f'))).toMatchObject({
      state: 'abandoned',
      revocation: { revokedAt: NOW },
    })
    expect(await grown()).toBe(1)
    const left = anIntent({ serial: '0000000000000000000000000000007e' as Serial })
    await store.transact((writes) => [writes.certificates.reserve(left)])
    expect([await ocsp.status(authority, octets('7e')), await grown()]).toEqual([
      { state: 'signing', revocation: undefined },
      0,
    ])
    await store.transact((writes) => [writes.certificates.abandon(authority, left.serial, NOW)])
    expect(await grown()).toBe(1)
  })

  it('who answers: put once, replaced only by whoever knows what stands there, a new generation each time', async () => {
    await using store = await aStore()
    const intent = anIntent()
    await publishOne(store, intent)
    const { authority, serial } = intent
    const one = { authority, serial, key: 'one' as never }
    const generation = () => store.reads.generation()
    const before = await generation()
    await store.transact((writes) => [writes.ocspResponders.replace(one, undefined, NOW)])
    expect(await generation()).toBe(before + 1)
    expect(await store.reads.ocsp.responder(authority)).toMatchObject({ ...one, notAfter: intent.notAfter })
    expect([...(await store.reads.ocsp.answering())]).toEqual([authority])
    const other = { ...one, key: 'two' as never }
    for (const stale of [undefined, '00000000000000000000000000000000' as Serial])
      await expect(
        store.transact((writes) => [writes.ocspResponders.replace(other, stale, NOW)]),
      ).rejects.toMatchObject({ reason: 'stale', subject: 'ocspResponders.replace' })
    await store.transact((writes) => [writes.ocspResponders.replace(other, serial, NOW)])
    expect(await store.reads.ocsp.responder(authority)).toMatchObject(other)
  })
})

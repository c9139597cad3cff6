import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SEGMENT_ENTRIES } from '../../../../src/core/domain/crl-segments.ts'
import { DAY, HOUR } from '../../../../src/core/domain/time.ts'
import { crlDer } from '../../../../src/core/operations/revocation/read-back.ts'
import { crlNumberOf } from '../../../../src/core/x509/crl-number.ts'
import { rowsOf } from '../database.ts'
import { advance } from '../ports.ts'
import { crlScene, entriesOf, type CrlScene } from './crl-scene.ts'

let scene: CrlScene
beforeEach(async () => {
  scene = await crlScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const live = () => scene.segments().filter(({ until }) => until === null)

describe('a CRL of many entries', () => {
  test('has every one of them once, in segments that the next one keeps', async () => {
    scene.revokedRows(2 * SEGMENT_ENTRIES + 30)
    const first = await scene.publish()
    expect(first.entries).toBe(2 * SEGMENT_ENTRIES + 30)
    expect(entriesOf(await scene.current()).size).toBe(2 * SEGMENT_ENTRIES + 30)
    expect(live().map(({ count }) => count)).toEqual([SEGMENT_ENTRIES, SEGMENT_ENTRIES, 30])
    const before = live()

    const certificate = await scene.leaf()
    const { crl } = await scene.revoke(certificate)
    const next = await scene.current()
    expect(next.published).toMatchObject({ number: crl?.number, entries: 2 * SEGMENT_ENTRIES + 31 })
    expect(entriesOf(next).get(certificate.serial)).toBe('superseded')
    expect(live().map(({ count }) => count)).toEqual([SEGMENT_ENTRIES, SEGMENT_ENTRIES, 31])
    expect(
      live()
        .slice(0, 2)
        .map(({ id }) => id),
    ).toEqual(before.slice(0, 2).map(({ id }) => id))
  })

  test('is read in pieces, from and to any octet', async () => {
    scene.revokedRows(SEGMENT_ENTRIES + 1)
    const crl = await scene.publish()
    const whole = Buffer.from(await crlDer(scene.ports, crl))
    expect(whole.length).toBe(crl.length)
    const { octets } = scene.ports.store.reads.crls
    for (const [from, to] of [
      [0, 1],
      [0, crl.length],
      [100, 101],
      [17, 40_000],
      [crl.length - 3, crl.length],
      [5, 5],
      [crl.length, crl.length],
    ] as const) {
      const pieces: Uint8Array[] = []
      for await (const piece of octets(crl, from, to)) pieces.push(piece)
      expect(pieces.every(({ length }) => length > 0 && length <= 128 * 1024)).toBe(true)
      expect(Buffer.concat(pieces).equals(whole.subarray(from, to)), `${from}-${to}`).toBe(true)
    }
  })

  test('lets what is lifted go, and keeps the other segments', async () => {
    const held = await scene.leaf()
    await scene.revoke(held, 'certificateHold')
    scene.revokedRows(3 * SEGMENT_ENTRIES)
    await scene.publish()
    const before = live()
    await scene.lift(held)
    const crl = await scene.current()
    expect(entriesOf(crl).has(held.serial)).toBe(false)
    expect(crl.published.entries).toBe(3 * SEGMENT_ENTRIES)
    expect(live().slice(1)).toEqual(before.slice(1))
    await scene.revoke(held, 'keyCompromise')
    expect(entriesOf(await scene.current()).get(held.serial)).toBe('keyCompromise')
  })

  test('has a changed reason once, with the first date', async () => {
    const certificate = await scene.leaf()
    await scene.revoke(certificate, 'certificateHold')
    const since = scene.calendar.now()
    scene.revokedRows(SEGMENT_ENTRIES)
    await scene.publish()
    advance(scene, HOUR)
    await scene.revoke(certificate, 'keyCompromise')
    const found = [...(await scene.current()).entries()].filter(
      ({ serial }) => BigInt(`0x${serial}`) === BigInt(`0x${certificate.serial}`),
    )
    expect(found).toMatchObject([{ reason: 'keyCompromise', revokedAt: since }])
  })

  test('RFC 5280 §3.3: what has ended goes once it stood in one CRL after that, segment by segment', async () => {
    scene.revokedRows(SEGMENT_ENTRIES, { days: 1 })
    scene.revokedRows(SEGMENT_ENTRIES, { days: 60 })
    scene.revokedRows(10, { days: 1 })
    await scene.publish()
    advance(scene, 2 * DAY)
    expect((await scene.publish()).entries).toBe(2 * SEGMENT_ENTRIES + 10)
    expect((await scene.publish()).entries).toBe(SEGMENT_ENTRIES)
    expect(live()).toHaveLength(1)
    advance(scene, 90 * DAY)
    await scene.publish()
    const last = await scene.publish()
    expect(last.entries).toBe(0)
    expect((await scene.current()).entriesAt).toBeUndefined()
    expect((await scene.publish()).entries).toBe(0)
  })

  test('has everything again after the calendar was set back', async () => {
    scene.revokedRows(SEGMENT_ENTRIES + 5, { days: 1 })
    await scene.publish()
    scene.calendar.advance(3 * DAY)
    await scene.publish()
    const dropped = await scene.publish()
    expect(dropped.entries).toBe(0)
    scene.calendar.advance(-3 * DAY)
    const back = await scene.publish()
    expect(back).toMatchObject({ entries: SEGMENT_ENTRIES + 5 })
    expect(back.number).toBeGreaterThan(dropped.number)
    expect(back.thisUpdate).toBe(scene.calendar.now())
  })
})

describe('superseded CRLs', () => {
  const kept = () =>
    rowsOf<{ number: number }>(scene.database, 'SELECT number FROM PublishedCrl ORDER BY number').map(
      ({ number }) => number,
    )

  test('are readable for an hour, under their numbers; the last two stay; what only they had goes with them', async () => {
    scene.revokedRows(5)
    const first = await scene.publish()
    const octets = await crlDer(scene.ports, first)
    scene.revokedRows(5)
    await scene.publish()
    advance(scene, HOUR - 1000)
    await scene.publish()
    expect(await crlDer(scene.ports, first)).toEqual(octets)
    advance(scene, 2 * HOUR)
    await scene.publish()
    const last = await scene.publish()
    expect(kept()).toEqual([Number(last.number) - 2, Number(last.number) - 1, Number(last.number)])
    await expect(crlDer(scene.ports, first)).rejects.toMatchObject({ code: 'unavailable' })
    expect(scene.segments().map(({ count }) => count)).toEqual([10])
    const octetRows = rowsOf<{ n: number }>(scene.database, 'SELECT COUNT(*) AS n FROM CrlSegmentOctets')
    expect(octetRows[0]?.n).toBe(1)
  })

  test('are bounded in number, however fast they are superseded', async () => {
    for (let i = 0; i < 40; i++) {
      scene.revokedRows(1)
      await scene.publish()
    }
    expect(kept()).toHaveLength(32)
    expect(scene.segments().length).toBeLessThanOrEqual(33)
  })

  test('say themselves which number they have', async () => {
    for (let i = 0; i < 3; i++) {
      const { number } = await scene.publish()
      const crl = await scene.current()
      expect(crlNumberOf(crl, 'crl')).toBe(number)
      const again = await scene.ports.store.reads.crls.numbered(scene.complete, 'complete', number)
      expect(again).toEqual(crl.published)
    }
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  eventLine,
  trailLineFrom,
  type ChainedEvent,
  type EventColumns,
  type TrailPart,
} from '../../../src/core/domain/audit-trail.ts'
import { isoOf } from '../../../src/core/domain/time.ts'
import { verifiedTrail, type VerificationTerms } from '../../../src/core/x509/audit-verification.ts'
import { aSigner, aTrail, INSTALLATION, TRAIL_TIME } from '../../support/audit-trail.ts'

const signer = aSigner()
const records = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ eventName: 'IssueCertificate', n }))
const trail = aTrail(records(20))

const verify = (events: readonly ChainedEvent[], terms: Partial<VerificationTerms> = {}) =>
  verifiedTrail([events.map((event): TrailPart => ({ event }))], {
    checkpoints: [],
    keys: [signer.key],
    acceptRestores: false,
    ...terms,
  })
const kinds = async (events: readonly ChainedEvent[], terms: Partial<VerificationTerms> = {}) =>
  (await verify(events, terms)).findings.map(({ kind, event }) => `${kind} ${event}`)

/** Chained anew from an event on, as somebody who can write the whole table would. */
function rewritten(from: number, record: string): ChainedEvent[] {
  return aTrail(trail.map((event) => (event.id === from ? record : event.record)))
}
const at = (id: number): ChainedEvent => trail[id - 1] as ChainedEvent

describe('an audit trail that is as it was', () => {
  it('has no findings, and is proved up to its last checkpoint', async () => {
    const checkpoints = [signer.checkpoint(at(15)), signer.checkpoint(at(4))]
    const verified = await verify(trail, { checkpoints })
    expect(verified).toMatchObject({ events: 20, first: 1, matched: 2, findings: [], notes: [], earlier: 0 })
    expect(verified.last?.id).toBe(20)
    expect(verified.proved?.id).toBe(15)
  })

  it('may be there twice, as a stream says it after a crash', async () => {
    const verified = await verify([...trail.slice(0, 12), ...trail.slice(8)])
    expect(verified).toMatchObject({ findings: [], repeated: 4, events: 24 })
  })

  it('may begin in the middle: the first record isn’t proved then, unless a head says what came before', async () => {
    const verified = await verify(trail.slice(9), { checkpoints: [signer.checkpoint(at(3))] })
    expect(verified.findings).toEqual([])
    expect(verified.earlier).toBe(1)
    expect(verified.notes).toEqual([expect.stringContaining('event 10')])
    const head = { installation: INSTALLATION, first: 10, before: at(9).hash }
    const parts = [{ head }, ...trail.slice(9).map((event) => ({ event }))]
    const headed = await verifiedTrail([parts], { checkpoints: [], keys: [], acceptRestores: false })
    expect(headed).toMatchObject({ findings: [], notes: [] })
  })

  it('is read line by line as it was written, whatever stands in records', () => {
    fc.assert(
      fc.property(fc.object(), fc.nat(), (value, id) => {
        const event = { id, hash: 'ab'.repeat(32), record: JSON.stringify(value) }
        expect(trailLineFrom(eventLine(event))).toEqual({ event })
      }),
    )
  })

  it('lines that are none give none, and never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => trailLineFrom(text)).not.toThrow()
      }),
    )
    const line = eventLine(at(3))
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (place, other) => {
        const changed = line.slice(0, place) + other + line.slice(place + 1)
        const read = trailLineFrom(changed)
        if (read !== undefined && 'event' in read && changed !== line) expect(read.event).not.toEqual(at(3))
      }),
    )
  })
})

describe('tampering that the verifier finds', () => {
  it('a record that was changed', async () => {
    expect(await kinds(trail.with(6, { ...at(7), record: '{"eventName":"Harmless"}' }))).toEqual([
      'changed 7',
    ])
  })

  it('an event that was removed, and several', async () => {
    expect(await kinds(trail.filter(({ id }) => id !== 9))).toEqual(['removed 9'])
    expect((await verify(trail.filter(({ id }) => id < 5 || id > 8))).findings).toEqual([
      { kind: 'removed', event: 5, message: 'events 5 to 8 are missing' },
    ])
  })

  it('an event that was removed, and those behind it given other numbers', async () => {
    const closed = trail.filter(({ id }) => id !== 9).map((event, index) => ({ ...event, id: index + 1 }))
    expect(await kinds(closed)).toEqual(['changed 9'])
  })

  it('events that changed places: far ones and neighbours', async () => {
    const swapped = (one: number, other: number) =>
      trail.with(one - 1, { ...at(other), id: one }).with(other - 1, { ...at(one), id: other })
    expect(await kinds(swapped(5, 12))).toEqual([5, 6, 12, 13].map((id) => `reordered ${id}`))
    expect(await kinds(swapped(5, 6))).toEqual([5, 6, 7].map((id) => `reordered ${id}`))
  })

  it('lines of a file that changed places', async () => {
    expect(await kinds([...trail.slice(0, 4), at(6), at(5), ...trail.slice(6)])).toEqual(['reordered 5'])
  })

  it('a chain that was computed anew, by a checkpoint that was kept elsewhere', async () => {
    const anew = rewritten(7, '{"eventName":"Harmless"}')
    expect(await kinds(anew)).toEqual([])
    const checkpoints = [4, 10, 15].map((id) => signer.checkpoint(at(id)))
    const verified = await verify(anew, { checkpoints })
    expect(verified.findings.map(({ kind, event }) => [kind, event])).toEqual([['rewritten', 10]])
    expect(verified.proved?.id).toBe(4)
  })

  it('an end that was cut off, by a checkpoint that was kept elsewhere', async () => {
    expect(await kinds(trail.slice(0, 12))).toEqual([])
    expect(await kinds(trail.slice(0, 12), { checkpoints: [signer.checkpoint(at(15))] })).toEqual([
      'truncated 15',
    ])
  })

  it('an event that is kept under another account, region, name or time than its record has', async () => {
    const record = JSON.stringify({
      eventName: 'ExportCertificate',
      eventTime: isoOf(TRAIL_TIME),
      awsRegion: 'eu-central-1',
      recipientAccountId: '111122223333',
    })
    const right: EventColumns = {
      account: '111122223333',
      region: 'eu-central-1',
      name: 'ExportCertificate',
      time: TRAIL_TIME,
    }
    const [event] = aTrail([record]) as [ChainedEvent]
    const found = async (columns: EventColumns): Promise<number> =>
      (
        await verifiedTrail([[{ event, columns }]], { checkpoints: [], keys: [], acceptRestores: false })
      ).findings.filter(({ kind }) => kind === 'mislabelled').length
    expect(await found(right)).toBe(0)
    for (const [member, value] of Object.entries({
      account: '444455556666',
      region: 'x',
      name: 'y',
      time: 1e300,
    }))
      expect(await found({ ...right, [member]: value })).toBe(1)
  })

  it('a checkpoint by another key, and one whose text was changed', async () => {
    const other = aSigner()
    const checkpoints = [other.checkpoint(at(5)), { ...signer.checkpoint(at(6)), hash: at(7).hash }]
    const verified = await verify(trail, { checkpoints })
    expect(verified.findings.map(({ kind, event }) => [kind, event])).toEqual([
      ['unsigned', 5],
      ['unsigned', 6],
    ])
    expect(verified.proved).toBeUndefined()
  })

  it('any one octet of any record, and any event removed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(19), fc.nat(), fc.boolean(), async (index, place, remove) => {
        const { record } = trail[index] as ChainedEvent
        const spot = place % record.length
        const other = record[spot] === 'x' ? 'y' : 'x'
        const changed = remove
          ? trail.toSpliced(index, 1)
          : trail.with(index, {
              ...(trail[index] as ChainedEvent),
              record: record.slice(0, spot) + other + record.slice(spot + 1),
            })
        const head = { installation: INSTALLATION, first: 1, before: '0'.repeat(64) }
        const parts = [{ head }, ...changed.map((event) => ({ event }))]
        const terms = { checkpoints: [signer.checkpoint(at(20))], keys: [signer.key], acceptRestores: false }
        expect((await verifiedTrail([parts], terms)).findings).not.toEqual([])
      }),
    )
  })
})

describe('an installation that went back to a backup', () => {
  const restoredAt = TRAIL_TIME + 1000
  const restore = JSON.stringify({
    eventName: 'RestoreInstallation',
    eventTime: isoOf(restoredAt),
    requestParameters: { auditHead: { id: 10 } },
  })
  const back = aTrail([...records(10), restore, ...records(5)])

  it('doesn’t fit the checkpoints of the time between, and says why', async () => {
    const checkpoints = [signer.checkpoint(at(8)), signer.checkpoint(at(14)), signer.checkpoint(at(19))]
    const verified = await verify(back, { checkpoints })
    expect(verified.findings.map(({ kind, event }) => [kind, event])).toEqual([['restored', 11]])
    const accepted = await verify(back, { checkpoints, acceptRestores: true })
    expect(accepted.findings).toEqual([])
    expect(accepted.notes).toEqual([expect.stringContaining('went on from event 10')])
  })

  it('explains nothing that was signed after it', async () => {
    const checkpoints = [signer.checkpoint(at(14), { at: restoredAt + 1 })]
    expect(await kinds(back, { checkpoints, acceptRestores: true })).toEqual(['rewritten 14'])
  })
})

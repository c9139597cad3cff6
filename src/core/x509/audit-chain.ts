import { createHash } from 'node:crypto'
import { CHAIN_START, type ChainedEvent, type ChainPlace } from '../domain/audit-trail.ts'

/** The hash of an event whose record this is, behind one with the hash `before`; both in hex. */
export const chained = (before: string, record: string): string =>
  createHash('sha256').update(before, 'hex').update(record, 'utf8').digest('hex')

/** What can be wrong with an audit trail. */
export const FINDING_KINDS = [
  'changed', // an event doesn't follow from the one before it
  'removed', // numbers are missing
  'reordered', // an event stands where another one was
  'mislabelled', // a column of the database says something else than the record
  'rewritten', // the chain holds, but isn't the one that a checkpoint is of
  'truncated', // it ends before a checkpoint
  'restored', // it goes on from a backup that is older than a checkpoint
  'unsigned', // a signature isn't right, or is by a key that nobody trusts
  'unreadable', // a line of a file is none of an audit trail
] as const
export type Finding = {
  readonly kind: (typeof FINDING_KINDS)[number]
  /** The event that it is about; 0 where there is none. */
  readonly event: number
  readonly message: string
}

/** Hashes of the last events are kept: a stream may say them again. */
const REMEMBERED = 4096
/** Of so many events that don't fit it is looked up where they came from. */
const COMPARED = 64

type Misfit = ChainedEvent & { readonly before: string }

/** Follows events one by one and says what is wrong with them. */
export type ChainWalk = {
  /** Where the next event is to go on from, as a head says. */
  begin(place: ChainPlace): void
  take(event: ChainedEvent): void
  /**
   * Events behind `before` up to `to` went elsewhere, as somebody signed. Those that came all the same must end so.
   * @returns whether none of them came
   */
  skip(before: ChainPlace, to: ChainPlace): boolean
  /** The last event that was taken; undefined before the first one. */
  place(): ChainPlace | undefined
  /** Events that were there again, as they were. */
  repeated(): number
  /** The first event, when nothing says what came before it: its own record can't be proved. */
  unproved(): number | undefined
  findings(): readonly Finding[]
}

/** A walk along the chain; memory doesn't grow with it. @param noun what it is a chain of */
export function chainWalk(noun = 'event'): ChainWalk {
  const findings: Finding[] = []
  const misfits: Misfit[] = []
  const gaps = new Gaps(noun)
  const remembered = new Map<number, string>()
  let place: ChainPlace | undefined
  let repeated = 0
  let unproved: number | undefined

  const remember = ({ id, hash }: ChainPlace): void => {
    remembered.set(id, hash)
    remembered.delete(id - REMEMBERED)
    place = { id, hash }
  }
  const again = (event: ChainedEvent): void => {
    const before = remembered.get(event.id - 1)
    const same = remembered.get(event.id) === event.hash
    if (same && (before === undefined || chained(before, event.record) === event.hash)) repeated++
    else {
      gaps.fill(event.id)
      const message = `${noun} ${event.id} stands behind ${noun} ${place?.id}`
      findings.push({ kind: 'reordered', event: event.id, message })
    }
  }
  const begin = (next: ChainPlace): void => {
    if (place === undefined) return remember(next)
    if (next.id > place.id) gaps.add(place.id + 1, next.id)
    else if ((remembered.get(next.id) ?? next.hash) === next.hash) return
    else findings.push(misjoined(noun, next.id))
    remember(next)
  }
  return {
    begin,
    skip: (before, to) => {
      begin(before)
      const came = place?.id ?? 0
      if (came >= to.id) begin(to)
      else {
        if (came > before.id) gaps.add(came + 1, to.id)
        remember(to)
      }
      return came === before.id
    },
    take: (event) => {
      const { id, hash, record } = event
      if (place === undefined && id === 1) place = CHAIN_START
      if (place === undefined) unproved = id
      else if (id <= place.id) return again(event)
      else if (id > place.id + 1) gaps.add(place.id + 1, id - 1)
      else if (chained(place.hash, record) !== hash) {
        misfits.push({ ...event, before: place.hash, ...(misfits.length < COMPARED ? {} : { record: '' }) })
      }
      remember({ id, hash })
    },
    place: () => place,
    repeated: () => repeated,
    unproved: () => unproved,
    findings: () =>
      [...findings, ...gaps.findings(), ...told(noun, misfits)].sort((a, b) => a.event - b.event),
  }
}

const misjoined = (noun: string, id: number): Finding => ({
  kind: 'changed',
  event: id,
  message: `${noun} ${id} has another hash in one part than the next part begins with`,
})

/**
 * Why events don't fit. One whose hash does come from its own record and a hash that is still there was moved; of any other
 * either it, the one before it, or one between them isn't what it was.
 */
function told(noun: string, misfits: readonly Misfit[]): Finding[] {
  const known = misfits.slice(0, COMPARED).flatMap(({ before, hash }) => [before, hash])
  return misfits.map(({ id, record, hash }, index): Finding => {
    const moved = index < COMPARED && known.some((before) => chained(before, record) === hash)
    return moved
      ? {
          kind: 'reordered',
          event: id,
          message: `${noun} ${id} was written behind another one than ${id - 1}`,
        }
      : {
          kind: 'changed',
          event: id,
          message: `${noun} ${id} doesn’t follow from ${noun} ${id - 1}: one of them was changed, or one between them removed`,
        }
  })
}

/** Numbers that didn't come yet. */
class Gaps {
  readonly #noun: string
  #gaps: { from: number; to: number }[] = []

  constructor(noun: string) {
    this.#noun = noun
  }

  add(from: number, to: number): void {
    this.#gaps.push({ from, to })
  }
  fill(id: number): void {
    this.#gaps = this.#gaps.flatMap((gap) =>
      id < gap.from || id > gap.to
        ? [gap]
        : [
            { from: gap.from, to: id - 1 },
            { from: id + 1, to: gap.to },
          ].filter(({ from, to }) => from <= to),
    )
  }
  findings(): Finding[] {
    return this.#gaps.map(({ from, to }) => ({
      kind: 'removed',
      event: from,
      message:
        from === to ? `${this.#noun} ${from} is missing` : `${this.#noun}s ${from} to ${to} are missing`,
    }))
  }
}

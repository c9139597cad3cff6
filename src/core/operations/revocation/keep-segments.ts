import { SEGMENT_ENTRIES, type CrlSegment, type Sequences } from '../../domain/crl-segments.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { checkEntries, encodeEntries } from '../../x509/crl-entries.ts'
import type { RevokedRow } from '../../ports/crl-store.ts'
import type { Ports } from '../../ports/ports.ts'

/** Segments in one transaction: some 350 KB, which is copied on its way to the writer, and no writer waits long for. */
const AT_ONCE = 8

export type WantedSegments = {
  readonly scope: CrlScope
  /** Of the CRL that they are made for. */
  readonly number: bigint
  readonly ranges: readonly Sequences[]
  /** Whether an entry has stood in a CRL long enough. */
  readonly gone: (row: RevokedRow) => boolean
}

type Made = { readonly segment: Omit<CrlSegment, 'id'>; readonly octets: Uint8Array }

/**
 * Keeps the entries of a CRL that none before it has, page by page; the next ones are read while the last ones are
 * written.
 */
export async function keepSegments(
  ports: Pick<Ports, 'store'>,
  { scope, number, ranges, gone }: WantedSegments,
): Promise<void> {
  let waiting: Made[] = []
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    await writing
    const made = waiting
    waiting = []
    writing = ports.store.transact((writes) =>
      made.map(({ segment, octets }) => writes.crls.addSegment(scope, number, segment, octets)),
    )
    // Whoever awaits it hears of it; meanwhile it must not count as unheard.
    writing.catch(() => {})
  }
  for (const range of ranges)
    for await (const made of segmentsIn(ports, scope, range, gone)) {
      waiting.push(made)
      if (waiting.length === AT_ONCE) await write()
    }
  if (waiting.length > 0) await write()
  await writing
}

async function* segmentsIn(
  { store }: Pick<Ports, 'store'>,
  scope: CrlScope,
  { first, last }: Sequences,
  gone: (row: RevokedRow) => boolean,
): AsyncGenerator<Made> {
  let from = first
  let rows: RevokedRow[] = []
  for (let after = first - 1; ;) {
    const page = await store.reads.crls.revoked(scope, after, last, SEGMENT_ENTRIES)
    for (const row of page) if (!gone(row)) rows.push(row)
    after = page.at(-1)?.sequence ?? after
    while (rows.length >= SEGMENT_ENTRIES) {
      const full = rows.slice(0, SEGMENT_ENTRIES)
      const to = full.at(-1)?.sequence ?? last
      yield segmentOf(full, { first: from, last: to })
      from = to + 1
      rows = rows.slice(SEGMENT_ENTRIES)
    }
    if (page.length === SEGMENT_ENTRIES) continue
    if (rows.length > 0) yield segmentOf(rows, { first: from, last })
    return
  }
}

/** Reads back what is to be kept: what is damaged is found before it is stored. */
function segmentOf(rows: readonly RevokedRow[], range: Sequences): Made {
  const octets = encodeEntries(rows)
  if (checkEntries(octets, false) !== rows.length)
    throw new ChanceryError('internal', 'crl: entries were written that can’t be read back')
  let endsFirst: Millis = Infinity
  for (const { notAfter } of rows) endsFirst = Math.min(endsFirst, notAfter)
  return { segment: { ...range, count: rows.length, length: octets.length, endsFirst }, octets }
}

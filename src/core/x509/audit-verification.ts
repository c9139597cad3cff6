import type {
  ChainedEvent,
  EventColumns,
  SignedArchive,
  SignedCheckpoint,
  TrailPart,
} from '../domain/audit-trail.ts'
import { isoOf } from '../domain/time.ts'
import { chainWalk, type ChainWalk, type Finding } from './audit-chain.ts'
import { isSignedArchive, isSignedCheckpoint, type StatementKey } from './audit-statements.ts'

export type VerificationTerms = {
  /** In any order. */
  readonly checkpoints: readonly SignedCheckpoint[]
  /** Whose signatures count. */
  readonly keys: readonly StatementKey[]
  /** Whether a way back to a backup, which the trail itself names, explains checkpoints that don't fit. */
  readonly acceptRestores: boolean
}

export type Verification = {
  readonly events: number
  readonly first: number | undefined
  readonly last: { readonly id: number; readonly hash: string } | undefined
  /** Events that were there more than once. */
  readonly repeated: number
  /** Archives of which something was said, in a file or beside it. */
  readonly archives: number
  /** The latest checkpoint that the trail is proved up to. */
  readonly proved: SignedCheckpoint | undefined
  /** Checkpoints that fit. */
  readonly matched: number
  /** Checkpoints about events before the first one. */
  readonly earlier: number
  /** What to know besides. */
  readonly notes: readonly string[]
  readonly findings: readonly Finding[]
}

type Restore = { readonly event: number; readonly head: number; readonly at: number }

/**
 * Reads an audit trail through: whether each event follows from the one before it, whether columns say what records say,
 * whether signed statements are true of it, and how far they reach.
 */
export async function verifiedTrail(
  parts: AsyncIterable<readonly TrailPart[]> | Iterable<readonly TrailPart[]>,
  terms: VerificationTerms,
): Promise<Verification> {
  const walk = chainWalk()
  const findings: Finding[] = []
  const attested = attestations(terms, findings)
  const restores: Restore[] = []
  const notes: string[] = []
  const archives = new Set<number>()
  const count = { events: 0, first: undefined as number | undefined }
  const takeArchive = (archive: SignedArchive): void => {
    if (!isSignedArchive(archive, terms.keys)) findings.push(unsigned(archive.last, 'archive'))
    archives.add(archive.first)
  }
  const takeEvent = (event: ChainedEvent, columns: EventColumns | undefined): void => {
    walk.take(event)
    attested.take(event)
    count.events++
    count.first ??= event.id
    if (columns !== undefined) findings.push(...mislabelled(event, columns))
    const restore = restoreIn(event)
    if (restore !== undefined) restores.push(restore)
  }
  for await (const several of parts)
    for (const part of several) {
      if ('unreadable' in part) findings.push({ kind: 'unreadable', event: 0, message: part.unreadable })
      else if ('event' in part) takeEvent(part.event, part.columns)
      else if ('head' in part) {
        const { archive, first, before } = part.head
        walk.begin({ id: first - 1, hash: before })
        if (archive !== undefined) takeArchive(archive)
      } else {
        const { first, before, last: id, hash } = part.archived
        takeArchive(part.archived)
        if (walk.skip({ id: first - 1, hash: before }, { id, hash }))
          notes.push(`events ${first} to ${id} are in an archive whose file wasn’t read`)
      }
    }
  const last = walk.place()
  const { proved, matched, earlier, wrong } = attested.end(last?.id ?? 0, count.first ?? 1)
  const explained = explainedBy(restores, wrong, terms.acceptRestores)
  return {
    ...count,
    last,
    archives: archives.size,
    repeated: walk.repeated(),
    proved,
    matched,
    earlier,
    notes: [...notes, ...notesOf(walk), ...explained.notes],
    findings: [...walk.findings(), ...findings, ...explained.findings].sort((a, b) => a.event - b.event),
  }
}

const notesOf = (walk: ChainWalk): string[] => {
  const unproved = walk.unproved()
  return unproved === undefined
    ? []
    : [
        `nothing says what came before event ${unproved}: its own record isn’t proved, all after it follow from its hash`,
      ]
}

const unsigned = (event: number, what: string): Finding => ({
  kind: 'unsigned',
  event,
  message: `the ${what} of event ${event} has no right signature by a key that is trusted`,
})

type Wrong = { readonly checkpoint: SignedCheckpoint; readonly kind: 'rewritten' | 'truncated' }

/** Holds signed checkpoints against events as they come by. */
function attestations({ checkpoints, keys }: VerificationTerms, findings: Finding[]) {
  const sorted: SignedCheckpoint[] = []
  for (const each of checkpoints)
    if (isSignedCheckpoint(each, keys)) sorted.push(each)
    else findings.push(unsigned(each.id, 'checkpoint'))
  const byId = Map.groupBy(sorted, ({ id }) => id)
  const wrong: Wrong[] = []
  let proved: SignedCheckpoint | undefined
  let matched = 0
  return {
    take: ({ id, hash }: ChainedEvent): void => {
      for (const checkpoint of byId.get(id) ?? []) {
        if (checkpoint.hash !== hash) wrong.push({ checkpoint, kind: 'rewritten' })
        else {
          matched++
          if (proved === undefined || proved.id <= id) proved = checkpoint
        }
      }
    },
    end: (last: number, first: number) => ({
      proved,
      matched,
      earlier: sorted.filter(({ id }) => id < first).length,
      wrong: [
        ...wrong,
        ...sorted.flatMap((checkpoint): Wrong[] =>
          checkpoint.id > last ? [{ checkpoint, kind: 'truncated' }] : [],
        ),
      ],
    }),
  }
}

/** Wrong checkpoints, as findings: the first of each kind, since those behind it must be wrong, too. */
function explainedBy(
  restores: readonly Restore[],
  wrong: readonly Wrong[],
  accept: boolean,
): { readonly findings: Finding[]; readonly notes: string[] } {
  const findings: Finding[] = []
  const notes: string[] = []
  const told = new Set<string>()
  for (const { checkpoint, kind } of wrong) {
    const { id, at } = checkpoint
    const restore = restores.find(({ head, at: restoredAt }) => id > head && at <= restoredAt)
    const why = restore === undefined ? kind : `restored ${restore.event}`
    if (told.has(why)) continue
    told.add(why)
    const what = `the checkpoint of event ${id} at ${isoOf(at)}`
    if (restore === undefined) {
      const message =
        kind === 'truncated'
          ? `the trail ends before event ${id}, which ${what} is of`
          : `event ${id} isn’t the one that ${what} is of: it, or one before it, was written anew`
      findings.push({ kind, event: id, message })
      continue
    }
    const message = `${what} is of a trail that went on from event ${restore.head}; this one was restored at ${isoOf(restore.at)} and goes on from there otherwise`
    if (accept) notes.push(message)
    else findings.push({ kind: 'restored', event: restore.event, message })
  }
  return { findings, notes }
}

function restoreIn({ id, record }: ChainedEvent): Restore | undefined {
  if (!record.includes('"eventName":"RestoreInstallation"')) return undefined
  const { eventName, eventTime, requestParameters } = membersOf(record)
  const head = (requestParameters as { auditHead?: { id?: unknown } } | undefined)?.auditHead?.id
  return eventName === 'RestoreInstallation' && typeof head === 'number'
    ? { event: id, head, at: Date.parse(String(eventTime)) }
    : undefined
}

/** Members that are compared where a record has them: older ones have less. */
function mislabelled({ id, record }: ChainedEvent, columns: EventColumns): Finding[] {
  const { recipientAccountId, awsRegion, eventName, eventTime } = membersOf(record)
  const time = typeof eventTime === 'string' ? Date.parse(eventTime) : undefined
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['account', recipientAccountId, columns.account],
    ['region', awsRegion, columns.region],
    ['name', eventName, columns.name],
    ['time', time, columns.time],
  ]
  return pairs
    .filter(([, said, column]) => said !== undefined && said !== column)
    .map(([what, said, column]) => ({
      kind: 'mislabelled',
      event: id,
      message: `event ${id} is kept under ${what} ${String(column)}, its record says ${String(said)}`,
    }))
}

function membersOf(record: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(record) ?? {}) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

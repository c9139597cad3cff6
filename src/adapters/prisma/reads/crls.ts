import type { Database } from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CrlScope, ShardId } from '../../../core/domain/crl-scopes.ts'
import type { CrlSegment } from '../../../core/domain/crl-segments.ts'
import { ChanceryError } from '../../../core/domain/errors.ts'
import type { AuthorityId } from '../../../core/domain/ids.ts'
import type { CrlVariety, PublishedCrl } from '../../../core/domain/published-crls.ts'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type { CrlOctets, CrlReads, RevokedRow, ScopeState } from '../../../core/ports/crl-store.ts'
import { shardColumn } from '../crl-writes.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type Row = Omit<Raw<models.PublishedCrlModel>, 'head' | 'tail'>

/** Octets handed out in one piece. */
const PIECE = 128 * 1024
/** Scopes looked at in one go: some milliseconds. */
const STATES = 100

const SCOPE = 'authorityId = ? AND shard = ?'
const COLUMNS =
  'authorityId, shard, kind, number, base, thisUpdate, nextUpdate, length, entries, through, withdrawnThrough'

/** Reads about CRLs. */
export function crlReads(db: Database): CrlReads {
  const crl = 'SELECT ' + COLUMNS + ` FROM PublishedCrl WHERE ${SCOPE} AND kind = ?`
  const numbered = db.prepare(`${crl} AND number = ?`)
  const lastTwo = db.prepare(`${crl} ORDER BY number DESC LIMIT 2`)
  const unannounced = db.prepare(
    `SELECT authorityId, id AS shard FROM CrlShard WHERE closedAt IS NULL AND NOT EXISTS
       (SELECT 1 FROM PublishedCrl WHERE authorityId = CrlShard.authorityId AND shard = CrlShard.id)`,
  )
  const ofAuthority = db.prepare('SELECT crlNumber FROM Authority WHERE id = ?').pluck()
  const ofShard = db.prepare('SELECT crlNumber FROM CrlShard WHERE id = ?').pluck()
  const last = ({ authority, shard }: CrlScope, kind: CrlVariety): PublishedCrl[] =>
    (lastTwo.all(authority, shard ?? 0, kind) as Row[]).map(crlFrom)
  const { segments, unpublished, entries } = segmentReads(db)
  const highest = highestIn(db, 'Revocation')
  const highestWithdrawn = highestIn(db, 'WithdrawnRevocation')
  const stateOf = (scope: CrlScope): ScopeState => {
    const [complete, before] = last(scope, 'complete')
    const [delta] = last(scope, 'delta')
    // What was revoked last may have been withdrawn: then nothing that is there has a sequence as high as theirs.
    const known = (of: (crl: PublishedCrl) => number): number =>
      Math.max(...[complete, delta].map((crl) => (crl === undefined ? 0 : of(crl))))
    // First: what changed a reason by then has its new revocation among those read below.
    const withdrawnThrough = Math.max(
      highestWithdrawn(scope),
      known((crl) => crl.withdrawnThrough),
    )
    const through = Math.max(
      highest(scope),
      known((crl) => crl.through),
    )
    return { complete, before, delta, through, withdrawnThrough }
  }
  return {
    crls: {
      latest: async (scope, kind) => last(scope, kind)[0],
      numbered: async (scope, kind, number) => {
        const row = numbered.get(scope.authority, shardColumn(scope), kind, number) as Row | undefined
        return row && crlFrom(row)
      },
      octets: octetReads(db, segments, entries),
      lastNumber: async ({ authority, shard }) =>
        BigInt(((shard === undefined ? ofAuthority.get(authority) : ofShard.get(shard)) as number) ?? 0),
      segments: async (published) => segments(published),
      unpublished: async (scope, number) => unpublished(scope, number),
      entries,
      revoked: revokedReads(db),
      unannounced: async () => (unannounced.all() as ScopeRow[]).map(scopeFrom),
      states: async (scopes) => {
        const states: ScopeState[] = []
        for (let at = 0; at < scopes.length; at += STATES) {
          states.push(...scopes.slice(at, at + STATES).map(stateOf))
          await nextTurn()
        }
        return states
      },
    },
  }
}

type ScopeRow = Pick<Row, 'authorityId' | 'shard'>
const scopeFrom = ({ authorityId, shard }: ScopeRow): CrlScope => ({
  authority: authorityId as AuthorityId,
  shard: shard === 0 ? undefined : (shard as ShardId),
})

const crlFrom = (row: Row): PublishedCrl => ({
  scope: scopeFrom(row),
  kind: row.kind as CrlVariety,
  number: BigInt(row.number),
  base: row.base === null ? undefined : BigInt(row.base),
  thisUpdate: row.thisUpdate,
  nextUpdate: row.nextUpdate,
  length: row.length,
  entries: row.entries,
  through: row.through,
  withdrawnThrough: row.withdrawnThrough,
})

function highestIn(db: Database, table: 'Revocation' | 'WithdrawnRevocation') {
  const whole = db.prepare(`SELECT MAX(id) FROM ${table} WHERE authorityId = ?`).pluck()
  const part = db.prepare(`SELECT MAX(id) FROM ${table} WHERE shard = ?`).pluck()
  return ({ authority, shard }: CrlScope): number =>
    ((shard === undefined ? whole.get(authority) : part.get(shard)) as number | null) ?? 0
}

type RowValues = [id: number, serial: string, revokedAt: number, reason: number, notAfter: number]

/** As text, since a million short blobs take five times as long as the rest of the row. */
function revokedReads(db: Database): CrlReads['crls']['revoked'] {
  const rows = (scope: string) =>
    db
      .prepare(
        `SELECT id, hex(serial), revokedAt, reason, notAfter FROM Revocation
           WHERE ${scope} AND id > ? AND id <= ? ORDER BY id LIMIT ?`,
      )
      .raw()
  const whole = rows('authorityId = ?')
  const part = rows('shard = ?')
  return async ({ authority, shard }, after, through, limit) => {
    await nextTurn()
    const found =
      shard === undefined
        ? whole.all(authority, after, through, limit)
        : part.all(shard, after, through, limit)
    return (found as RowValues[]).map(([sequence, serial, revokedAt, reason, notAfter]): RevokedRow => ({
      sequence,
      serial,
      revokedAt,
      reason: reasonNamed(reason),
      notAfter,
    }))
  }
}

type Segments = (crl: PublishedCrl) => readonly CrlSegment[]
type Entries = (segments: readonly CrlSegment[]) => AsyncGenerator<Uint8Array>

function segmentReads(db: Database) {
  const columns = 'SELECT id, first, last, count, length, endsFirst FROM CrlSegment'
  const visible = db.prepare(
    `${columns} WHERE ${SCOPE} AND published = 1 AND since <= ? AND (until IS NULL OR until > ?) ORDER BY first`,
  )
  const pending = db.prepare(`${columns} WHERE ${SCOPE} AND published = 0 AND since = ? ORDER BY first`)
  type Kept = { readonly octets: Uint8Array; readonly sha256: Uint8Array }
  const octets = db.prepare('SELECT octets, sha256 FROM CrlSegmentOctets WHERE segmentId = ?')
  const segments: Segments = ({ scope, kind, number }) =>
    kind === 'delta' ? [] : (visible.all(scope.authority, shardColumn(scope), number, number) as CrlSegment[])
  const unpublished = (scope: CrlScope, number: bigint): readonly CrlSegment[] =>
    pending.all(scope.authority, shardColumn(scope), number) as CrlSegment[]
  const entries: Entries = async function* (given) {
    for (const { id } of given) {
      await nextTurn()
      const found = octets.get(id) as Kept | undefined
      if (found === undefined) throw dropped()
      if (!createHash('sha256').update(found.octets).digest().equals(found.sha256)) throw damaged()
      yield found.octets
    }
  }
  return { segments, unpublished, entries }
}

function octetReads(db: Database, segments: Segments, entries: Entries): CrlReads['crls']['octets'] {
  const around = db.prepare(`SELECT head, tail FROM PublishedCrl WHERE ${SCOPE} AND kind = ? AND number = ?`)
  return async function* (crl, from = 0, to = crl.length) {
    const { scope, kind, number } = crl
    const row = around.get(scope.authority, shardColumn(scope), kind, number) as CrlOctets | undefined
    const between = segments(crl)
    const kept = between.reduce((sum, { length }) => sum + length, 0)
    if (row === undefined || row.head.length + kept + row.tail.length !== crl.length) throw dropped()
    yield* pieces(row.head, from, to)
    let at = row.head.length
    for (const segment of between) {
      if (at < to && at + segment.length > from)
        for await (const octets of entries([segment])) yield* pieces(octets, from - at, to - at)
      at += segment.length
    }
    yield* pieces(row.tail, from - at, to - at)
  }
}

function* pieces(octets: Uint8Array, from: number, to: number): Generator<Uint8Array> {
  const end = Math.min(octets.length, to)
  for (let start = Math.max(0, from); start < end; start += PIECE)
    yield octets.subarray(start, Math.min(start + PIECE, end))
}

const damaged = (): ChanceryError =>
  new ChanceryError('internal', 'crl: entries aren’t what they were when they were kept: the disk is damaged')

const dropped = (): ChanceryError =>
  new ChanceryError(
    'unavailable',
    'The CRL was superseded, and dropped, while it was read; read the current one',
  )

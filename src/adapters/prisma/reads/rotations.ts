import type { Database } from 'better-sqlite3'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Authority } from '../../../core/domain/authorities.ts'
import type { AccountId, AuthorityId, Region } from '../../../core/domain/ids.ts'
import { serialOf } from '../../../core/domain/ids.ts'
import type {
  CrossCertificate,
  Dependents,
  Replacement,
  Rotation,
  RotationOutcome,
  RotationStep,
  SuccessorRequest,
} from '../../../core/domain/rotations.ts'
import type { Reads } from '../../../core/ports/store.ts'
import type * as models from '../generated/models.ts'
import { certificateFrom, type CertificateRow, type Raw } from '../rows.ts'
import { serialBlob } from '../wire-values.ts'

/** Rows looked at in one go: no read holds up the event loop, or the checkpoint of the log, for long. */
const SCAN = 5000

type RotationRow = Raw<models.RotationModel>
type ReplacementRow = Raw<models.ReplacementModel>
type CrossRow = Raw<models.CrossCertificateModel> & CertificateRow
type Counted = { readonly total: number | null; readonly held: number | null; readonly last: number | null }

/** Reads about certificates for authorities' keys and about rotations. */
export function rotationReads(db: Database): Pick<Reads, 'crossCertificates' | 'rotations'> {
  const crossOf = db.prepare(
    `SELECT x.issuerId, x.serial, x.subjectId, x.createdAt, c.*, r.revokedAt, r.reason
       FROM CrossCertificate x JOIN Certificate c ON c.serial = x.serial AND c.authorityId = x.issuerId
       LEFT JOIN Revocation r ON r.certificateId = c.id WHERE x.subjectId = ? ORDER BY x.createdAt DESC, c.id DESC`,
  )
  const latest = db.prepare('SELECT * FROM Rotation WHERE authorityId = ? ORDER BY rowid DESC LIMIT 1')
  const children = db.prepare('SELECT * FROM Replacement WHERE rotationId = ? AND authorityId IS NOT NULL')
  const reissued = db
    .prepare('SELECT COUNT(*) FROM Replacement WHERE rotationId = ? AND authorityId IS NULL')
    .pluck()
  const replacement = db.prepare('SELECT * FROM Replacement WHERE issuerId = ? AND serial = ?')
  return {
    crossCertificates: {
      of: async (subject) =>
        (crossOf.all(subject) as CrossRow[]).map((row) => ({
          ...crossFrom(row),
          certificate: certificateFrom(row),
        })),
    },
    rotations: {
      latest: async (authority) => optionalRotation(latest.get(authority)),
      ...dependentReads(db),
      children: async (rotation) => (children.all(rotation) as ReplacementRow[]).map(replacementFrom),
      reissued: async (rotation) => reissued.get(rotation) as number,
      replacementOf: async (issuer, serial) => {
        const row = replacement.get(issuer, serialBlob(serial)) as ReplacementRow | undefined
        return row === undefined ? undefined : replacementFrom(row)
      },
    },
  }
}

/**
 * What depends on an authority's key: valid, and neither its own certificate, nor one for its successor's key, nor
 * replaced.
 */
const DEPENDS = `c.state = 1 AND c.notAfter >= @now AND c.serial <> @own AND r.id IS NULL
  AND NOT EXISTS (SELECT 1 FROM CrossCertificate x WHERE x.issuerId = c.authorityId AND x.serial = c.serial)
  AND NOT EXISTS (SELECT 1 FROM Replacement p WHERE p.issuerId = c.authorityId AND p.serial = c.serial)`

function dependentReads(db: Database): Pick<Reads['rotations'], 'dependents' | 'reissuable'> {
  const scan = `(SELECT * FROM Certificate WHERE authorityId = @authority AND id > @after ORDER BY id LIMIT ${SCAN}) c
    LEFT JOIN Revocation r ON r.certificateId = c.id`
  const count = db.prepare(
    `SELECT MAX(c.id) AS last, SUM(${DEPENDS}) AS total, SUM(c.keyId IS NOT NULL AND ${DEPENDS}) AS held FROM ${scan}`,
  )
  const page = db.prepare(
    `SELECT c.*, r.revokedAt, r.reason FROM ${scan} WHERE c.keyId IS NOT NULL AND ${DEPENDS} ORDER BY c.id LIMIT @limit`,
  )
  const end = db
    .prepare(
      `SELECT MAX(id) FROM (SELECT id FROM Certificate WHERE authorityId = @authority AND id > @after ORDER BY id LIMIT ${SCAN})`,
    )
    .pluck()
  const parameters = ({ id, certificate }: Authority, now: number) => ({
    authority: id,
    now,
    own: certificate === undefined ? Buffer.alloc(0) : serialBlob(certificate.serial),
  })
  return {
    dependents: async (authority, now): Promise<Dependents> => {
      let total = 0
      let reissuable = 0
      for (let after = 0; ; await nextTurn()) {
        const row = count.get({ ...parameters(authority, now), after }) as Counted
        total += row.total ?? 0
        reissuable += row.held ?? 0
        if (row.last === null) return { total, reissuable }
        after = row.last
      }
    },
    reissuable: async (authority, now, limit) => {
      const given = parameters(authority, now)
      const found: CertificateRow[] = []
      for (let after = 0; ; await nextTurn()) {
        found.push(...(page.all({ ...given, after, limit: limit - found.length }) as CertificateRow[]))
        const last = end.get({ authority: authority.id, after }) as number | null
        if (last === null || found.length >= limit) return found.map(certificateFrom)
        after = last
      }
    },
  }
}

const optionalRotation = (row: unknown): Rotation | undefined =>
  row === undefined ? undefined : rotationFrom(row as RotationRow)

const rotationFrom = (row: RotationRow): Rotation => ({
  id: row.id,
  account: row.accountId as AccountId,
  region: row.region as Region,
  authority: row.authorityId as AuthorityId,
  successor: row.successorId as AuthorityId,
  step: (row.step ?? undefined) as RotationStep | undefined,
  request: JSON.parse(row.request) as SuccessorRequest,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  end:
    row.endedAt === null || row.outcome === null
      ? undefined
      : { at: row.endedAt, outcome: row.outcome as RotationOutcome },
})

const replacementFrom = (row: ReplacementRow): Replacement => ({
  issuer: row.issuerId as AuthorityId,
  serial: serialOf(row.serial),
  newIssuer: row.newIssuerId as AuthorityId,
  newSerial: serialOf(row.newSerial),
  rotation: row.rotationId,
  authority: (row.authorityId ?? undefined) as AuthorityId | undefined,
})

const crossFrom = (row: CrossRow): CrossCertificate => ({
  issuer: row.issuerId as AuthorityId,
  serial: serialOf(row.serial),
  subject: row.subjectId as AuthorityId,
  createdAt: row.createdAt,
})

import type { Database } from 'better-sqlite3'
import { CERTIFICATE_STATES } from '../../../core/domain/certificates.ts'
import { serialOf, type AuthorityId, type KeyId } from '../../../core/domain/ids.ts'
import type { SerialRecord } from '../../../core/domain/ocsp.ts'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { REVOCATIONS, serialColumn } from '../wire-values.ts'

type StampRow = readonly [generation: number, revocations: number | null]
type StatusRow = readonly [state: number, revokedAt: number | null, reason: number | null]
type ResponderRow = {
  readonly authorityId: string
  readonly serial: Uint8Array
  readonly keyId: string
  readonly der: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
}

/** What nobody has revoked is the same for all: no object is made for it. */
const UNREVOKED = CERTIFICATE_STATES.map((state): SerialRecord => ({ state, revocation: undefined }))

/** Reads that answering needs. */
export function ocspReads(db: Database): Reads['ocsp'] {
  const stamp = db
    .prepare(
      `SELECT value, (SELECT value FROM Generation WHERE id = ${REVOCATIONS}) FROM Generation WHERE id = 1`,
    )
    .raw()
  const status = db
    .prepare(
      `SELECT c.state, r.revokedAt, r.reason FROM Certificate c LEFT JOIN Revocation r ON r.certificateId = c.id
         WHERE c.serial = ? AND c.authorityId = ?`,
    )
    .raw()
  const responder = db.prepare(
    `SELECT o.authorityId, o.serial, o.keyId, c.der, c.notBefore, c.notAfter FROM OcspResponder o
       JOIN Certificate c ON c.serial = o.serial AND c.authorityId = o.authorityId
       WHERE o.authorityId = ?`,
  )
  const answering = db.prepare('SELECT authorityId FROM OcspResponder').pluck()
  return {
    stamp: async () => {
      const [generation, revocations] = (stamp.get() ?? [0, null]) as StampRow
      return { generation, revocations: revocations ?? 0 }
    },
    status: async (authority, serial) => {
      const row = status.get(serialColumn(serial), authority) as StatusRow | undefined
      if (row === undefined) return undefined
      const [state, revokedAt, reason] = row
      if (revokedAt === null) return UNREVOKED[state]
      return {
        state: CERTIFICATE_STATES[state] ?? 'abandoned',
        revocation: { revokedAt, reason: reasonNamed(reason ?? 0) },
      }
    },
    responder: async (authority) => {
      const row = responder.get(authority) as ResponderRow | undefined
      return row === undefined
        ? undefined
        : {
            authority,
            serial: serialOf(row.serial),
            key: row.keyId as KeyId,
            certificateDer: row.der,
            notBefore: row.notBefore,
            notAfter: row.notAfter,
          }
    },
    answering: async () => new Set(answering.all() as AuthorityId[]),
  }
}

import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import { completeScope, type CrlScope, type ShardId } from '../../../../src/core/domain/crl-scopes.ts'
import { serialFrom } from '../../../../src/core/domain/ids.ts'
import type { CrlVariety, PublishedCrl } from '../../../../src/core/domain/published-crls.ts'
import type { RevocationWishes } from '../../../../src/core/domain/revocation-configuration.ts'
import type { RevocationReason } from '../../../../src/core/domain/revocation.ts'
import { DAY, type Millis } from '../../../../src/core/domain/time.ts'
import { liftHold } from '../../../../src/core/operations/certificates/lift-hold.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { publishCrl } from '../../../../src/core/operations/revocation/publish-crl.ts'
import { crlDer } from '../../../../src/core/operations/revocation/read-back.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { parseCrl, type ParsedCrl } from '../../../../src/core/x509/crl-parser.ts'
import { rowsOf } from '../database.ts'
import { aLeaf, aRoot, aSubordinate, barePorts, idOf, type TestPorts } from '../ports.ts'

export type CrlScene = TestPorts & {
  readonly authority: Authority
  readonly complete: CrlScope
  leaf(days?: number): Promise<Certificate>
  revoke(certificate: Certificate, reason?: RevocationReason): ReturnType<typeof revokeCertificate>
  lift(certificate: Certificate): ReturnType<typeof liftHold>
  publish(scope?: CrlScope): Promise<PublishedCrl>
  /** The current one, as it is published. */
  current(scope?: CrlScope, kind?: CrlVariety): Promise<ParsedCrl & { readonly published: PublishedCrl }>
  /** Revocations by the thousand, as rows; those of `shard`, ending in so many days. */
  revokedRows(count: number, more?: { shard?: ShardId; days?: number }): void
  segments(): readonly SegmentRow[]
}
export type SegmentRow = {
  readonly id: number
  readonly since: number
  readonly until: number | null
  readonly published: number
  readonly first: number
  readonly last: number
  readonly count: number
}

/** An issuing authority that tells of revocations in this way; a shard is opened by its first certificate. */
export async function crlScene(revocation: RevocationWishes = {}): Promise<CrlScene> {
  const given = await barePorts()
  await aRoot(given)
  const authority = await aSubordinate(given, { revocation })
  const complete = completeScope(authority.id)
  let rows = 1e9
  return {
    ...given,
    authority,
    complete,
    leaf: async (days = 30) =>
      (await aLeaf(given.ports, given.admin, { authority: 's', validity: { days } })).certificate,
    revoke: (certificate, reason = 'superseded') =>
      revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason }),
    lift: (certificate) => liftHold(given.ports, given.admin, { id: idOf(certificate) }),
    publish: (scope = complete) => publishCrl(given.ports, scope),
    current: (scope = complete, kind = 'complete') => currentCrl(given.ports, scope, kind),
    revokedRows: (count, { shard, days = 30 } = {}) => {
      const db = new Database(given.database)
      const add = db.prepare(
        `INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter, shard)
           VALUES (?, ?, ?, ?, ?, 4, ?, ?, ?)`,
      )
      const now: Millis = given.calendar.now()
      const { account, region } = given.admin
      db.transaction(() => {
        for (let i = 0; i < count; i++)
          add.run(
            ++rows,
            authority.id,
            account,
            region,
            randomBytes(16),
            now,
            now + days * DAY,
            shard ?? null,
          )
      })()
      db.close()
    },
    segments: () =>
      rowsOf<SegmentRow>(
        given.database,
        'SELECT id, since, until, published, first, last, count FROM CrlSegment ORDER BY first, id',
      ),
  }
}

async function currentCrl(ports: Ports, scope: CrlScope, kind: CrlVariety) {
  const published = await ports.store.reads.crls.latest(scope, kind)
  if (published === undefined) throw new Error(`there is no ${kind} CRL`)
  return { ...parseCrl(await crlDer(ports, published)), published }
}

/** Serials, as certificates have them, and why they are there. */
export const entriesOf = (crl: ParsedCrl): ReadonlyMap<string, string> =>
  new Map([...crl.entries()].map(({ serial, reason }) => [serialFrom(serial) ?? '', reason]))

export const shardOf = (certificate: Certificate): CrlScope => ({
  authority: certificate.authority,
  shard: certificate.shard,
})

import type { AuditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { serialOf, type Serial } from '../../domain/ids.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import { LAST_MOMENT, type Millis } from '../../domain/time.ts'
import type { ParsedCrl } from '../../x509/crl-parser.ts'
import type { ForeignRevocation } from '../../ports/foreign-records.ts'
import type { Ports } from '../../ports/ports.ts'

/** A serial that was revoked elsewhere, or before this database. */
export type KnownRevocation = {
  readonly serial: Serial
  readonly revokedAt: Millis
  readonly reason: RevocationReason
  /** When the certificate ends; unknown, its entry stays in every CRL. */
  readonly notAfter?: Millis | undefined
}

export type RecordedRevocations = { readonly recorded: number; readonly known: number }

/** Writes in one transaction: other writers wait no longer than for a few milliseconds. */
const AT_ONCE = 500

/**
 * Puts revocations on record, in pages; those that are there already stay as they are. Each page is durable with its
 * audit event, so that what is interrupted is simply done again.
 * @param eventFor the audit event of a page with these serials
 */
export async function recordRevocations(
  ports: Pick<Ports, 'store'>,
  authority: Authority,
  revocations: Iterable<KnownRevocation>,
  eventFor: (serials: readonly Serial[]) => AuditEvent,
): Promise<RecordedRevocations> {
  let recorded = 0
  let known = 0
  for (const page of pagesOf(revocations)) {
    const fresh = await unknownOf(ports, authority.id, page)
    await ports.store.transact((writes) => [
      // Those that are known, too, although nothing changes: the way to the writer is also a pause for other callers.
      ...page.map((each) => writes.revocations.import(foreign(authority, each))),
      ...(fresh.length === 0 ? [] : [writes.audit.append(eventFor(fresh))]),
    ])
    recorded += fresh.length
    known += page.length - fresh.length
  }
  return { recorded, known }
}

function* pagesOf(revocations: Iterable<KnownRevocation>): Generator<KnownRevocation[]> {
  let page: KnownRevocation[] = []
  for (const each of revocations) {
    page.push(each)
    if (page.length < AT_ONCE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** Serials of a page that aren't revoked yet. */
async function unknownOf(
  { store }: Pick<Ports, 'store'>,
  authority: Authority['id'],
  page: readonly KnownRevocation[],
): Promise<readonly Serial[]> {
  const fresh = new Set<Serial>()
  for (const { serial } of page) {
    const there = await store.reads.certificates.recorded(authority, serial)
    if (there?.revocation === undefined) fresh.add(serial)
  }
  return [...fresh]
}

const foreign = ({ id, account, region }: Authority, revocation: KnownRevocation): ForeignRevocation => ({
  authority: id,
  account,
  region,
  serial: revocation.serial,
  revokedAt: revocation.revokedAt,
  reason: revocation.reason,
  notAfter: revocation.notAfter ?? LAST_MOMENT,
})

/** What a CRL says, without the entries that take something back (RFC 5280 §5.3.1), which only deltas have. */
export function* revocationsIn(crl: ParsedCrl): Generator<KnownRevocation> {
  for (const { serial, revokedAt, reason } of crl.entries())
    if (reason !== 'removeFromCRL') yield { serial: serialOf(Buffer.from(serial, 'hex')), revokedAt, reason }
}

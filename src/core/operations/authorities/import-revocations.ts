import { completeScope } from '../../domain/crl-scopes.ts'
import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import { serialFrom, type Serial } from '../../domain/ids.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import { wholeSecond, type Millis } from '../../domain/time.ts'
import { pemDecode } from '../../x509/pem.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { newUuid } from '../new-ids.ts'
import {
  recordRevocations,
  revocationsIn,
  type KnownRevocation,
  type RecordedRevocations,
} from '../revocation/record-revocations.ts'
import { verifiedCrl } from '../revocation/verified-crl.ts'
import { issuerOf } from './import-certificates.ts'
import { findAuthority } from './signing-authority.ts'

export type GivenRevocation = {
  /** In any common spelling. */
  readonly serial: string
  readonly revokedAt: Millis
  readonly reason: RevocationReason
  readonly notAfter?: Millis
}

/** One of the two. */
export type ImportRevocationsRequest = {
  readonly authority: string
  /** PEM, or DER in base64. */
  readonly crl?: string
  readonly revocations?: readonly GivenRevocation[]
}

export type ImportedRevocations = RecordedRevocations & {
  /** The number that the authority's next CRL will be above. */
  readonly crlNumber: bigint
}

/**
 * Puts on record what an authority revoked elsewhere, with dates and reasons, so that its next CRL has it: from a CRL
 * of its own, whose number is then surpassed, or as a list. Serials whose certificates aren't here are taken too. The
 * same again changes nothing.
 * @throws not_found, state_conflict, request_invalid naming `crl` or each `revocations[i]`
 */
export async function importRevocations(
  ports: Pick<Ports, 'store' | 'verifier' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  request: ImportRevocationsRequest,
): Promise<ImportedRevocations> {
  await authorizeOnAuthority(ports, principal, 'chancery:ImportRevocations', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  issuerOf(authority)
  const { crl, revocations } = request
  if ((crl === undefined) === (revocations === undefined))
    refuse('request_invalid', [
      { code: 'crl_or_list', field: 'crl', message: 'give either a CRL or a list of `revocations`' },
    ])
  if (crl === undefined) {
    const list = listed(revocations ?? [], ports.calendar.now())
    const done = await recordRevocations(
      ports,
      authority,
      list,
      eventsOf(ports, principal, authority, 'list'),
    )
    return { ...done, crlNumber: await ports.store.reads.crls.lastNumber(completeScope(authority.id)) }
  }
  const verified = await verifiedCrl(ports, [authority], crlDer(crl), 'crl')
  const entries = revocationsIn(verified.crl)
  const done = await recordRevocations(
    ports,
    authority,
    entries,
    eventsOf(ports, principal, authority, 'crl'),
  )
  return { ...done, crlNumber: await surpass(ports, authority, verified.number ?? 0n) }
}

/** @throws request_invalid naming `crl` */
function crlDer(text: string): Uint8Array {
  if (text.includes('-----BEGIN ')) {
    const [block] = pemDecode(text, ['X509 CRL'], 'crl')
    if (block !== undefined) return block.der
  }
  const der = Buffer.from(text, 'base64')
  if (der.length === 0)
    refuse('request_invalid', [{ code: 'crl_form', field: 'crl', message: 'must be PEM, or DER in base64' }])
  return new Uint8Array(der)
}

/** @throws request_invalid naming each entry that is wrong */
function listed(revocations: readonly GivenRevocation[], now: Millis): KnownRevocation[] {
  const violations: Violation[] = []
  const list = revocations.flatMap(({ serial: text, revokedAt, reason, notAfter }, place) => {
    const serial = serialFrom(text)
    if (serial === undefined)
      violations.push({
        code: 'serial',
        field: `revocations[${place}].serial`,
        message: 'up to 40 hex digits are expected, with or without colons, and not zero',
      })
    if (revokedAt > now)
      violations.push({
        code: 'revoked_at',
        field: `revocations[${place}].revokedAt`,
        message: 'must not be in the future',
      })
    return serial === undefined ? [] : [{ serial, revokedAt: wholeSecond(revokedAt), reason, notAfter }]
  })
  refuse('request_invalid', violations)
  return list
}

async function surpass(ports: Pick<Ports, 'store'>, { id }: Authority, number: bigint): Promise<bigint> {
  const { lastNumber } = ports.store.reads.crls
  const scope = completeScope(id)
  try {
    if ((await lastNumber(scope)) < number)
      await ports.store.transact((writes) => [writes.crls.claimNumber(scope, number)])
  } catch (error) {
    // A CRL of ours was made meanwhile, and has a higher number already.
    if (!(error instanceof StoreConflict)) throw error
  }
  return lastNumber(scope)
}

const eventsOf =
  (ports: Pick<Ports, 'random' | 'clock'>, principal: Principal, { id }: Authority, source: 'crl' | 'list') =>
  (serials: readonly Serial[]): AuditEvent => {
    const time = ports.clock.now()
    return auditEvent('ImportRevocations', principal, {
      eventId: newUuid(ports.random, time),
      time,
      resources: [arns.authority(principal, id)],
      request: { source, serials },
    })
  }

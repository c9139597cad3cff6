import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { CompromisedKey } from '../../domain/compromised-keys.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { markedKey, type KeyReference } from './key-reference.ts'
import { authoritiesByKey, revokeSiblings, settle } from './revoke-siblings.ts'

export type MarkRequest = KeyReference & {
  /** Why, for people. */
  readonly note?: string
}

export type MarkedKey = {
  readonly key: CompromisedKey
  /** Certificates revoked by this call. */
  readonly revoked: number
  /** Authorities whose own key it is; they are disabled. */
  readonly authorities: readonly AuthorityId[]
  /** Authorities whose CRLs have grown. */
  readonly issuers: readonly AuthorityId[]
}

/** More than these are revoked in the background. */
const WITHIN_CALL = 1000

/**
 * Marks a public key compromised: from now on no certificate for it is issued, those that were are revoked, and an
 * authority that has it is disabled. It holds in the caller's account; everywhere when the installation's administrator
 * says so, or who proves possession. There is no way back: a key that was once out stays out.
 *
 * What the answer counts is the caller's own, except for the installation's administrator: whose certificates besides
 * had the key is nobody else's business.
 * @throws request_invalid, csr_invalid, not_found (certificate), forbidden
 */
export async function markKeyCompromised(
  ports: Ports,
  principal: Principal,
  request: MarkRequest,
): Promise<MarkedKey> {
  authorize(principal, 'chancery:MarkKeyCompromised', arns.account(principal.account))
  const { spki, proven } = await markedKey(ports, principal, request)
  const time = ports.clock.now()
  const key: CompromisedKey = {
    spki,
    account: principal.account,
    everywhere: principal.installation || proven,
    source: 'mark',
    note: request.note,
    markedBy: principal.id,
    createdAt: ports.calendar.now(),
    settledAt: undefined,
  }
  const event = auditEvent('MarkKeyCompromised', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.compromisedKey(principal.account, spki)],
    request: { spkiSha256: spki, everywhere: key.everywhere, note: request.note },
  })
  await ports.store.transact((writes) => [writes.compromisedKeys.mark(key), writes.audit.append(event)])
  const sweep = await revokeSiblings(ports, key, await authoritiesByKey(ports), WITHIN_CALL)
  if (sweep.complete) await settle(ports, [key])
  const visible = ({ account }: { readonly account: string }): boolean =>
    principal.installation || account === principal.account
  const revoked = sweep.revoked.filter(visible)
  const stored = await ports.store.reads.compromisedKeys.get(spki, principal.account)
  return {
    key: stored ?? key,
    revoked: revoked.length,
    authorities: sweep.authorities.filter(visible).map(({ id }) => id),
    issuers: [...new Set(revoked.map(({ authority }) => authority))],
  }
}

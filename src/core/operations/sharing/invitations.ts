import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import type { AuditEventName } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { isInvitationId } from '../../domain/ids.ts'
import { invitationStatus, type ShareInvitation } from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Write, Writes } from '../../ports/store.ts'
import { eventsFor } from '../events-for.ts'
import { noSuchShare, authorizeShare, shareIdIn } from './share-request.ts'

/** Invitations to the caller's account, newest first. */
export async function listInvitations(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<ShareInvitation>> {
  authorize(principal, 'ram:GetResourceShareInvitations', arns.invitations(principal))
  return ports.store.reads.shareInvitations.list(principal, page)
}

/** Uses a share from now on. @throws not_found; state_conflict for an invitation that was answered or has expired */
export const acceptInvitation = (
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<ShareInvitation> => answered(ports, principal, id, 'ACCEPTED')

/** Doesn't want it; the account is taken off the share. @throws as acceptInvitation */
export const rejectInvitation = (
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<ShareInvitation> => answered(ports, principal, id, 'REJECTED')

/** Authorities that an invitation is about. @throws not_found */
export async function invitedAuthorities(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  id: string,
): Promise<readonly Arn[]> {
  const invitation = await invitationAt(ports, principal, 'ram:ListPendingInvitationResources', id)
  const { share, sender: account, region } = invitation
  const ids = await ports.store.reads.shares.authorities(share)
  return ids.map((each) => arns.authority({ account, region }, each))
}

async function invitationAt(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  id: string,
): Promise<ShareInvitation> {
  const known = isInvitationId(id) ? id : undefined
  authorize(
    principal,
    action,
    known === undefined ? arns.invitations(principal) : arns.invitation(principal, known),
  )
  const invitation =
    known === undefined ? undefined : await ports.store.reads.shareInvitations.get(principal, known)
  if (invitation === undefined)
    throw new ChanceryError('not_found', 'invitation: there is no such invitation here')
  return invitation
}

const NAMES = {
  ACCEPTED: 'AcceptResourceShareInvitation',
  REJECTED: 'RejectResourceShareInvitation',
} as const satisfies Record<string, AuditEventName>

async function answered(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  id: string,
  answer: 'ACCEPTED' | 'REJECTED',
): Promise<ShareInvitation> {
  const invitation = await invitationAt(ports, principal, `ram:${NAMES[answer]}`, id)
  const now = ports.clock.now()
  const status = invitationStatus(invitation, now)
  if (status !== 'PENDING') throw notPending(status)
  const { share, sender, account } = invitation
  const events = eventsFor(ports, NAMES[answer], principal, sender, {
    resources: [
      arns.invitation(principal, invitation.id),
      arns.share({ ...invitation, account: sender }, share),
    ],
  })
  try {
    await ports.store.transact((writes) => [
      writes.shareInvitations.decide(invitation.id, answer, now),
      ...(answer === 'REJECTED' ? [writes.shares.removeAccount(share, account)] : []),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    if (error instanceof StoreConflict) throw notPending('answered')
    throw error
  }
  return { ...invitation, status: answer, decidedAt: now }
}

const notPending = (status: string): ChanceryError => {
  const message = `it is ${status}; only one that waits can be answered`
  return new ChanceryError('state_conflict', `invitation: ${message}`, {
    violations: [{ code: `invitation_${status.toLowerCase()}`, field: 'invitation', message }],
  })
}

/**
 * Doesn't use another account's share any more; certificates that were issued by it stay as they are.
 * @throws not_found; state_conflict for one that goes to the whole organization
 */
export async function leaveShare(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  reference: string,
): Promise<void> {
  await authorizeShare(ports, principal, 'ram:DisassociateResourceShare', reference)
  const id = shareIdIn(reference)
  const share = id === undefined ? undefined : await ports.store.reads.shares.lentTo(principal, id)
  if (share === undefined) throw noSuchShare()
  const mine = (await ports.store.reads.shares.principals(share.id)).filter(
    ({ account }) => account === principal.account,
  )
  if (mine.length === 0)
    throw new ChanceryError(
      'state_conflict',
      'share: it goes to your whole organization; only its owner can change that',
    )
  const now = ports.clock.now()
  const events = eventsFor(ports, 'DisassociateResourceShare', principal, share.account, {
    resources: [arns.share(share, share.id)],
    request: { principals: mine.map((each) => each.principal) },
  })
  const left = (writes: Writes): readonly Write[] => [
    writes.shares.removeAccount(share.id, principal.account),
    writes.shareInvitations.end(share.id, principal.account, now),
    ...events.map((event) => writes.audit.append(event)),
  ]
  await ports.store.transact(left)
}

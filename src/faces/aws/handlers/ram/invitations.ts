import {
  acceptInvitation,
  invitedAuthorities,
  listInvitations,
  rejectInvitation,
} from '../../../../core/operations/sharing/invitations.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { RamHandlers } from '../../models/ram/model.ts'
import { invitationId, RESOURCE_TYPE, shareArn } from './arns.ts'
import { invitationOutput } from './outputs.ts'
import { everyOf, pageOf } from './pages.ts'

type Part = Pick<
  RamHandlers,
  | 'GetResourceShareInvitations'
  | 'AcceptResourceShareInvitation'
  | 'RejectResourceShareInvitation'
  | 'ListPendingInvitationResources'
>

/** What other accounts have offered. */
export const invitationHandlers = (ports: Ports): Part => ({
  GetResourceShareInvitations: async ({ principal, input }) => {
    const invitations = await everyOf((page) => listInvitations(ports, principal, page))
    const wanted = input.resourceShareInvitationArns?.map(invitationId)
    const shares = input.resourceShareArns?.map(shareArn)
    const missing = wanted?.find((id) => !invitations.some((each) => each.id === id))
    if (missing !== undefined)
      throw new AwsRefusal(
        'ResourceShareInvitationArnNotFoundException',
        `There is no invitation ${missing} here`,
      )
    const now = ports.clock.now()
    const found = invitations
      .filter(({ id }) => wanted === undefined || wanted.includes(id))
      .map((each) => invitationOutput(each, now))
      .filter(({ resourceShareArn = '' }) => shares === undefined || shares.includes(resourceShareArn))
    const keyOf = (each: (typeof found)[number]) => each.resourceShareInvitationArn ?? ''
    const { items, nextToken } = pageOf(found, keyOf, input)
    return { resourceShareInvitations: items, nextToken }
  },

  AcceptResourceShareInvitation: async ({ principal, input }) => {
    const id = invitationId(input.resourceShareInvitationArn)
    const invitation = await acceptInvitation(ports, principal, id)
    return {
      resourceShareInvitation: invitationOutput(invitation, ports.clock.now()),
      clientToken: input.clientToken,
    }
  },
  RejectResourceShareInvitation: async ({ principal, input }) => {
    const id = invitationId(input.resourceShareInvitationArn)
    const invitation = await rejectInvitation(ports, principal, id)
    return {
      resourceShareInvitation: invitationOutput(invitation, ports.clock.now()),
      clientToken: input.clientToken,
    }
  },

  ListPendingInvitationResources: async ({ principal, input }) => {
    const all = await invitedAuthorities(ports, principal, invitationId(input.resourceShareInvitationArn))
    const { items, nextToken } = pageOf(all, (arn) => arn, input)
    return {
      resources: items.map((arn) => ({
        arn,
        type: RESOURCE_TYPE,
        status: 'PENDING' as const,
        resourceRegionScope: 'REGIONAL' as const,
      })),
      nextToken,
    }
  },
})

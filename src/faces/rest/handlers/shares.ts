import { CERTIFICATE_SERVICE } from '../../../core/domain/share-permissions.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { associateShare, disassociateShare } from '../../../core/operations/sharing/associate-share.ts'
import {
  deleteAuthorityPolicy,
  getAuthorityPolicy,
  putAuthorityPolicy,
} from '../../../core/operations/sharing/authority-policy.ts'
import { createShare } from '../../../core/operations/sharing/create-share.ts'
import {
  acceptInvitation,
  leaveShare,
  listInvitations,
  rejectInvitation,
} from '../../../core/operations/sharing/invitations.ts'
import { describeShare, listShares } from '../../../core/operations/sharing/read-shares.ts'
import {
  createServicePermission,
  deleteServicePermission,
  getServicePermission,
  type ServicePermissionView,
} from '../../../core/operations/sharing/service-permission.ts'
import {
  addPermissionVersion,
  createSharePermission,
  deletePermissionVersion,
  deleteSharePermission,
  describeSharePermission,
  listSharePermissions,
  setDefaultPermissionVersion,
} from '../../../core/operations/sharing/share-permissions.ts'
import { deleteShare, updateShare } from '../../../core/operations/sharing/update-share.ts'
import type { SHARES_ROUTES } from '../../../contract/routes/shares.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined, definedDeeply } from '../defined.ts'
import { invitationJson, shareJson, sharePermissionJson } from '../json/share-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part<Id extends keyof typeof SHARES_ROUTES> = Pick<Handlers, Id>

/** What accounts lend to one another. */
export const sharingHandlers = (ports: Ports): Part<keyof typeof SHARES_ROUTES> => ({
  ...shareHandlers(ports),
  ...invitationHandlers(ports),
  ...permissionHandlers(ports),
  ...authorityAccessHandlers(ports),
})

const shareHandlers = (
  ports: Ports,
): Part<
  | 'createShare'
  | 'listShares'
  | 'describeShare'
  | 'updateShare'
  | 'deleteShare'
  | 'associateShare'
  | 'disassociateShare'
  | 'leaveShare'
> => ({
  createShare: async ({ principal, body, idempotency }) =>
    shareJson(await createShare(ports, principal, { ...definedDeeply(body), idempotency })),
  listShares: async ({ principal, query }) => {
    const request = { owner: query.owner, page: pageRequestOf(query) }
    const { items, next } = await listShares(ports, principal, request)
    return { items: items.map(shareJson), next }
  },
  describeShare: async ({ principal, params }) =>
    shareJson(await describeShare(ports, principal, params.share)),
  updateShare: async ({ principal, params, body }) =>
    shareJson(await updateShare(ports, principal, { ...params, ...defined(body) })),
  deleteShare: async ({ principal, params }) => {
    await deleteShare(ports, principal, params.share)
    return undefined
  },
  associateShare: async ({ principal, params, body }) =>
    shareJson(await associateShare(ports, principal, { ...params, ...defined(body) })),
  disassociateShare: async ({ principal, params, body }) =>
    shareJson(await disassociateShare(ports, principal, { ...params, ...defined(body) })),
  leaveShare: async ({ principal, params }) => {
    await leaveShare(ports, principal, params.share)
    return undefined
  },
})

const invitationHandlers = (
  ports: Ports,
): Part<'listInvitations' | 'acceptInvitation' | 'rejectInvitation'> => ({
  listInvitations: async ({ principal, query }) => {
    const { items, next } = await listInvitations(ports, principal, pageRequestOf(query))
    const now = ports.clock.now()
    return { items: items.map((each) => invitationJson(each, now)), next }
  },
  acceptInvitation: async ({ principal, params }) =>
    invitationJson(await acceptInvitation(ports, principal, params.invitation), ports.clock.now()),
  rejectInvitation: async ({ principal, params }) =>
    invitationJson(await rejectInvitation(ports, principal, params.invitation), ports.clock.now()),
})

const permissionHandlers = (
  ports: Ports,
): Part<
  | 'createSharePermission'
  | 'listSharePermissions'
  | 'describeSharePermission'
  | 'deleteSharePermission'
  | 'addPermissionVersion'
  | 'setDefaultPermissionVersion'
  | 'deletePermissionVersion'
> => ({
  createSharePermission: async ({ principal, body, idempotency }) =>
    sharePermissionJson(
      await createSharePermission(ports, principal, { ...definedDeeply(body), idempotency }),
    ),
  listSharePermissions: async ({ principal, query }) => {
    const { items, next } = await listSharePermissions(ports, principal, pageRequestOf(query))
    return { items: items.map(sharePermissionJson), next }
  },
  describeSharePermission: async ({ principal, params }) =>
    sharePermissionJson(await describeSharePermission(ports, principal, params.permission)),
  deleteSharePermission: async ({ principal, params }) => {
    await deleteSharePermission(ports, principal, params.permission)
    return undefined
  },
  addPermissionVersion: async ({ principal, params, body, idempotency }) => {
    const request = { ...definedDeeply(body), name: params.permission, idempotency }
    return sharePermissionJson(await addPermissionVersion(ports, principal, request))
  },
  setDefaultPermissionVersion: async ({ principal, params: { permission: name, version } }) =>
    sharePermissionJson(await setDefaultPermissionVersion(ports, principal, { name, version })),
  deletePermissionVersion: async ({ principal, params: { permission: name, version } }) => {
    await deletePermissionVersion(ports, principal, { name, version })
    return undefined
  },
})

const authorityAccessHandlers = (
  ports: Ports,
): Part<
  | 'getAuthorityPolicy'
  | 'putAuthorityPolicy'
  | 'deleteAuthorityPolicy'
  | 'listServicePermissions'
  | 'createServicePermission'
  | 'deleteServicePermission'
> => ({
  getAuthorityPolicy: ({ principal, params }) => getAuthorityPolicy(ports, principal, params.authority),
  putAuthorityPolicy: ({ principal, params, body }) =>
    putAuthorityPolicy(ports, principal, { ...params, ...body }),
  deleteAuthorityPolicy: async ({ principal, params }) => {
    await deleteAuthorityPolicy(ports, principal, params.authority)
    return undefined
  },
  listServicePermissions: async ({ principal, params }) => {
    const permission = await getServicePermission(ports, principal, params.authority)
    return { items: permission === undefined ? [] : [serviceJson(permission)] }
  },
  createServicePermission: async ({ principal, params, body, idempotency }) =>
    serviceJson(
      await createServicePermission(ports, principal, { ...params, ...defined(body), idempotency }),
    ),
  deleteServicePermission: async ({ principal, params }) => {
    await deleteServicePermission(ports, principal, params.authority)
    return undefined
  },
})

const serviceJson = ({ actions, createdAt }: ServicePermissionView) => ({
  principal: CERTIFICATE_SERVICE,
  actions: [...actions],
  createdAt: isoOf(createdAt),
})

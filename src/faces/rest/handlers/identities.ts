import {
  addGroupMember,
  createGroup,
  deleteGroup,
  describeGroup,
  listGroupMembers,
  listGroups,
  removeGroupMember,
} from '../../../core/operations/access/groups.ts'
import {
  createRole,
  deleteRole,
  describeRole,
  listRoles,
  updateRole,
} from '../../../core/operations/access/roles.ts'
import {
  createUser,
  deleteUser,
  describeUser,
  listUsers,
  updateUser,
} from '../../../core/operations/access/users.ts'
import type { IDENTITIES_ROUTES } from '../../../contract/routes/identities.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import {
  groupJson,
  groupSummaryJson,
  roleJson,
  roleSummaryJson,
  userJson,
  userSummaryJson,
} from '../json/identity-json.ts'
import { policyText } from '../policy-text.ts'
import { pageRequestOf } from '../requests.ts'

/** Users, groups and roles. */
export const identityHandlers = (ports: Ports): Pick<Handlers, keyof typeof IDENTITIES_ROUTES> => ({
  ...userHandlers(ports),
  ...groupHandlers(ports),
  ...roleHandlers(ports),
})

const userHandlers = (ports: Ports) =>
  ({
    createUser: async ({ principal, body, idempotency }) =>
      userJson(await createUser(ports, principal, { ...defined(body), idempotency })),

    listUsers: async ({ principal, query }) => {
      const { items, next } = await listUsers(ports, principal, pageRequestOf(query))
      return { items: items.map(userSummaryJson), next }
    },

    describeUser: async ({ principal, params }) =>
      userJson(await describeUser(ports, principal, params.user)),

    updateUser: async ({ principal, params, body }) =>
      userJson(await updateUser(ports, principal, params.user, defined(body))),

    deleteUser: async ({ principal, params }) => {
      await deleteUser(ports, principal, params.user)
      return undefined
    },
  }) satisfies Partial<Handlers>

const groupHandlers = (ports: Ports) =>
  ({
    createGroup: async ({ principal, body, idempotency }) =>
      groupJson(await createGroup(ports, principal, { ...body, idempotency })),

    listGroups: async ({ principal, query }) => {
      const { items, next } = await listGroups(ports, principal, pageRequestOf(query))
      return { items: items.map(groupSummaryJson), next }
    },

    describeGroup: async ({ principal, params }) =>
      groupJson(await describeGroup(ports, principal, params.group)),

    deleteGroup: async ({ principal, params }) => {
      await deleteGroup(ports, principal, params.group)
      return undefined
    },

    listGroupMembers: async ({ principal, params, query }) => {
      const { items, next } = await listGroupMembers(ports, principal, params.group, pageRequestOf(query))
      return { items: items.map(userSummaryJson), next }
    },

    addGroupMember: async ({ principal, params }) => {
      await addGroupMember(ports, principal, params)
      return undefined
    },

    removeGroupMember: async ({ principal, params }) => {
      await removeGroupMember(ports, principal, params)
      return undefined
    },
  }) satisfies Partial<Handlers>

const roleHandlers = (ports: Ports) =>
  ({
    createRole: async ({ principal, body, idempotency }) => {
      const { trust, ...rest } = body
      const request = { ...defined(rest), trust: policyText(trust), idempotency }
      return roleJson(await createRole(ports, principal, request))
    },

    listRoles: async ({ principal, query }) => {
      const { items, next } = await listRoles(ports, principal, pageRequestOf(query))
      return { items: items.map(roleSummaryJson), next }
    },

    describeRole: async ({ principal, params }) =>
      roleJson(await describeRole(ports, principal, params.role)),

    updateRole: async ({ principal, params, body }) => {
      const { trust, ...rest } = body
      const members = { ...defined(rest), ...(trust === undefined ? {} : { trust: policyText(trust) }) }
      return roleJson(await updateRole(ports, principal, params.role, members))
    },

    deleteRole: async ({ principal, params }) => {
      await deleteRole(ports, principal, params.role)
      return undefined
    },
  }) satisfies Partial<Handlers>

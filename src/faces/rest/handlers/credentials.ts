import type { CREDENTIALS_ROUTES } from '../../../contract/routes/credentials.ts'
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  updateAccessKey,
} from '../../../core/operations/access/access-keys.ts'
import { assumeRole } from '../../../core/operations/access/assume-role.ts'
import { callerIdentity } from '../../../core/operations/access/caller-identity.ts'
import {
  addOrganizationAccount,
  createOrganization,
  deleteOrganization,
  describeOrganization,
  listOrganizationAccounts,
  removeOrganizationAccount,
} from '../../../core/operations/access/organization.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import {
  accessKeyJson,
  callerIdentityJson,
  organizationAccountJson,
  organizationJson,
  sessionJson,
} from '../json/credential-json.ts'
import { policyText } from '../policy-text.ts'
import { pageRequestOf } from '../requests.ts'

/** Access keys, sessions, who calls, and the organization. */
export const credentialHandlers = (ports: Ports): Pick<Handlers, keyof typeof CREDENTIALS_ROUTES> => ({
  createAccessKey: async ({ principal, params, idempotency }) => {
    const { key, secret } = await createAccessKey(ports, principal, params.user, { idempotency })
    return { ...accessKeyJson(key, params.user), secret }
  },

  listAccessKeys: async ({ principal, params }) => {
    const keys = await listAccessKeys(ports, principal, params.user)
    return { items: keys.map((key) => accessKeyJson(key, params.user)) }
  },

  updateAccessKey: async ({ principal, params, body }) => {
    const key = await updateAccessKey(ports, principal, { user: params.user, id: params.key }, body.status)
    return accessKeyJson(key, params.user)
  },

  deleteAccessKey: async ({ principal, params }) => {
    await deleteAccessKey(ports, principal, { user: params.user, id: params.key })
    return undefined
  },

  assumeRole: async ({ principal, body }) => {
    const { policies, ...rest } = body
    const request = {
      ...defined(rest),
      ...(policies === undefined ? {} : { policies: policies.map(policyText) }),
    }
    return sessionJson(await assumeRole(ports, principal, request))
  },

  getCallerIdentity: ({ principal }) => Promise.resolve(callerIdentityJson(callerIdentity(principal))),

  createOrganization: async ({ principal, body, idempotency }) =>
    organizationJson(await createOrganization(ports, principal, { ...defined(body), idempotency })),

  describeOrganization: async ({ principal }) =>
    organizationJson(await describeOrganization(ports, principal)),

  deleteOrganization: async ({ principal }) => {
    await deleteOrganization(ports, principal)
    return undefined
  },

  listOrganizationAccounts: async ({ principal, query }) => {
    const { items, next } = await listOrganizationAccounts(ports, principal, pageRequestOf(query))
    return { items: items.map(organizationAccountJson), next }
  },

  addOrganizationAccount: async ({ principal, params }) => {
    await addOrganizationAccount(ports, principal, params.account)
    return undefined
  },

  removeOrganizationAccount: async ({ principal, params }) => {
    await removeOrganizationAccount(ports, principal, params.account)
    return undefined
  },
})

import type { POLICIES_ROUTES } from '../../../contract/routes/policies.ts'
import { attachPolicy, detachPolicy, listAttachments } from '../../../core/operations/access/attachments.ts'
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  describePolicy,
  listPolicies,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from '../../../core/operations/access/policies.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { attachmentJson, policyJson, policySummaryJson, policyVersionJson } from '../json/identity-json.ts'
import { policyText } from '../policy-text.ts'
import { pageRequestOf } from '../requests.ts'

/** Policies, and who has them. */
export const policyHandlers = (ports: Ports): Pick<Handlers, keyof typeof POLICIES_ROUTES> => ({
  createPolicy: async ({ principal, body, idempotency }) => {
    const request = { ...defined(body), document: policyText(body.document), idempotency }
    return policyJson(await createPolicy(ports, principal, request))
  },

  listPolicies: async ({ principal, query }) => {
    const { items, next } = await listPolicies(ports, principal, pageRequestOf(query))
    return { items: items.map(policySummaryJson), next }
  },

  describePolicy: async ({ principal, params }) =>
    policyJson(await describePolicy(ports, principal, params.policy)),

  deletePolicy: async ({ principal, params }) => {
    await deletePolicy(ports, principal, params.policy)
    return undefined
  },

  createPolicyVersion: async ({ principal, params, body, idempotency }) => {
    const request = { ...defined(body), document: policyText(body.document), idempotency }
    const { version, standing } = await createPolicyVersion(ports, principal, params.policy, request)
    return policyVersionJson(version, standing)
  },

  listPolicyVersions: async ({ principal, params }) => {
    const { policy, versions } = await listPolicyVersions(ports, principal, params.policy)
    return {
      items: versions.map((version) => policyVersionJson(version, version.number === policy.defaultVersion)),
    }
  },

  deletePolicyVersion: async ({ principal, params }) => {
    await deletePolicyVersion(ports, principal, params.policy, Number(params.version))
    return undefined
  },

  setDefaultPolicyVersion: async ({ principal, params, body }) => {
    await setDefaultPolicyVersion(ports, principal, params.policy, body.version)
    return undefined
  },

  listPolicyAttachments: async ({ principal, params, query }) => {
    const { items, next } = await listAttachments(ports, principal, params.policy, pageRequestOf(query))
    return { items: items.map(attachmentJson), next }
  },

  attachPolicy: async ({ principal, params }) => {
    await attachPolicy(ports, principal, params)
    return undefined
  },

  detachPolicy: async ({ principal, params }) => {
    await detachPolicy(ports, principal, params)
    return undefined
  },
})

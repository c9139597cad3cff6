import { deleteStack } from '../../../core/operations/stacks/delete-stack.ts'
import { putStack } from '../../../core/operations/stacks/put-stack.ts'
import { describeStack, listStacks } from '../../../core/operations/stacks/read-stacks.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { stackJson, stackSummaryJson } from '../json/stack-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, 'listStacks' | 'describeStack' | 'putStack' | 'deleteStack'>

/** Stacks. */
export const stackHandlers = (ports: Ports): Part => ({
  listStacks: async ({ principal, query }) => {
    const { items, next } = await listStacks(ports, principal, pageRequestOf(query))
    return { items: items.map(stackSummaryJson), next }
  },

  describeStack: async ({ principal, params }) =>
    stackJson(await describeStack(ports, principal, params.stack)),

  putStack: async ({ principal, params, body }) => {
    const { revision, status, description, ...document } = body
    const request = { name: params.stack, revision, status, description, document }
    return stackJson(await putStack(ports, principal, request))
  },

  deleteStack: async ({ principal, params, query }) => {
    await deleteStack(ports, principal, { name: params.stack, revision: query.revision })
    return undefined
  },
})

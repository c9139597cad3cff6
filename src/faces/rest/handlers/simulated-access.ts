import type { SimulatedDecisionJson } from '../../../contract/schemas/simulated-access.ts'
import type { Layer } from '../../../core/domain/policies/explain.ts'
import { simulateAccess, type SimulatedDecision } from '../../../core/operations/access/simulate-access.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'

type Document = string | Readonly<Record<string, unknown>>
type Documents = { readonly [Each in Layer]?: readonly Document[] | undefined }

/** Trying policies. */
export const simulatedAccessHandlers = (ports: Ports): Pick<Handlers, 'simulateAccess'> => ({
  simulateAccess: async ({ principal, body }) => {
    const { policies, ...rest } = body
    const found = await simulateAccess(ports, principal, {
      ...defined(rest),
      ...(policies === undefined ? {} : { policies: textsOf(policies) }),
    })
    return { principal: found.principal, decisions: found.decisions.map(decisionJson) }
  },
})

const textsOf = ({ identity, boundary, session }: Documents) =>
  defined({ identity: identity?.map(text), boundary: boundary?.map(text), session: session?.map(text) })
const text = (document: Document): string =>
  typeof document === 'string' ? document : JSON.stringify(document)

const decisionJson = ({ considered, missing, ...rest }: SimulatedDecision): SimulatedDecisionJson => ({
  ...rest,
  considered: [...considered],
  missing: [...missing],
})

import { ChanceryError } from '../../../core/domain/errors.ts'
import {
  listMailFaults,
  orderMailFault,
  withdrawMailFault,
} from '../../../core/operations/simulation/mail-faults.ts'
import {
  createMailbox,
  deleteMailbox,
  listMailboxes,
  listMailMessages,
  readMailMessage,
} from '../../../core/operations/simulation/mailboxes.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { mailboxJson, mailFaultJson, mailMessageJson } from '../json/mail-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createMailbox'
  | 'listMailboxes'
  | 'deleteMailbox'
  | 'listMailMessages'
  | 'readMailMessage'
  | 'orderMailFault'
  | 'listMailFaults'
  | 'withdrawMailFault'
>

/** Simulated mail; mounted in simulation only. */
export const mailHandlers = (ports: Ports): Part => ({
  createMailbox: async ({ principal, body, idempotency }) =>
    mailboxJson(await createMailbox(simulated(ports), principal, { ...body, idempotency })),
  listMailboxes: async ({ principal, query }) => {
    const { items, next } = await listMailboxes(simulated(ports), principal, pageRequestOf(query))
    return { items: items.map(mailboxJson), next }
  },
  deleteMailbox: async ({ principal, params }) => {
    await deleteMailbox(simulated(ports), principal, params.address)
    return undefined
  },
  listMailMessages: async ({ principal, params, query }) => {
    const page = pageRequestOf(query)
    const { items, next } = await listMailMessages(simulated(ports), principal, params.address, page)
    return { items: items.map(mailMessageJson), next }
  },
  readMailMessage: async ({ principal, params: { address, id } }) =>
    mailMessageJson(await readMailMessage(simulated(ports), principal, address, id)),
  orderMailFault: async ({ principal, body, idempotency }) =>
    mailFaultJson(await orderMailFault(simulated(ports), principal, { ...body, idempotency })),
  listMailFaults: async ({ principal }) => ({
    items: (await listMailFaults(simulated(ports), principal)).map(mailFaultJson),
  }),
  withdrawMailFault: async ({ principal, params }) => {
    await withdrawMailFault(simulated(ports), principal, params.id)
    return undefined
  },
})

/** Fails closed, besides the routes that aren't there. */
function simulated(ports: Ports): Ports {
  if (!ports.settings.simulation) throw new ChanceryError('not_found', 'there is no simulation here')
  return ports
}

import type { Route } from '../route.ts'
import * as mail from '../schemas/mail.ts'
import { plain } from './shared.ts'

const simulated = { tag: 'Simulation', simulation: true, ...plain } as const

/** Mail of a simulated installation; elsewhere these paths are unknown. */
export const MAIL_ROUTES = {
  createMailbox: {
    method: 'POST',
    path: '/v1/simulation/mailboxes',
    operationId: 'createMailbox',
    summary: 'Open a mailbox of a simulated installation',
    request: { body: mail.mailboxCreation },
    response: { status: 201, description: 'The mailbox.', body: mail.mailbox },
    errors: ['already_exists'],
    ...simulated,
    idempotent: true,
  },
  listMailboxes: {
    method: 'GET',
    path: '/v1/simulation/mailboxes',
    operationId: 'listMailboxes',
    summary: 'List the account’s mailboxes by address',
    request: { query: mail.mailboxListQuery },
    response: { status: 200, description: 'A page of mailboxes.', body: mail.mailboxPage },
    errors: [],
    ...simulated,
  },
  deleteMailbox: {
    method: 'DELETE',
    path: '/v1/simulation/mailboxes/{address}',
    operationId: 'deleteMailbox',
    summary: 'Delete a mailbox with its mails',
    request: { params: mail.mailboxParams },
    response: { status: 204, description: 'It is deleted.' },
    errors: ['not_found'],
    ...simulated,
  },
  listMailMessages: {
    method: 'GET',
    path: '/v1/simulation/mailboxes/{address}/messages',
    operationId: 'listMailMessages',
    summary: 'List the mails in a mailbox, newest first; the last 500 are kept',
    request: { params: mail.mailboxParams, query: mail.mailboxListQuery },
    response: { status: 200, description: 'A page of mails.', body: mail.mailMessagePage },
    errors: ['not_found'],
    ...simulated,
  },
  readMailMessage: {
    method: 'GET',
    path: '/v1/simulation/mailboxes/{address}/messages/{id}',
    operationId: 'readMailMessage',
    summary: 'Read a mail',
    request: { params: mail.mailMessageParams },
    response: { status: 200, description: 'The mail.', body: mail.mailMessage },
    errors: ['not_found'],
    ...simulated,
  },
  orderMailFault: {
    method: 'POST',
    path: '/v1/simulation/mail-faults',
    operationId: 'orderMailFault',
    summary: 'Order what happens to the next mails for an address or a domain',
    description:
      'For the installation’s administrator. Mails over SMTP and the installation’s own are treated alike.',
    request: { body: mail.mailFaultOrder },
    response: { status: 201, description: 'The fault.', body: mail.mailFault },
    errors: [],
    ...simulated,
    idempotent: true,
  },
  listMailFaults: {
    method: 'GET',
    path: '/v1/simulation/mail-faults',
    operationId: 'listMailFaults',
    summary: 'List the faults that still have mails to come',
    request: {},
    response: { status: 200, description: 'The faults.', body: mail.mailFaultList },
    errors: [],
    ...simulated,
  },
  withdrawMailFault: {
    method: 'DELETE',
    path: '/v1/simulation/mail-faults/{id}',
    operationId: 'withdrawMailFault',
    summary: 'Withdraw a fault',
    request: { params: mail.mailFaultParams },
    response: { status: 204, description: 'It is withdrawn.' },
    errors: ['not_found'],
    ...simulated,
  },
} as const satisfies Record<string, Route>

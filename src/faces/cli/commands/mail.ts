import { Option, type Command } from 'commander'
import type { MailboxJson, MailFaultJson, MailMessageJson } from '../../../contract/index.ts'
import { MAIL_FAULT_KINDS, MOST_FAULTY_MAILS, type MailFaultKind } from '../../../core/domain/mailboxes.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { CliFailure } from '../failure.ts'
import { wholeNumber } from '../option-values.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { visible } from '../visible.ts'
import { wholeList } from './whole-list.ts'

/** `chancery mail create|list|delete|messages|read|fault`: the mailboxes of a simulation. */
export function addMail(program: Command, run: Run): void {
  const mail = program.command('mail').description('work with the mailboxes of a simulation')
  mail
    .command('create')
    .description('open a mailbox')
    .argument('<address>', 'its address; the domain belongs to the account from then on')
    .action(async (address: string, _options: object, command: Command) =>
      create(contextOf(run, command), address),
    )
  mail
    .command('list')
    .description('list the account’s mailboxes')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  mail
    .command('delete')
    .description('delete a mailbox with its mails')
    .argument('<address>', 'its address')
    .action(async (address: string, _options: object, command: Command) =>
      remove(contextOf(run, command), address),
    )
  mail
    .command('messages')
    .description('list the mails in a mailbox, newest first')
    .argument('<address>', 'its address')
    .action(async (address: string, _options: object, command: Command) =>
      messages(contextOf(run, command), address),
    )
  mail
    .command('read')
    .description('show a mail')
    .argument('<address>', 'the mailbox')
    .argument('[id]', 'the mail (default: the newest)')
    .action(async (address: string, id: string | undefined, _options: object, command: Command) =>
      read(contextOf(run, command), address, id),
    )
  addFault(mail, run)
}

function addFault(mail: Command, run: Run): void {
  const fault = mail.command('fault').description('order what happens to the next mails')
  fault
    .command('order')
    .description('let the next mails bounce, be deferred, or be swallowed')
    .argument('<target>', 'an address, or a domain: every address in it')
    .addOption(new Option('--kind <kind>', 'what happens').choices(MAIL_FAULT_KINDS).default('bounce'))
    .option('--times <number>', 'to how many mails', wholeNumber(1, MOST_FAULTY_MAILS), 1)
    .action(async (target: string, options: { kind: MailFaultKind; times: number }, command: Command) =>
      order(contextOf(run, command), { target, ...options }),
    )
  fault
    .command('list')
    .description('list the faults that still have mails to come')
    .action(async (_options: object, command: Command) => listFaults(contextOf(run, command)))
  fault
    .command('withdraw')
    .description('withdraw a fault')
    .argument('<id>', 'its id, as `mail fault list` shows it')
    .action(async (id: string, _options: object, command: Command) => withdraw(contextOf(run, command), id))
}

async function create(context: Context, address: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('createMailbox', { body: { address } })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(`${visible(answer.value.address)}\n`)
}

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const boxes = await wholeList(context, (query) => ask('listMailboxes', { query }))
  if (boxes !== undefined) context.table(MAILBOXES, boxes)
}

async function remove(context: Context, address: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteMailbox({ params: { address } })
  context.note(`The mailbox ${address} is deleted, with its mails.`)
}

async function messages(context: Context, address: string): Promise<void> {
  const { ask } = await context.server()
  const params = { address }
  const mails = await wholeList(context, (query) => ask('listMailMessages', { params, query }))
  if (mails !== undefined) context.table(MESSAGES, mails)
}

async function read(context: Context, address: string, id: string | undefined): Promise<void> {
  const { ask, client } = await context.server()
  const newest = async (): Promise<string> => {
    const { items } = await client.listMailMessages({ params: { address }, query: { limit: 1 } })
    if (items[0] === undefined) throw new CliFailure(5, `${address} has no mails`)
    return items[0].id
  }
  const answer = await ask('readMailMessage', { params: { address, id: id ?? (await newest()) } })
  if (context.json) return context.print(jsonLine(answer.text))
  const { from, subject, receivedAt, text } = answer.value
  context.print(
    factsOf([
      ['From', from],
      ['To', answer.value.address],
      ['Subject', subject],
      ['Received', momentOf(receivedAt)],
    ]),
  )
  // A mail from anywhere: its lines, and nothing that moves the cursor.
  context.print(`\n${text.split(/\r?\n/).map(visible).join('\n').trimEnd()}\n`)
}

async function order(
  context: Context,
  body: { readonly target: string; readonly kind: MailFaultKind; readonly times: number },
): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('orderMailFault', { body })
  context.print(context.json ? jsonLine(answer.text) : `${visible(answer.value.id)}\n`)
}

async function listFaults(context: Context): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('listMailFaults', {})
  if (context.json) context.print(jsonLine(answer.text))
  else context.table(FAULTS, answer.value.items)
}

async function withdraw(context: Context, id: string): Promise<void> {
  const { client } = await context.server()
  await client.withdrawMailFault({ params: { id } })
  context.note('The fault is withdrawn.')
}

const MAILBOXES: readonly Column<MailboxJson>[] = [
  { title: 'ADDRESS', value: (it) => it.address },
  { title: 'OPENED', value: (it) => momentOf(it.createdAt) },
]
const MESSAGES: readonly Column<MailMessageJson>[] = [
  { title: 'RECEIVED', value: (it) => momentOf(it.receivedAt) },
  { title: 'FROM', value: (it) => it.from },
  { title: 'SUBJECT', value: (it) => it.subject },
  { title: 'ID', value: (it) => it.id },
]
const FAULTS: readonly Column<MailFaultJson>[] = [
  { title: 'TARGET', value: (it) => it.target },
  { title: 'KIND', value: (it) => it.kind },
  { title: 'MAILS LEFT', value: (it) => String(it.remaining), align: 'right' },
  { title: 'ID', value: (it) => it.id },
]

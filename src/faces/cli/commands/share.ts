import { Option, type Command } from 'commander'
import type { InvitationJson, ShareJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { several, wholeNumber } from '../option-values.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { addSharePermission } from './share-permission.ts'
import { wholeList } from './whole-list.ts'

type Parts = { readonly authority?: string[]; readonly principal?: string[] }
type Terms = { readonly permission?: string; readonly permissionVersion?: number }
type Creation = Parts & Terms & { readonly organizationOnly?: true }
type Update = Terms & { readonly name?: string; readonly organizationOnly?: true; readonly anybody?: true }

/** `chancery share create|list|show|update|add|remove|delete|invitations|accept|reject|leave|permission`. */
export function addShare(program: Command, run: Run): void {
  const share = program
    .command('share')
    .description('lend authorities to other accounts, or use what they lend')
  const byId = (name: string, description: string) =>
    share.command(name).description(description).argument('<share>', 'id or ARN')
  addLending(share, byId, run)
  share
    .command('list')
    .description('list one’s own shares, or with --borrowed those of others that are in effect')
    .option('--borrowed', 'those of other accounts')
    .action(async (options: { borrowed?: true }, command: Command) =>
      list(contextOf(run, command), options.borrowed === true),
    )
  byId('show', 'show a share').action(async (id: string, _options: object, command: Command) =>
    show(contextOf(run, command), id),
  )
  addBorrowing(share, byId, run)
  addSharePermission(share, run)
}

type ById = (name: string, description: string) => Command

function addLending(share: Command, byId: ById, run: Run): void {
  withTerms(withParts(share.command('create').description('lend authorities to other accounts')))
    .argument('<name>', 'what people call it')
    .option('--organization-only', 'refuse accounts outside the organization')
    .action(async (name: string, options: Creation, command: Command) =>
      create(contextOf(run, command), name, options),
    )
  withTerms(byId('update', 'change what borrowers may, and how far a share goes'))
    .option('--name <name>', 'what people call it')
    .addOption(
      new Option('--organization-only', 'refuse accounts outside the organization').conflicts('anybody'),
    )
    .option('--anybody', 'let it go to accounts outside the organization')
    .action(async (id: string, options: Update, command: Command) =>
      update(contextOf(run, command), id, options),
    )
  withParts(byId('add', 'put authorities or principals on a share')).action(
    async (id: string, options: Parts, command: Command) =>
      change(contextOf(run, command), 'associateShare', id, options),
  )
  withParts(byId('remove', 'take authorities or principals off a share')).action(
    async (id: string, options: Parts, command: Command) =>
      change(contextOf(run, command), 'disassociateShare', id, options),
  )
  byId('delete', 'end a share; what was issued by it stays as it is').action(
    async (id: string, _options: object, command: Command) => remove(contextOf(run, command), id),
  )
}

function addBorrowing(share: Command, byId: ById, run: Run): void {
  share
    .command('invitations')
    .description('list invitations to one’s account, newest first')
    .action(async (_options: object, command: Command) => invitations(contextOf(run, command)))
  for (const [name, description] of [
    ['accept', 'use from now on what another account lends'],
    ['reject', 'refuse an invitation'],
  ] as const)
    share
      .command(name)
      .description(description)
      .argument('<invitation>', 'its id')
      .action(async (id: string, _options: object, command: Command) =>
        answer(contextOf(run, command), name, id),
      )
  byId('leave', 'use another account’s share no more').action(
    async (id: string, _options: object, command: Command) => leave(contextOf(run, command), id),
  )
}

const withParts = (command: Command): Command =>
  command
    .option('--authority <authority>', 'one of one’s own: id, name or ARN; may be repeated', several)
    .option(
      '--principal <principal>',
      'an account’s id, or the ARN of a user, a role or the organization; may be repeated',
      several,
    )
const withTerms = (command: Command): Command =>
  command
    .option('--permission <name>', 'what borrowers may: a permission by name or ARN')
    .option('--permission-version <number>', 'a version of it', wholeNumber(1, 1_000_000))

const partsOf = ({ authority, principal }: Parts) => ({
  ...(authority === undefined ? {} : { authorities: authority }),
  ...(principal === undefined ? {} : { principals: principal }),
})
const termsOf = ({ permission, permissionVersion }: Terms) => ({
  ...(permission === undefined ? {} : { permission }),
  ...(permissionVersion === undefined ? {} : { permissionVersion }),
})

async function create(context: Context, name: string, options: Creation): Promise<void> {
  const { ask } = await context.server()
  const external = options.organizationOnly === true ? { external: false } : {}
  const body = { name, ...partsOf(options), ...termsOf(options), ...external }
  print(context, await ask('createShare', { body }))
}

async function update(context: Context, id: string, options: Update): Promise<void> {
  const { name, organizationOnly, anybody } = options
  const body = {
    ...termsOf(options),
    ...(name === undefined ? {} : { name }),
    ...(organizationOnly === true ? { external: false } : {}),
    ...(anybody === true ? { external: true } : {}),
  }
  if (Object.keys(body).length === 0)
    throw usage('say what to change: --name, --permission or another option')
  const { ask } = await context.server()
  print(context, await ask('updateShare', { params: { share: id }, body }))
}

async function change(
  context: Context,
  operation: 'associateShare' | 'disassociateShare',
  id: string,
  options: Parts,
): Promise<void> {
  const body = partsOf(options)
  if (Object.keys(body).length === 0) throw usage('name something: --authority or --principal')
  const { ask } = await context.server()
  print(context, await ask(operation, { params: { share: id }, body }))
}

async function list(context: Context, borrowed: boolean): Promise<void> {
  const { ask } = await context.server()
  const owner = borrowed ? 'OTHER_ACCOUNTS' : 'SELF'
  const all = await wholeList(context, (query) => ask('listShares', { query: { ...query, owner } }))
  if (all !== undefined) context.table(COLUMNS, all)
}

async function show(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  print(context, await ask('describeShare', { params: { share: id } }))
}

async function remove(context: Context, id: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteShare({ params: { share: id } })
  context.note('The share has ended: nothing more is issued by it.')
}

async function invitations(context: Context): Promise<void> {
  const { ask } = await context.server()
  const all = await wholeList(context, (query) => ask('listInvitations', { query }))
  if (all !== undefined) context.table(INVITATION_COLUMNS, all)
}

async function answer(context: Context, name: 'accept' | 'reject', id: string): Promise<void> {
  const { ask } = await context.server()
  const operation = name === 'accept' ? 'acceptInvitation' : 'rejectInvitation'
  const { text, value } = await ask(operation, { params: { invitation: id } })
  if (context.json) return context.print(jsonLine(text))
  context.print(
    factsOf([
      ['Share', value.shareName],
      ['Of account', value.sender],
      ['Status', value.status],
    ]),
  )
}

async function leave(context: Context, id: string): Promise<void> {
  const { client } = await context.server()
  await client.leaveShare({ params: { share: id } })
  context.note('The account is off the share; what was issued by it stays as it is.')
}

function print(
  context: Context,
  { text, value }: { readonly text: string; readonly value: ShareJson },
): void {
  context.print(context.json ? jsonLine(text) : shareFacts(value))
}

const shareFacts = (it: ShareJson): string =>
  factsOf([
    ['Share', it.name],
    ['ARN', it.arn],
    ['Permission', `${it.permission.name}, version ${it.permission.version}`],
    ['Goes', it.external ? 'also outside the organization' : 'within the organization'],
    ['Authorities', it.authorities.join(', ') || 'none'],
    ['Principals', it.principals.map(shownPrincipal).join(', ') || 'none'],
  ])

const shownPrincipal = ({ principal, standing }: ShareJson['principals'][number]): string =>
  `${principal} (${standing})`

const COLUMNS: readonly Column<ShareJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'NAME', value: (it) => it.name },
  { title: 'ACCOUNT', value: (it) => it.account },
  { title: 'PERMISSION', value: (it) => `${it.permission.name}:${it.permission.version}` },
  { title: 'AUTHORITIES', value: (it) => String(it.authorities.length), align: 'right' },
  { title: 'PRINCIPALS', value: (it) => it.principals.map(shownPrincipal).join(', ') || '-' },
]

const INVITATION_COLUMNS: readonly Column<InvitationJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'SHARE', value: (it) => it.shareName },
  { title: 'OF ACCOUNT', value: (it) => it.sender },
  { title: 'STATUS', value: (it) => it.status },
  { title: 'UNTIL', value: (it) => momentOf(it.expiresAt) },
]

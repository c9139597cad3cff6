import type { Command } from 'commander'
import type { AccessKeyJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { addPlain, showOne } from './show-one.ts'

type OfUser = { readonly user?: string }

/** `chancery access-key create|list|disable|enable|delete`. */
export function addAccessKey(program: Command, run: Run): void {
  const key = program.command('access-key').description('work with keys that requests are signed with')
  const ofUser = (command: Command) => command.option('--user <name>', 'whose (default: your own)')
  ofUser(key.command('create').description('create a key; its secret is shown this once')).action(
    async (options: OfUser, command: Command) => create(contextOf(run, command), options),
  )
  ofUser(key.command('list').description('list keys, without their secrets')).action(
    async (options: OfUser, command: Command) => list(contextOf(run, command), options),
  )
  for (const [name, description, act] of [
    ['disable', 'disable a key, at once', status('INACTIVE')],
    ['enable', 'let a key work again', status('ACTIVE')],
    ['delete', 'delete a key, at once', remove],
  ] as const)
    ofUser(key.command(name).description(description).argument('<id>', 'id of the key')).action(
      async (id: string, options: OfUser, command: Command) => act(contextOf(run, command), id, options),
    )
}

/** `chancery whoami`. */
export function addWhoami(program: Command, run: Run): void {
  addPlain(program, run, 'whoami', 'say as whom you act', async (context) => {
    const { ask } = await context.server()
    showOne(context, await ask('getCallerIdentity', {}), (it) => [
      ['Account', it.account],
      ['ARN', it.arn],
      ['Id', it.userId],
      ['By', it.credential],
    ])
  })
}

/** @throws CliFailure with exit code 2 when the caller is no user */
async function userOf(context: Context, { user }: OfUser): Promise<string> {
  if (user !== undefined) return user
  const { ask } = await context.server()
  const { arn } = (await ask('getCallerIdentity', {})).value
  const own = /:user\/(.+)$/.exec(arn)?.[1]
  if (own === undefined) throw usage(`--user is needed: you act as ${arn}, which is no user`)
  return own
}

async function create(context: Context, options: OfUser): Promise<void> {
  const user = await userOf(context, options)
  const { ask } = await context.server()
  const answer = await ask('createAccessKey', { params: { user } })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(factsOf([...factsAbout(answer.value), ['Secret', answer.value.secret]]))
  context.note('\nThe secret is not shown again.')
}

async function list(context: Context, options: OfUser): Promise<void> {
  const user = await userOf(context, options)
  const { ask } = await context.server()
  const answer = await ask('listAccessKeys', { params: { user } })
  if (context.json) context.print(jsonLine(answer.text))
  else context.table(COLUMNS, answer.value.items)
}

function status(to: 'ACTIVE' | 'INACTIVE') {
  return async (context: Context, key: string, options: OfUser): Promise<void> => {
    const user = await userOf(context, options)
    const { ask } = await context.server()
    showOne(
      context,
      await ask('updateAccessKey', { params: { user, key }, body: { status: to } }),
      factsAbout,
    )
  }
}

async function remove(context: Context, key: string, options: OfUser): Promise<void> {
  const user = await userOf(context, options)
  const { client } = await context.server()
  await client.deleteAccessKey({ params: { user, key } })
  context.note(`The access key ${key} is deleted.`)
}

const lastUse = (it: AccessKeyJson): string =>
  it.lastUsedAt === undefined
    ? 'never'
    : `${momentOf(it.lastUsedAt)}, ${it.lastUsedService ?? '-'} in ${it.lastUsedRegion ?? '-'}`

const factsAbout = (it: AccessKeyJson): [string, string | undefined][] => [
  ['Access key', it.id],
  ['User', it.user],
  ['Status', it.status],
  ['Created', momentOf(it.createdAt)],
]

const COLUMNS: readonly Column<AccessKeyJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'STATUS', value: (it) => it.status },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
  { title: 'LAST USED', value: lastUse },
]

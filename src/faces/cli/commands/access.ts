import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { ROLES, type Role } from '../../../core/domain/policies/built-in.ts'
import { DAY } from '../../../core/domain/time.ts'
import type { TokenJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { writeFiles, refuseExisting } from '../files.ts'
import { usage } from '../failure.ts'
import { account, days, wholeNumber } from '../option-values.ts'
import { textOf } from './role.ts'
import { factsOf, type Column } from '../table.ts'
import { endOf, momentOf } from '../times.ts'
import { wholeList } from './whole-list.ts'

/** `chancery token create|list|revoke`. */
export function addToken(program: Command, run: Run): void {
  const token = program.command('token').description('work with bearer tokens')
  token
    .command('create')
    .description('create a token; its secret is shown this once')
    .requiredOption('--name <name>', 'what people call it')
    .addOption(new Option('--role <role>', 'what it may do (default: issuer)').choices(ROLES))
    .option('--user <name>', 'let it act as this user')
    .option('--assume <role>', 'let it act in this role; with --session')
    .option('--session <name>', 'what its session in the role is called')
    .option('--scope <file>', 'policy beyond which its rights don’t reach')
    .addOption(days('when it stops working (default: never)'))
    .option('--account <id>', 'whose token it is (default: your own account)', account)
    .option('--installation', 'let it create accounts, and tokens for other accounts')
    .option('--out <file>', 'write the secret to a new file (mode 0600) instead of showing it')
    .action(async (options: Creation, command: Command) => createToken(contextOf(run, command), options))
  token
    .command('rotate')
    .description('give a token another secret, shown this once; the one before works on for a while')
    .argument('<id>', 'id of the token, as `token list` shows it')
    .option('--account <id>', 'whose token it is (default: your own account)', account)
    .option(
      '--grace <seconds>',
      'how long the secret before works on (default: an hour)',
      wholeNumber(0, 604_800),
    )
    .option('--out <file>', 'write the secret to a new file (mode 0600) instead of showing it')
    .action(async (id: string, options: Rotation, command: Command) =>
      rotateToken(contextOf(run, command), id, options),
    )
  token
    .command('list')
    .description('list tokens, without their secrets')
    .option('--account <id>', 'whose tokens (default: those of your own account)', account)
    .action(async (options: { account?: string }, command: Command) =>
      listTokens(contextOf(run, command), options),
    )
  token
    .command('revoke')
    .description('revoke a token; it stops working at once')
    .argument('<id>', 'id of the token, as `token list` shows it')
    .option('--account <id>', 'whose token it is (default: your own account)', account)
    .action(async (id: string, options: { account?: string }, command: Command) =>
      revokeToken(contextOf(run, command), id, options),
    )
}

/** `chancery account create|list`. */
export function addAccount(program: Command, run: Run): void {
  const accounts = program.command('account').description('work with accounts')
  accounts
    .command('create')
    .description('create an account')
    .requiredOption('--name <name>', 'what people call it')
    .option('--id <id>', '12 decimal digits (default: drawn at random)', account)
    .action(async (options: { name: string; id?: string }, command: Command) =>
      createAccount(contextOf(run, command), options),
    )
  accounts
    .command('list')
    .description('list accounts')
    .action(async (_options: object, command: Command) => listAccounts(contextOf(run, command)))
}

type Creation = {
  readonly name: string
  readonly role?: Role
  readonly user?: string
  readonly assume?: string
  readonly session?: string
  readonly scope?: string
  readonly days?: number
  readonly account?: string
  readonly installation?: true
  readonly out?: string
}

async function createToken(context: Context, options: Creation): Promise<void> {
  const { world } = context
  const path = options.out === undefined ? undefined : resolve(world.directory, options.out)
  if (path !== undefined) await refuseExisting([path])
  const { ask } = await context.server()
  const answer = await ask('createToken', {
    body: {
      name: options.name,
      ...standIn(options),
      ...(options.scope === undefined
        ? {}
        : { scope: await textOf(world.directory, options.scope, '--scope') }),
      ...(options.account === undefined ? {} : { account: options.account }),
      ...(options.installation === undefined ? {} : { installation: true }),
      ...(options.days === undefined
        ? {}
        : { expiresAt: new Date(world.now() + options.days * DAY).toISOString() }),
    },
  })
  await printSecret(context, answer, path)
}

/** As whom it acts; an issuer unless something is said. */
function standIn({ role, user, assume, session }: Creation) {
  if (assume === undefined) return user === undefined ? { role: role ?? 'issuer' } : { role, user }
  if (session === undefined) throw usage('--assume needs --session')
  return { role, user, assumes: { role: assume, session } }
}

type Rotation = { readonly account?: string; readonly grace?: number; readonly out?: string }

async function rotateToken(context: Context, id: string, options: Rotation): Promise<void> {
  const path = options.out === undefined ? undefined : resolve(context.world.directory, options.out)
  if (path !== undefined) await refuseExisting([path])
  const { ask } = await context.server()
  const answer = await ask('rotateToken', {
    params: { id },
    query: options.account === undefined ? {} : { account: options.account },
    body: options.grace === undefined ? {} : { graceSeconds: options.grace },
  })
  await printSecret(context, answer, path)
}

/** A token that was made, or got another secret; the secret goes to a file when there is one. */
async function printSecret(
  context: Context,
  answer: { readonly value: TokenJson & { readonly secret: string }; readonly text: string },
  path: string | undefined,
): Promise<void> {
  const { world } = context
  const { secret, ...token } = answer.value
  if (path !== undefined) await writeFiles([{ path, content: `${secret}\n`, secret: true }], false)
  if (context.json) {
    // A secret that is in a file doesn't belong in a log besides.
    return context.print(path === undefined ? jsonLine(answer.text) : `${JSON.stringify(token)}\n`)
  }
  context.print(
    factsOf([
      ['Token', token.name],
      ['Id', token.id],
      ['Account', token.account],
      ['Role', asWhom(token) + (token.installation ? ', installation administrator' : '')],
      ['Expires', token.expiresAt === undefined ? 'never' : endOf(token.expiresAt, world.now())],
      ['Secret', path === undefined ? secret : `in ${path}`],
    ]),
  )
  context.note(
    path === undefined
      ? '\nThe secret is not shown again. Use it as CHANCERY_TOKEN, or from a file with --token-file.'
      : `\nUse it with --token-file ${path}`,
  )
}

const asWhom = (token: TokenJson): string =>
  token.role ?? (token.userId === undefined ? `role ${token.roleId ?? '-'}` : `user ${token.userId}`)

const tokenColumns = (now: number): Column<TokenJson>[] => [
  { title: 'NAME', value: (it) => it.name },
  { title: 'ROLE', value: (it) => asWhom(it) + (it.installation ? '+installation' : '') },
  {
    title: 'STATUS',
    value: (it) =>
      it.revokedAt !== undefined
        ? 'revoked'
        : it.expiresAt !== undefined && Date.parse(it.expiresAt) <= now
          ? 'expired'
          : 'active',
  },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
  { title: 'EXPIRES', value: (it) => (it.expiresAt === undefined ? 'never' : endOf(it.expiresAt, now)) },
  { title: 'ID', value: (it) => it.id },
]

async function listTokens(context: Context, options: { account?: string }): Promise<void> {
  const { ask } = await context.server()
  const tokens = await wholeList(context, (query) => ask('listTokens', { query: { ...options, ...query } }))
  if (tokens !== undefined) context.table(tokenColumns(context.world.now()), tokens)
}

async function revokeToken(context: Context, id: string, query: { account?: string }): Promise<void> {
  const { client } = await context.server()
  await client.revokeToken({ params: { id }, query })
  context.note(`The token ${id} is revoked; it doesn’t work any more.`)
}

async function createAccount(context: Context, options: { name: string; id?: string }): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('createAccount', {
    body: { name: options.name, ...(options.id === undefined ? {} : { id: options.id }) },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  const { id, name, createdAt } = answer.value
  context.print(
    factsOf([
      ['Account', id],
      ['Name', name],
      ['Created', momentOf(createdAt)],
    ]),
  )
  context.note(
    `\nIt has no token yet:\n  chancery token create --account ${id} --role administrator --name …`,
  )
}

async function listAccounts(context: Context): Promise<void> {
  const { ask } = await context.server()
  const accounts = await wholeList(context, (query) => ask('listAccounts', { query }))
  if (accounts === undefined) return
  context.table(
    [
      { title: 'ACCOUNT', value: (it) => it.id },
      { title: 'NAME', value: (it) => it.name },
      { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
    ],
    accounts,
  )
}

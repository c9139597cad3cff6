import type { Command } from 'commander'
import type { RoleJson, RoleSummaryJson, SessionJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Run } from '../context.ts'
import { fileGiven } from '../files.ts'
import { wholeNumber } from '../option-values.ts'
import type { Column } from '../table.ts'
import { endOf, momentOf } from '../times.ts'
import {
  addNamed,
  addPlain,
  boundaryOf,
  collectTag,
  namesText,
  showOne,
  tagsText,
  type FactList,
} from './show-one.ts'
import { wholeList } from './whole-list.ts'

type Options = {
  readonly trust?: string
  readonly description?: string
  readonly maxSession?: number
  readonly boundary?: string
  readonly tag?: Record<string, string>
}

/** `chancery role create|list|show|update|delete|assume`. */
export function addRole(program: Command, run: Run): void {
  const role = program.command('role').description('work with roles: rights that others take on for a while')
  const withOptions = (command: Command) =>
    command
      .option('--description <text>', 'what it is for')
      .option('--max-session <seconds>', 'how long a session in it lasts at most', wholeNumber(3600, 43_200))
      .option('--boundary <policy>', 'permission boundary; “none” takes it away')
      .option('--tag <key=value>', 'a tag; may be repeated', collectTag)
  withOptions(
    role
      .command('create')
      .description('create a role, which may nothing yet')
      .argument('<name>', 'its name')
      .requiredOption('--trust <file>', 'trust policy: who may take it on'),
  ).action(async (name: string, options: Options & { trust: string }, command: Command) => {
    const context = contextOf(run, command)
    const trust = await textOf(context.world.directory, options.trust, '--trust')
    const { boundary, ...members } = membersOf(options)
    const body = { name, trust, ...members, ...(typeof boundary === 'string' ? { boundary } : {}) }
    const { ask } = await context.server()
    showOne(context, await ask('createRole', { body }), roleFacts)
  })
  withOptions(
    role
      .command('update')
      .description('change a role; a new trust policy is about sessions to come')
      .argument('<name>', 'its name')
      .option('--trust <file>', 'trust policy: who may take it on'),
  ).action(async (name: string, options: Options, command: Command) => {
    const context = contextOf(run, command)
    const { trust } = options
    const body = {
      ...membersOf(options),
      ...(trust === undefined ? {} : { trust: await textOf(context.world.directory, trust, '--trust') }),
    }
    const { ask } = await context.server()
    showOne(context, await ask('updateRole', { params: { role: name }, body }), roleFacts)
  })
  addPlain(role, run, 'list', 'list roles', async (context) => {
    const { ask } = await context.server()
    const roles = await wholeList(context, (query) => ask('listRoles', { query }))
    if (roles !== undefined) context.table(COLUMNS, roles)
  })
  addNamed(role, run, 'its name', [
    [
      'show',
      'show a role with its trust policy',
      async (context, name) => {
        const { ask } = await context.server()
        const answer = await ask('describeRole', { params: { role: name } })
        showOne(context, answer, roleFacts)
        if (!context.json) context.print(`\n${answer.value.trust.trimEnd()}\n`)
      },
    ],
    [
      'delete',
      'end a role with every session in it, at once',
      async (context, name) => {
        const { client } = await context.server()
        await client.deleteRole({ params: { role: name } })
        context.note(`The role ${name} is deleted.`)
      },
    ],
  ])
  addAssume(role, run)
}

type Assumption = {
  readonly session: string
  readonly seconds?: number
  readonly externalId?: string
  readonly policy?: string
}

function addAssume(role: Command, run: Run): void {
  role
    .command('assume')
    .description('take on a role; prints credentials for a while, as a shell sets them')
    .argument('<role>', 'its ARN, or its name in your own account')
    .requiredOption('--session <name>', 'what the session is called, in the audit trail')
    .option('--seconds <seconds>', 'how long it lasts (default: an hour)', wholeNumber(900, 43_200))
    .option('--external-id <text>', 'what the role’s owner agreed on with you')
    .option('--policy <file>', 'policy beyond which the session’s rights don’t reach')
    .action(async (name: string, options: Assumption, command: Command) => {
      const context = contextOf(run, command)
      const { policy, ...rest } = options
      const policies =
        policy === undefined ? {} : { policies: [await textOf(context.world.directory, policy, '--policy')] }
      const { ask } = await context.server()
      const answer = await ask('assumeRole', { body: { role: name, ...rest, ...policies } })
      context.print(context.json ? jsonLine(answer.text) : exported(answer.value))
      context.note(`It ends ${endOf(answer.value.expiresAt, context.world.now())}.`)
    })
}

/** As `eval` takes it; none of the values has a character that a shell would see. */
const exported = ({ accessKeyId, secretAccessKey, sessionToken }: SessionJson): string =>
  `export AWS_ACCESS_KEY_ID=${accessKeyId}\n` +
  `export AWS_SECRET_ACCESS_KEY=${secretAccessKey}\n` +
  `export AWS_SESSION_TOKEN=${sessionToken}\n`

/** A document that the caller named, as it is: the server says where it is wrong. */
export const textOf = async (directory: string, path: string, option: string): Promise<string> =>
  (await fileGiven(directory, path, option)).toString('utf8')

const membersOf = ({ description, maxSession, boundary, tag }: Options) => ({
  ...(description === undefined ? {} : { description }),
  ...(maxSession === undefined ? {} : { maxSessionSeconds: maxSession }),
  ...boundaryOf(boundary),
  ...(tag === undefined ? {} : { tags: tag }),
})

const roleFacts = (it: RoleJson): FactList => [
  ['Role', it.name],
  ['ARN', it.arn],
  ['Id', it.id],
  ['Description', it.description === '' ? undefined : it.description],
  ['Longest session', `${it.maxSessionSeconds} seconds`],
  ['Policies', namesText(it.policies)],
  ['Boundary', it.boundary?.name],
  ['Tags', tagsText(it.tags)],
  ['Created', momentOf(it.createdAt)],
  ['Changed', momentOf(it.updatedAt)],
]

const COLUMNS: readonly Column<RoleSummaryJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'DESCRIPTION', value: (it) => it.description },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
  { title: 'ARN', value: (it) => it.arn },
]

import type { Command } from 'commander'
import type { GroupSummaryJson, UserJson, UserSummaryJson } from '../../../contract/index.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../times.ts'
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

type Options = { readonly boundary?: string; readonly tag?: Record<string, string> }

/** `chancery user create|list|show|update|delete`. */
export function addUser(program: Command, run: Run): void {
  const user = program.command('user').description('work with users')
  const withOptions = (command: Command, boundary: string) =>
    command
      .option('--boundary <policy>', boundary)
      .option('--tag <key=value>', 'a tag; may be repeated', collectTag)
  withOptions(
    user.command('create').description('create a user, who may nothing yet').argument('<name>', 'its name'),
    'permission boundary: a policy beyond which no other one reaches',
  ).action(async (name: string, options: Options, command: Command) => {
    const { ask } = await contextOf(run, command).server()
    const { boundary, tag: tags } = options
    const body = {
      name,
      ...(boundary === undefined ? {} : { boundary }),
      ...(tags === undefined ? {} : { tags }),
    }
    showOne(contextOf(run, command), await ask('createUser', { body }), userFacts)
    contextOf(run, command).note(`\nIt may nothing yet:\n  chancery policy attach … --user ${name}`)
  })
  addPlain(user, run, 'list', 'list users', async (context) => {
    const { ask } = await context.server()
    const users = await wholeList(context, (query) => ask('listUsers', { query }))
    if (users !== undefined) context.table(USER_COLUMNS, users)
  })
  addNamed(user, run, 'its name', [
    ['show', 'show a user', (context, name) => show(context, name)],
    [
      'delete',
      'end a user with its access keys and tokens, at once',
      async (context, name) => {
        const { client } = await context.server()
        await client.deleteUser({ params: { user: name } })
        context.note(`The user ${name} is deleted.`)
      },
    ],
  ])
  withOptions(
    user.command('update').description('change a user').argument('<name>', 'its name'),
    'permission boundary; “none” takes it away',
  ).action(async (name: string, { boundary, tag: tags }: Options, command: Command) => {
    const context = contextOf(run, command)
    const { ask } = await context.server()
    const body = { ...boundaryOf(boundary), ...(tags === undefined ? {} : { tags }) }
    showOne(context, await ask('updateUser', { params: { user: name }, body }), userFacts)
  })
}

/** `chancery group create|list|show|members|add|remove|delete`. */
export function addGroup(program: Command, run: Run): void {
  const group = program.command('group').description('work with groups: users that have policies in common')
  addNamed(group, run, 'its name', [
    [
      'create',
      'create a group',
      async (context, name) => {
        const { ask } = await context.server()
        showOne(context, await ask('createGroup', { body: { name } }), groupFacts)
      },
    ],
    [
      'show',
      'show a group',
      async (context, name) => {
        const { ask } = await context.server()
        showOne(context, await ask('describeGroup', { params: { group: name } }), groupFacts)
      },
    ],
    [
      'members',
      'list who is in a group',
      async (context, name) => {
        const { ask } = await context.server()
        const users = await wholeList(context, (query) =>
          ask('listGroupMembers', { params: { group: name }, query }),
        )
        if (users !== undefined) context.table(USER_COLUMNS, users)
      },
    ],
    [
      'delete',
      'end a group; its members lose what it gave them',
      async (context, name) => {
        const { client } = await context.server()
        await client.deleteGroup({ params: { group: name } })
        context.note(`The group ${name} is deleted.`)
      },
    ],
  ])
  addPlain(group, run, 'list', 'list groups', async (context) => {
    const { ask } = await context.server()
    const groups = await wholeList(context, (query) => ask('listGroups', { query }))
    if (groups !== undefined) context.table(GROUP_COLUMNS, groups)
  })
  addMembership(group, run)
}

function addMembership(group: Command, run: Run): void {
  for (const [name, description, route, says] of [
    ['add', 'put a user into a group', 'addGroupMember', 'is in the group'],
    ['remove', 'take a user out of a group', 'removeGroupMember', 'is no longer in the group'],
  ] as const)
    group
      .command(name)
      .description(description)
      .argument('<name>', 'name of the group')
      .argument('<user>', 'name of the user')
      .action(async (of: string, user: string, _options: object, command: Command) => {
        const context = contextOf(run, command)
        const { client } = await context.server()
        await client[route]({ params: { group: of, user } })
        context.note(`${user} ${says} ${of}.`)
      })
}

async function show(context: Context, name: string): Promise<void> {
  const { ask } = await context.server()
  showOne(context, await ask('describeUser', { params: { user: name } }), userFacts)
}

const userFacts = (it: UserJson): FactList => [
  ['User', it.name],
  ['ARN', it.arn],
  ['Id', it.id],
  ['Policies', namesText(it.policies)],
  ['Groups', it.groups.length === 0 ? undefined : it.groups.join(', ')],
  ['Boundary', it.boundary?.name],
  ['Tags', tagsText(it.tags)],
  ['Created', momentOf(it.createdAt)],
]

const groupFacts = (
  it: GroupSummaryJson & { readonly policies: readonly { readonly name: string }[] },
): FactList => [
  ['Group', it.name],
  ['ARN', it.arn],
  ['Policies', namesText(it.policies)],
  ['Created', momentOf(it.createdAt)],
]

const USER_COLUMNS: readonly Column<UserSummaryJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
  { title: 'ID', value: (it) => it.id },
]
const GROUP_COLUMNS: readonly Column<GroupSummaryJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
  { title: 'ID', value: (it) => it.id },
]

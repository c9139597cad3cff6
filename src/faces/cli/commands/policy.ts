import type { Command } from 'commander'
import type {
  AttachmentJson,
  PolicyJson,
  PolicySummaryJson,
  PolicyVersionJson,
} from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { textOf } from './role.ts'
import { addNamed, addPlain, showOne, type FactList } from './show-one.ts'
import { wholeList } from './whole-list.ts'

/** `chancery policy create|list|show|update|versions|default|delete-version|delete|attach|detach|holders`. */
export function addPolicy(program: Command, run: Run): void {
  const policy = program.command('policy').description('work with policies: what users, groups and roles may')
  policy
    .command('create')
    .description('create a policy')
    .argument('<name>', 'its name')
    .requiredOption('--document <file>', 'the policy, as IAM writes it')
    .option('--description <text>', 'what it is for')
    .action(async (name: string, options: { document: string; description?: string }, command: Command) => {
      const context = contextOf(run, command)
      const document = await textOf(context.world.directory, options.document, '--document')
      const { ask } = await context.server()
      showOne(context, await ask('createPolicy', { body: { ...options, name, document } }), policyFacts)
    })
  policy
    .command('update')
    .description('write the next version of a policy')
    .argument('<name>', 'its name')
    .requiredOption('--document <file>', 'the policy, as IAM writes it')
    .option('--keep-default', 'let the version before count still')
    .action(async (name: string, options: { document: string; keepDefault?: true }, command: Command) => {
      const context = contextOf(run, command)
      const document = await textOf(context.world.directory, options.document, '--document')
      const body = { document, setDefault: options.keepDefault !== true }
      const { ask } = await context.server()
      const answer = await ask('createPolicyVersion', { params: { policy: name }, body })
      if (context.json) return context.print(jsonLine(answer.text))
      context.note(`Version ${answer.value.number} of ${name}${answer.value.default ? ' counts now' : ''}.`)
    })
  addPlain(policy, run, 'list', 'list policies; built-in ones aren’t among them', async (context) => {
    const { ask } = await context.server()
    const policies = await wholeList(context, (query) => ask('listPolicies', { query }))
    if (policies !== undefined) context.table(COLUMNS, policies)
  })
  addNamed(policy, run, 'its name, or its ARN', [
    ['show', 'show a policy with its document', show],
    ['versions', 'list the versions of a policy', versions],
    ['holders', 'list who has a policy', holders],
    ['delete', 'delete a policy that nobody has', remove],
  ])
  addVersioning(policy, run)
  addAttaching(policy, run)
}

function addVersioning(policy: Command, run: Run): void {
  policy
    .command('default')
    .description('let another version of a policy count')
    .argument('<name>', 'its name')
    .argument('<version>', 'number of the version')
    .action(async (name: string, version: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { client } = await context.server()
      await client.setDefaultPolicyVersion({ params: { policy: name }, body: { version: Number(version) } })
      context.note(`Version ${version} of ${name} counts now.`)
    })
  policy
    .command('delete-version')
    .description('delete a version that doesn’t count')
    .argument('<name>', 'its name')
    .argument('<version>', 'number of the version')
    .action(async (name: string, version: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { client } = await context.server()
      await client.deletePolicyVersion({ params: { policy: name, version } })
      context.note(`Version ${version} of ${name} is deleted.`)
    })
}

type To = { readonly user?: string; readonly group?: string; readonly role?: string }

function addAttaching(policy: Command, run: Run): void {
  for (const [name, description, route, says] of [
    ['attach', 'give a policy to a user, a group or a role', 'attachPolicy', 'has'],
    ['detach', 'take a policy from a user, a group or a role', 'detachPolicy', 'has no longer'],
  ] as const)
    policy
      .command(name)
      .description(description)
      .argument('<policy>', 'its name, or its ARN')
      .option('--user <name>', 'the user')
      .option('--group <name>', 'the group')
      .option('--role <name>', 'the role')
      .action(async (of: string, options: To, command: Command) => {
        const context = contextOf(run, command)
        const holder = holderOf(options)
        const { client } = await context.server()
        await client[route]({ params: { policy: of, ...holder } })
        context.note(`The ${holder.kind} ${holder.name} ${says} ${of}.`)
      })
}

/** @throws CliFailure with exit code 2 */
function holderOf(options: To): { kind: 'user' | 'group' | 'role'; name: string } {
  const given = (['user', 'group', 'role'] as const).filter((kind) => options[kind] !== undefined)
  const [kind, another] = given
  if (kind === undefined || another !== undefined) throw usage('one of --user, --group and --role is needed')
  return { kind, name: options[kind] ?? '' }
}

async function show(context: Context, name: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describePolicy', { params: { policy: name } })
  showOne(context, answer, policyFacts)
  if (!context.json) context.print(`\n${answer.value.document.trimEnd()}\n`)
}

async function versions(context: Context, name: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('listPolicyVersions', { params: { policy: name } })
  if (context.json) context.print(jsonLine(answer.text))
  else context.table(VERSION_COLUMNS, answer.value.items)
}

async function holders(context: Context, name: string): Promise<void> {
  const { ask } = await context.server()
  const all = await wholeList(context, (query) =>
    ask('listPolicyAttachments', { params: { policy: name }, query }),
  )
  if (all !== undefined) context.table(HOLDER_COLUMNS, all)
}

async function remove(context: Context, name: string): Promise<void> {
  const { client } = await context.server()
  await client.deletePolicy({ params: { policy: name } })
  context.note(`The policy ${name} is deleted.`)
}

const policyFacts = (it: PolicyJson): FactList => [
  ['Policy', it.name],
  ['ARN', it.arn],
  ['Description', it.description === '' ? undefined : it.description],
  ['Version', it.builtIn ? 'built in' : String(it.defaultVersion ?? 1)],
  ['Changed', it.updatedAt === undefined ? undefined : momentOf(it.updatedAt)],
]

const COLUMNS: readonly Column<PolicySummaryJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'VERSION', value: (it) => String(it.defaultVersion ?? 1), align: 'right' },
  { title: 'CHANGED', value: (it) => (it.updatedAt === undefined ? '-' : momentOf(it.updatedAt)) },
  { title: 'DESCRIPTION', value: (it) => it.description },
]
const VERSION_COLUMNS: readonly Column<PolicyVersionJson>[] = [
  { title: 'VERSION', value: (it) => String(it.number), align: 'right' },
  { title: 'COUNTS', value: (it) => (it.default ? 'yes' : 'no') },
  { title: 'WRITTEN', value: (it) => momentOf(it.createdAt) },
]
const HOLDER_COLUMNS: readonly Column<AttachmentJson>[] = [
  { title: 'KIND', value: (it) => it.kind },
  { title: 'NAME', value: (it) => it.name },
  { title: 'ID', value: (it) => it.id },
]

import type { Command } from 'commander'
import type { SharePermissionJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { several, wholeNumber } from '../option-values.ts'
import { factsOf, type Column } from '../table.ts'
import { wholeList } from './whole-list.ts'

type Allowance = { readonly action: string[]; readonly template?: string[] }

/** `chancery share permission create|list|show|delete|version|default|delete-version`. */
export function addSharePermission(share: Command, run: Run): void {
  const permission = share
    .command('permission')
    .description('what borrowers may, besides the permissions that every installation has')
  const byName = (name: string, description: string) =>
    permission.command(name).description(description).argument('<name>', 'its name')
  withAllowance(byName('create', 'make a permission')).action(
    async (name: string, options: Allowance, command: Command) =>
      create(contextOf(run, command), name, options),
  )
  permission
    .command('list')
    .description('list one’s own permissions')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  byName('show', 'show a permission').action(async (name: string, _options: object, command: Command) =>
    show(contextOf(run, command), name),
  )
  byName('delete', 'delete a permission that no share has').action(
    async (name: string, _options: object, command: Command) => remove(contextOf(run, command), name),
  )
  withAllowance(byName('version', 'make another version the default; shares keep the one they have')).action(
    async (name: string, options: Allowance, command: Command) =>
      addVersion(contextOf(run, command), name, options),
  )
  const version = (command: Command) => command.argument('<version>', 'a number', wholeNumber(1, 1_000_000))
  version(byName('default', 'let shares get this version from now on')).action(
    async (name: string, number: number, _options: object, command: Command) =>
      makeDefault(contextOf(run, command), name, number),
  )
  version(byName('delete-version', 'delete a version that no share has')).action(
    async (name: string, number: number, _options: object, command: Command) =>
      removeVersion(contextOf(run, command), name, number),
  )
}

const withAllowance = (command: Command): Command =>
  command
    .requiredOption('--action <action>', 'such as acm-pca:IssueCertificate; may be repeated', several)
    .option(
      '--template <template>',
      'issue under this one only, such as EndEntityCertificate/V1; may be repeated',
      several,
    )

const allowanceOf = ({ action, template }: Allowance) => ({
  actions: action,
  ...(template === undefined ? {} : { templates: template }),
})

async function create(context: Context, name: string, options: Allowance): Promise<void> {
  const { ask } = await context.server()
  print(context, await ask('createSharePermission', { body: { name, ...allowanceOf(options) } }))
}

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const all = await wholeList(context, (query) => ask('listSharePermissions', { query }))
  if (all !== undefined) context.table(COLUMNS, all)
}

async function show(context: Context, permission: string): Promise<void> {
  const { ask } = await context.server()
  print(context, await ask('describeSharePermission', { params: { permission } }))
}

async function remove(context: Context, permission: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteSharePermission({ params: { permission } })
  context.note(`The permission ${permission} is deleted.`)
}

async function addVersion(context: Context, permission: string, options: Allowance): Promise<void> {
  const { ask } = await context.server()
  const body = allowanceOf(options)
  print(context, await ask('addPermissionVersion', { params: { permission }, body }))
}

async function makeDefault(context: Context, permission: string, version: number): Promise<void> {
  const { ask } = await context.server()
  print(context, await ask('setDefaultPermissionVersion', { params: { permission, version } }))
}

async function removeVersion(context: Context, permission: string, version: number): Promise<void> {
  const { client } = await context.server()
  await client.deletePermissionVersion({ params: { permission, version } })
  context.note(`Version ${version} of ${permission} is deleted.`)
}

function print(
  context: Context,
  { text, value }: { readonly text: string; readonly value: SharePermissionJson },
): void {
  context.print(
    context.json
      ? jsonLine(text)
      : factsOf([
          ['Permission', value.name],
          ['ARN', value.arn],
          ['Default', `version ${value.defaultVersion}`],
          ...value.versions.map((it): [string, string] => [`Version ${it.version}`, allowedBy(it)]),
        ]),
  )
}

const allowedBy = ({ actions, templates }: SharePermissionJson['versions'][number]): string =>
  actions.join(', ') + (templates === undefined ? '' : `; under ${templates.join(', ')}`)

const COLUMNS: readonly Column<SharePermissionJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'DEFAULT', value: (it) => String(it.defaultVersion), align: 'right' },
  { title: 'VERSIONS', value: (it) => it.versions.map(({ version }) => version).join(',') },
]

import type { Command } from 'commander'
import { SERVICE_ACTIONS, type ServiceAction } from '../../../core/domain/share-permissions.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { several } from '../option-values.ts'
import { momentOf } from '../times.ts'

/** `chancery authority policy show|put|delete` and `chancery authority permission list|create|delete`. */
export function addAuthorityPolicy(authority: Command, run: Run): void {
  const policy = authority.command('policy').description('who else may use an authority')
  const about = (command: Command, description: string) =>
    command.description(description).argument('<authority>', 'id, name or ARN')
  about(policy.command('show'), 'print its policy, or what its shares come to').action(
    async (reference: string, _options: object, command: Command) => show(contextOf(run, command), reference),
  )
  about(policy.command('put'), 'let other accounts use it, besides those it is shared with')
    .requiredOption('--policy <file>', 'the policy, a file of JSON')
    .action(async (reference: string, options: { policy: string }, command: Command) =>
      put(contextOf(run, command), reference, options.policy),
    )
  about(policy.command('delete'), 'delete its policy; without one, take it off its shares').action(
    async (reference: string, _options: object, command: Command) =>
      remove(contextOf(run, command), reference),
  )
  const permission = authority
    .command('permission')
    .description('what managed certificates of the same account may ask of an authority')
  about(permission.command('list'), 'show the permission').action(
    async (reference: string, _options: object, command: Command) =>
      permissions(contextOf(run, command), reference),
  )
  about(permission.command('create'), 'let managed certificates use it again')
    .option('--action <action>', `one of ${SERVICE_ACTIONS.join(', ')}; all when absent`, several)
    .action(async (reference: string, options: { action?: string[] }, command: Command) =>
      permit(contextOf(run, command), reference, options.action),
    )
  about(permission.command('delete'), 'let managed certificates get nothing from it any more').action(
    async (reference: string, _options: object, command: Command) =>
      forbid(contextOf(run, command), reference),
  )
}

async function show(context: Context, authority: string): Promise<void> {
  const { ask } = await context.server()
  const { text, value } = await ask('getAuthorityPolicy', { params: { authority } })
  if (context.json) return context.print(jsonLine(text))
  context.print(`${JSON.stringify(JSON.parse(value.policy), undefined, 2)}\n`)
  if (value.source === 'shares') context.note('No policy was put: this is what its shares come to.')
}

async function put(context: Context, authority: string, file: string): Promise<void> {
  const policy = (await fileGiven(context.world.directory, file, '--policy')).toString('utf8')
  const { ask } = await context.server()
  const { text } = await ask('putAuthorityPolicy', { params: { authority }, body: { policy } })
  if (context.json) context.print(jsonLine(text))
  else context.note('The policy is in force.')
}

async function remove(context: Context, authority: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteAuthorityPolicy({ params: { authority } })
  context.note('The authority has no policy any more.')
}

async function permissions(context: Context, authority: string): Promise<void> {
  const { ask } = await context.server()
  const { text, value } = await ask('listServicePermissions', { params: { authority } })
  if (context.json) return context.print(jsonLine(text))
  context.table(
    [
      { title: 'SERVICE', value: (it) => it.principal },
      { title: 'ACTIONS', value: (it) => it.actions.join(', ') },
      { title: 'SINCE', value: (it) => momentOf(it.createdAt) },
    ],
    value.items,
  )
}

async function permit(context: Context, authority: string, given: string[] | undefined): Promise<void> {
  const actions = given?.map(serviceAction)
  const { ask } = await context.server()
  const body = actions === undefined ? {} : { actions }
  const { text } = await ask('createServicePermission', { params: { authority }, body })
  if (context.json) context.print(jsonLine(text))
  else context.note('Managed certificates of the account may use the authority.')
}

function serviceAction(text: string): ServiceAction {
  const action = SERVICE_ACTIONS.find((each) => each === text)
  if (action === undefined) throw usage(`--action: ${text} is none of ${SERVICE_ACTIONS.join(', ')}`)
  return action
}

async function forbid(context: Context, authority: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteServicePermission({ params: { authority } })
  context.note('Managed certificates get nothing from the authority any more, renewals included.')
}

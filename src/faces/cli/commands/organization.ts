import type { Command } from 'commander'
import type { OrganizationJson } from '../../../contract/index.ts'
import { contextOf, type Run } from '../context.ts'
import { account } from '../option-values.ts'
import { momentOf } from '../times.ts'
import { addPlain, showOne, type FactList } from './show-one.ts'
import { wholeList } from './whole-list.ts'

/** `chancery organization create|show|accounts|add|remove|delete`. */
export function addOrganization(program: Command, run: Run): void {
  const organization = program
    .command('organization')
    .description('work with the organization: accounts whose shares need no acceptance')
  organization
    .command('create')
    .description('create the organization')
    .option('--management-account <id>', 'who manages it (default: your own account)', account)
    .action(async (options: { managementAccount?: string }, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      showOne(context, await ask('createOrganization', { body: options }), facts)
    })
  addPlain(organization, run, 'show', 'show the organization that your account is in', async (context) => {
    const { ask } = await context.server()
    showOne(context, await ask('describeOrganization', {}), facts)
  })
  addPlain(organization, run, 'accounts', 'list who is in it', async (context) => {
    const { ask } = await context.server()
    const all = await wholeList(context, (query) => ask('listOrganizationAccounts', { query }))
    if (all === undefined) return
    context.table(
      [
        { title: 'ACCOUNT', value: (it) => it.id },
        { title: 'NAME', value: (it) => it.name },
        { title: 'JOINED', value: (it) => momentOf(it.joinedAt) },
      ],
      all,
    )
  })
  addPlain(organization, run, 'delete', 'end the organization', async (context) => {
    const { client } = await context.server()
    await client.deleteOrganization({})
    context.note('The organization is deleted.')
  })
  for (const [name, description, route, says] of [
    ['add', 'take an account in', 'addOrganizationAccount', 'is in the organization'],
    ['remove', 'take an account out', 'removeOrganizationAccount', 'is no longer in the organization'],
  ] as const)
    organization
      .command(name)
      .description(description)
      .argument('<account>', '12 decimal digits', account)
      .action(async (id: string, _options: object, command: Command) => {
        const context = contextOf(run, command)
        const { client } = await context.server()
        await client[route]({ params: { account: id } })
        context.note(`${id} ${says}.`)
      })
}

const facts = (it: OrganizationJson): FactList => [
  ['Organization', it.id],
  ['ARN', it.arn],
  ['Managed by', it.managementAccount],
  ['Created', momentOf(it.createdAt)],
]

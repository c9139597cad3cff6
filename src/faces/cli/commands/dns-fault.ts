import { Option, type Command } from 'commander'
import type { DnsFaultJson } from '../../../contract/index.ts'
import { DNS_FAULT_KINDS } from '../../../core/domain/dns-faults.ts'
import { contextOf, jsonLine, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { wholeNumber } from '../option-values.ts'
import type { Column } from '../table.ts'

type OrderOptions = {
  readonly kind: (typeof DNS_FAULT_KINDS)[number]
  readonly below?: true
  readonly type?: string
  readonly milliseconds?: number
  readonly times?: number
  readonly perspective?: string
}

/** `chancery dns fault order|list|withdraw`. */
export function addFault(dns: Command, run: Run): void {
  const fault = dns.command('fault').description('what the simulated DNS does wrong on order')
  fault
    .command('order')
    .description('let answers go wrong; takes the installation’s administrator')
    .argument('<name>', 'the name whose answers are spoilt')
    .addOption(new Option('--kind <kind>', 'what goes wrong').choices(DNS_FAULT_KINDS).makeOptionMandatory())
    .option('--below', 'for names below it, too')
    .option('--type <type>', 'for questions of this type only, such as CAA')
    .option('--milliseconds <number>', 'how late slow is', wholeNumber(1, 60_000))
    .option('--times <number>', 'how many answers; until withdrawn by default', wholeNumber(1, 1_000_000))
    .option('--perspective <name>', 'for this perspective only')
    .action(async (name: string, { type, ...options }: OrderOptions, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const only = type === undefined ? {} : { type: type.toUpperCase() }
      const answer = await ask('orderDnsFault', { body: { name, ...options, ...only } })
      if (context.json) return context.print(jsonLine(answer.text))
      context.table(COLUMNS, [answer.value])
    })
  fault
    .command('list')
    .description('list the faults that still spoil answers')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const answer = await ask('listDnsFaults', {})
      if (context.json) return context.print(jsonLine(answer.text))
      context.table(COLUMNS, answer.value.items)
    })
  fault
    .command('withdraw')
    .description('withdraw a fault, or all of them')
    .argument('[id]', 'its id')
    .option('--all', 'all of them')
    .action(async (id: string | undefined, { all }: { all?: true }, command: Command) => {
      if ((id === undefined) === (all === undefined)) throw usage('name a fault, or say --all')
      const context = contextOf(run, command)
      const { client } = await context.server()
      if (id === undefined) await client.withdrawDnsFaults({})
      else await client.withdrawDnsFault({ params: { fault: id } })
      context.note(id === undefined ? 'All faults are withdrawn.' : 'The fault is withdrawn.')
    })
}

const COLUMNS: readonly Column<DnsFaultJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'NAME', value: (it) => (it.below ? `${it.name} and below` : it.name) },
  { title: 'TYPE', value: (it) => it.type ?? 'any' },
  {
    title: 'FAULT',
    value: (it) => it.kind + (it.milliseconds === undefined ? '' : ` ${it.milliseconds} ms`),
  },
  {
    title: 'LEFT',
    value: (it) => (it.remaining === undefined ? 'any number' : String(it.remaining)),
    align: 'right',
  },
  { title: 'SEEN BY', value: (it) => it.perspective ?? 'all' },
]

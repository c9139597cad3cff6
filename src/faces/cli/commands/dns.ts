import type { Command } from 'commander'
import type { RecordSetJson, RequestOf, ZoneJson } from '../../../contract/index.ts'
import { ZONE_RECORD_TYPES } from '../../../core/domain/zones.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { wholeNumber } from '../option-values.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { addFault } from './dns-fault.ts'
import { wholeList } from './whole-list.ts'

/** `chancery dns zone|record|fault …`: the simulated DNS of a simulated installation. */
export function addDns(program: Command, run: Run): void {
  const dns = program.command('dns').description('work with the simulated DNS of a simulated installation')
  addZone(dns, run)
  addRecord(dns, run)
  addFault(dns, run)
}

function addZone(dns: Command, run: Run): void {
  const zone = dns.command('zone').description('the domains that are simulated')
  zone
    .command('create')
    .description('simulate a domain, with everything below it')
    .argument('<apex>', 'the domain, such as example.com')
    .action(async (apex: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const answer = await ask('createZone', { body: { apex } })
      if (context.json) return context.print(jsonLine(answer.text))
      context.note(
        `${answer.value.apex} is simulated. Next: chancery dns record put ${answer.value.apex} @ A 192.0.2.1`,
      )
    })
  zone
    .command('list')
    .description('list the account’s simulated domains')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const zones = await wholeList(context, (query) => ask('listZones', { query }))
      if (zones !== undefined) context.table(ZONE_COLUMNS, zones)
    })
  zone
    .command('delete')
    .description('delete a simulated domain with all its records')
    .argument('<apex>', 'the domain')
    .action(async (apex: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { client } = await context.server()
      await client.deleteZone({ params: { apex } })
      context.note(`${apex} and its records are deleted.`)
    })
}

type PutOptions = { readonly ttl?: number; readonly perspective?: string }
type NameOptions = { readonly perspective?: string }
type PutBody = RequestOf<'putRecords'>['body']

function addRecord(dns: Command, run: Run): void {
  const record = dns.command('record').description('the records of simulated domains')
  record
    .command('put')
    .description('set all records of a name and a type, in place of those there are')
    .argument('<apex>', 'the simulated domain')
    .argument('<name>', 'the domain or a name below it; @ is the domain itself')
    .argument('<type>', ZONE_RECORD_TYPES.join(', '))
    .argument('<values...>', 'as in a zone file, such as 192.0.2.1 or \'0 issue "ca.example.net"\'')
    .option('--ttl <seconds>', 'how long others may keep them (default: 60)', wholeNumber(0, 604_800))
    .option('--perspective <name>', 'let this perspective alone see them')
    .action(
      async (
        apex: string,
        name: string,
        type: string,
        values: string[],
        options: PutOptions,
        command: Command,
      ) => {
        const context = contextOf(run, command)
        const { ask } = await context.server()
        const body: PutBody = { name, type: typeFrom(type), values, ...options }
        const answer = await ask('putRecords', { params: { apex }, body })
        if (context.json) return context.print(jsonLine(answer.text))
        context.table(RECORD_COLUMNS, linesOf([answer.value]))
      },
    )
  record
    .command('list')
    .description('list the records of a simulated domain, or those of one name in it')
    .argument('<apex>', 'the simulated domain')
    .argument('[name]', 'only records of this name')
    .action(async (apex: string, name: string | undefined, _options: object, command: Command) => {
      const context = contextOf(run, command)
      await list(context, apex, name)
    })
  record
    .command('delete')
    .description('delete the records of a name, of one type or of all')
    .argument('<apex>', 'the simulated domain')
    .argument('<name>', 'the domain or a name below it; @ is the domain itself')
    .argument('[type]', ZONE_RECORD_TYPES.join(', '))
    .option('--perspective <name>', 'those that this perspective alone sees')
    .action(
      async (
        apex: string,
        name: string,
        type: string | undefined,
        options: NameOptions,
        command: Command,
      ) => {
        const context = contextOf(run, command)
        const { client } = await context.server()
        const query = { name, ...(type === undefined ? {} : { type: typeFrom(type) }), ...options }
        await client.deleteRecords({ params: { apex }, query })
        context.note(
          `${name} has no ${type === undefined ? '' : `${typeFrom(type)} `}records in ${apex} any more.`,
        )
      },
    )
}

async function list(context: Context, apex: string, name: string | undefined): Promise<void> {
  const { ask } = await context.server()
  const only = name === undefined ? {} : { name }
  const sets = await wholeList(context, (query) =>
    ask('listRecords', { params: { apex }, query: { ...query, ...only } }),
  )
  if (sets !== undefined) context.table(RECORD_COLUMNS, linesOf(sets))
}

/** In any case of letters. @throws CliFailure naming the types there are */
function typeFrom(text: string): PutBody['type'] {
  const type = ZONE_RECORD_TYPES.find((each) => each === text.toUpperCase())
  if (type === undefined) throw usage(`the type ${text} isn’t one of ${ZONE_RECORD_TYPES.join(', ')}`)
  return type
}

const ZONE_COLUMNS: readonly Column<ZoneJson>[] = [
  { title: 'DOMAIN', value: (it) => it.apex },
  { title: 'MADE', value: (it) => momentOf(it.createdAt) },
]

type Line = Omit<RecordSetJson, 'values'> & { readonly value: string }
/** A line a record, as a zone file has them. */
const linesOf = (sets: readonly RecordSetJson[]): Line[] =>
  sets.flatMap(({ values, ...set }) => values.map((value) => ({ ...set, value })))

const RECORD_COLUMNS: readonly Column<Line>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'TTL', value: (it) => String(it.ttl), align: 'right' },
  { title: 'TYPE', value: (it) => it.type },
  { title: 'VALUE', value: (it) => it.value },
  { title: 'SEEN BY', value: (it) => it.perspective ?? 'all' },
]

import type { Command } from 'commander'
import type { EventJson, RequestOf } from '../../../contract/index.ts'
import { SECOND } from '../../../core/domain/time.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { factsOf, tableOf, type Column } from '../table.ts'
import { momentOf, spanFrom } from '../times.ts'
import { wholeList } from './whole-list.ts'

type Query = NonNullable<RequestOf<'listEvents'>['query']>
type Options = {
  readonly certificate?: string
  readonly authority?: string
  readonly type?: string
  readonly since: string
  readonly follow?: true
}

/** How often a follower asks. */
const EVERY = 2 * SECOND

/** `chancery event list|show`. */
export function addEvent(program: Command, run: Run): void {
  const event = program
    .command('event')
    .description('see what happened to managed certificates and authorities')
  event
    .command('list')
    .description('list events, the oldest first')
    .option('--certificate <id>', 'only this managed certificate’s, by id or ARN')
    .option('--authority <id>', 'only this authority’s, by id or ARN')
    .option('--type <types>', 'only these, with commas between them, such as EXPIRED,REVOKED')
    .option('--since <when>', 'how far back: a span such as 12h or 90d, or a time', '30d')
    .option('--follow', 'go on with what happens from now on; with --json a line for each event')
    .action(async (options: Options, command: Command) => list(contextOf(run, command), options))
  event
    .command('show')
    .description('show an event')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => show(contextOf(run, command), id))
}

async function list(context: Context, options: Options): Promise<void> {
  const { certificate, authority, type } = options
  const query: Query = {
    since: sinceOf(context, options.since),
    ...(certificate === undefined ? {} : { certificate }),
    ...(authority === undefined ? {} : { authority }),
    ...(type === undefined ? {} : { type }),
  }
  if (options.follow === true) return follow(context, query)
  const { ask } = await context.server()
  const events = await wholeList(context, (page) => ask('listEvents', { query: { ...query, ...page } }))
  if (events !== undefined) context.table(COLUMNS, events)
}

/** Until a signal ends the program. What happens while it asks is in the next answer: it goes by what it has seen last. */
async function follow(context: Context, query: Query): Promise<void> {
  const { ask } = await context.server()
  let position: Pick<Query, 'after' | 'cursor'> = {}
  let seen: string | undefined
  let head = true
  for (;;) {
    const { value } = await ask('listEvents', { query: { ...query, ...position } })
    if (context.json) for (const event of value.items) context.print(`${JSON.stringify(event)}\n`)
    else if (value.items.length > 0) {
      const lines = tableOf(COLUMNS, value.items, (line) => line)
      context.print(head ? lines : lines.slice(lines.indexOf('\n') + 1))
      head = false
    }
    seen = value.items.at(-1)?.id ?? seen
    if (value.next !== undefined) position = { cursor: value.next }
    else {
      position = seen === undefined ? {} : { after: seen }
      await context.world.pause(EVERY)
    }
  }
}

async function show(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeEvent', { params: { event: id } })
  if (context.json) return context.print(jsonLine(answer.text))
  const event = answer.value
  context.print(
    factsOf([
      ['Event', nameOf(event)],
      ['Happened', momentOf(event.time)],
      ['About', 'subject' in event ? event.subject : undefined],
      ...Object.entries(dataOf(event))
        .filter(([name]) => name !== 'certificate')
        .map(([name, value]): [string, string] => [name, textOf(value)]),
    ]),
  )
}

function sinceOf(context: Context, text: string): string {
  const span = spanFrom(text)
  const time = span === undefined ? Date.parse(text) : context.world.now() - span
  if (Number.isNaN(time)) throw usage(`--since: “${text}” is no span such as 12h or 30d, and no time`)
  return new Date(time).toISOString()
}

/** The contract's default shape is CloudEvents. */
const dataOf = (event: EventJson) => ('data' in event ? event.data : event.detail)
const nameOf = (event: EventJson): string =>
  'type' in event ? (event.type.split('.').at(-1) ?? '').toUpperCase() : event['detail-type']
const textOf = (value: ReturnType<typeof dataOf>[string] | undefined): string =>
  Array.isArray(value) ? value.join(', ') : String(value ?? '')

const COLUMNS: readonly Column<EventJson>[] = [
  { title: 'HAPPENED', value: (it) => momentOf(it.time) },
  { title: 'EVENT', value: nameOf },
  { title: 'DOMAIN NAME', value: (it) => textOf(dataOf(it)['domainName']) },
  {
    title: 'BECAUSE',
    value: (it) => textOf(dataOf(it)['action'] ?? dataOf(it)['reason'] ?? dataOf(it)['result']),
  },
  { title: 'DAYS LEFT', value: (it) => textOf(dataOf(it)['daysToExpiry']), align: 'right' },
  { title: 'ID', value: (it) => it.id },
]

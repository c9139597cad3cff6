import type { Command } from 'commander'
import type { AuditEventJson } from '../../../contract/index.ts'
import type { RequestOf } from '../../../contract/client.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { wholeNumber } from '../option-values.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../times.ts'
import type { LocalVerbs } from '../world.ts'
import { momentFrom } from './audit-moment.ts'
import { addAuditExport } from './audit-export.ts'
import { addAuditVerify } from './audit-verify.ts'

type Query = NonNullable<RequestOf<'listAuditEvents'>['query']>
type Options = {
  readonly name?: string
  readonly principal?: string
  readonly resource?: string
  readonly since?: string
  readonly until?: string
  readonly installation?: true
  readonly limit: number
}

/** `chancery audit …`. */
export function addAudit(program: Command, run: Run, verbs: LocalVerbs): void {
  const audit = program.command('audit').description('read, keep and verify the audit trail')
  audit
    .command('list')
    .description('look events up, the newest first')
    .option('--name <name>', 'only what happened so, such as ExportCertificate')
    .option('--principal <who>', 'only what this one did: an id, an ARN or an access key')
    .option('--resource <arn>', 'only what was about this')
    .option('--since <when>', 'how far back: a span such as 12h or 90d, or a time')
    .option('--until <when>', 'only what was before: a span or a time')
    .option('--installation', 'of all accounts and regions, for administrators of the installation')
    .option('--limit <number>', 'most events', wholeNumber(1, 100_000), 100)
    .action(async (options: Options, command: Command) => list(contextOf(run, command), options))
  audit
    .command('checkpoint')
    .description('sign where the audit trail stands now, and print that with the public key')
    .option('--last', 'print the last one instead, which needs no administrator of the installation')
    .action(async ({ last }: { last?: true }, command: Command) =>
      checkpoint(contextOf(run, command), last === true),
    )
  addAuditExport(audit, run)
  addAuditVerify(audit, run, verbs)
}

async function list(context: Context, options: Options): Promise<void> {
  const { name, principal, resource, since, until, installation, limit } = options
  const query: Query = {
    ...(name === undefined ? {} : { name }),
    ...(principal === undefined ? {} : { principal }),
    ...(resource === undefined ? {} : { resource }),
    ...(since === undefined ? {} : { since: momentFrom(context, '--since', since) }),
    ...(until === undefined ? {} : { until: momentFrom(context, '--until', until) }),
    scope: installation === true ? 'installation' : 'account',
  }
  const { ask } = await context.server()
  const events: AuditEventJson[] = []
  let cursor: string | undefined
  do {
    const page = { limit: Math.min(1000, limit - events.length), ...(cursor === undefined ? {} : { cursor }) }
    const { value } = await ask('listAuditEvents', { query: { ...query, ...page } })
    events.push(...value.items)
    cursor = value.next
  } while (cursor !== undefined && events.length < limit)
  if (context.json) for (const event of events) context.print(`${JSON.stringify(event)}\n`)
  else context.table(COLUMNS, events)
  if (cursor !== undefined) context.note(`There are older ones; --limit shows more than ${limit}.`)
}

async function checkpoint(context: Context, last: boolean): Promise<void> {
  const { ask } = await context.server()
  const { text } = last ? await ask('describeAuditCheckpoint', {}) : await ask('makeAuditCheckpoint', {})
  context.print(jsonLine(text))
}

const whoIn = ({ record }: AuditEventJson): string => {
  const id = (record['userIdentity'] as { principalId?: unknown } | undefined)?.principalId
  return typeof id === 'string' ? id : ''
}
const whatIn = ({ record }: AuditEventJson): string =>
  ((record['resources'] ?? []) as { ARN?: string }[]).map(({ ARN = '' }) => ARN).join(' ')

const COLUMNS: readonly Column<AuditEventJson>[] = [
  { title: 'EVENT', value: (it) => String(it.id), align: 'right' },
  { title: 'HAPPENED', value: (it) => momentOf(it.time) },
  { title: 'WHAT', value: (it) => it.name },
  { title: 'WHO', value: whoIn },
  { title: 'ABOUT', value: whatIn },
]

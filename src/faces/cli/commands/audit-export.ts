import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { trailLineFrom } from '../../../core/domain/audit-trail.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure, usage } from '../failure.ts'
import { wholeNumber } from '../option-values.ts'
import { writeFiles } from '../files.ts'
import { momentFrom } from './audit-moment.ts'

/** At the end of a file that is gone on with: an event is shorter. */
const TAIL = 4 * 1024 * 1024

type ExportOptions = { readonly out?: string; readonly after?: number }

/** `chancery audit export` and `archive`. */
export function addAuditExport(audit: Command, run: Run): void {
  audit
    .command('export')
    .description('write the audit trail as JSON lines, which `audit verify` reads')
    .option(
      '--out <file>',
      'the file to write; one that is there is gone on with (default: the standard output)',
    )
    .option('--after <number>', 'begin behind this event', wholeNumber(0, 999_999_999))
    .action(async (options: ExportOptions, command: Command) => exportTrail(contextOf(run, command), options))
  audit
    .command('archive')
    .description('move old events into signed files in the data directory, and download them')
    .requiredOption('--before <when>', 'those older than a span such as 400d, or before a time')
    .option('--out <directory>', 'where to copy the files to')
    .action(async (options: { before: string; out?: string }, command: Command) =>
      archive(contextOf(run, command), options),
    )
}

async function exportTrail(context: Context, { out, after }: ExportOptions): Promise<void> {
  const { world } = context
  const path = out === undefined ? undefined : resolve(world.directory, out)
  const found = path === undefined || !existsSync(path) ? undefined : await lastIn(path)
  if (found !== undefined && after !== undefined)
    throw usage(`--after: ${out} is gone on with behind its last event, which is ${found}`)
  const { client } = await context.server()
  const file = path === undefined ? undefined : await open(path, 'a', 0o600)
  let last = found ?? after
  let events = 0
  try {
    for (let first = found === undefined; ; first = false) {
      const query = last === undefined ? {} : { after: last }
      const { head, lines } = await part(await client.download('exportAuditTrail', { query }))
      const text = [...(first ? [head] : []), ...lines].map((line) => `${line}\n`).join('')
      if (file === undefined) world.stdout.write(text)
      else await file.appendFile(text)
      events += lines.length
      last = numberOf(lines.at(-1)) ?? last
      if (lines.length === 0) break
    }
    await file?.sync()
  } finally {
    await file?.close()
  }
  context.note(`${events} events, up to ${last ?? 0}.`)
}

async function part({ pieces }: { pieces: AsyncIterable<Uint8Array> }) {
  const octets: Uint8Array[] = []
  for await (const piece of pieces) octets.push(piece)
  const [head = '', ...lines] = Buffer.concat(octets).toString('utf8').trimEnd().split('\n')
  return { head, lines }
}

function numberOf(line: string | undefined): number | undefined {
  const read = line === undefined ? undefined : trailLineFrom(line)
  return read !== undefined && 'event' in read ? read.event.id : undefined
}

/** The last event of a file. @throws CliFailure when it doesn't end in one */
async function lastIn(path: string): Promise<number | undefined> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size === 0) return undefined
    const from = Math.max(0, size - TAIL)
    const { buffer } = await file.read({ buffer: Buffer.alloc(size - from), position: from })
    const text = buffer.toString('utf8')
    const last = numberOf(text.trimEnd().split('\n').at(-1))
    if (last !== undefined && text.endsWith('\n')) return last
    throw new CliFailure(2, `${path} doesn’t end in an event of an audit trail; name another file`)
  } finally {
    await file.close()
  }
}

async function archive(context: Context, options: { before: string; out?: string }): Promise<void> {
  const before = momentFrom(context, '--before', options.before)
  const { client } = await context.server()
  let files = 0
  for (;;) {
    const { archive: made } = await client.archiveAuditTrail({ body: { before } })
    if (made === undefined) break
    files++
    if (context.json) context.print(`${JSON.stringify(made)}\n`)
    else context.print(`${made.file}: events ${made.first} to ${made.last}\n`)
    if (options.out === undefined) continue
    const { pieces } = await client.download('readAuditArchive', { params: { first: String(made.first) } })
    const path = resolve(context.world.directory, options.out, made.file)
    await writeFiles([{ path, content: pieces, secret: true }], false)
  }
  context.note(files === 0 ? 'No event is old enough.' : `${files} archives were made.`)
}

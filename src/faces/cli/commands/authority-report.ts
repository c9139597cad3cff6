import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { Download, ReportJson } from '../../../contract/index.ts'
import { SECOND } from '../../../core/domain/time.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure, usage } from '../failure.ts'
import { refuseExisting, writeFiles } from '../files.ts'
import { progressOn } from '../progress.ts'
import { persistently } from './persistently.ts'

type Options = {
  readonly format: 'csv' | 'json'
  readonly bucket?: string
  readonly out?: string
  readonly force?: true
}

/** `chancery authority report`. */
export function addAuthorityReport(authority: Command, run: Run): void {
  authority
    .command('report')
    .description('have a list made of everything that an authority issued, and download it')
    .argument('<authority>', 'id, name or ARN')
    .addOption(new Option('--format <format>', 'how it is written').choices(['csv', 'json']).default('csv'))
    .option('--bucket <name>', 'a bucket to put it in besides')
    .option('--out <file>', 'the file to write (default: the standard output)')
    .option('--force', 'replace the file if it exists')
    .action(async (reference: string, options: Options, command: Command) =>
      report(contextOf(run, command), reference, options),
    )
}

async function report(context: Context, reference: string, options: Options): Promise<void> {
  const { world, json } = context
  if (json && options.out === undefined) throw usage('--json: say with --out where the file goes')
  const path = options.out === undefined ? undefined : resolve(world.directory, options.out)
  if (path !== undefined && options.force !== true) await refuseExisting([path])
  const { client } = await context.server()
  const format = options.format === 'csv' ? 'CSV' : 'JSON'
  const bucket = options.bucket === undefined ? {} : { bucket: options.bucket }
  const begun = await client.createAuditReport({
    params: { authority: reference },
    body: { format, ...bucket },
  })
  const made = await finished(context, begun)
  const params = { authority: made.authority, report: made.id }
  const checked = checking(await client.download('readAuditReport', { params }), made)
  if (path === undefined) for await (const piece of checked) world.stdout.write(piece)
  else await writeFiles([{ path, content: checked, secret: true }], options.force === true)
  if (json) context.print(`${JSON.stringify(made)}\n`)
  context.note(`${made.rows} certificates, kept on the server until ${made.keptUntil.slice(0, 10)}.`)
  if (path !== undefined) context.note(`Wrote ${path}.`)
}

/** Asks every second how far it is. @throws CliFailure with exit code 1 when it fails */
async function finished(context: Context, begun: ReportJson): Promise<ReportJson> {
  const { world } = context
  const { client } = await context.server()
  const params = { authority: begun.authority, report: begun.id }
  const from = world.now()
  let progress: ReturnType<typeof progressOn> | undefined
  try {
    for (;;) {
      const now = await persistently(world, () => client.describeAuditReport({ params }))
      if (now.status === 'SUCCESS') return now
      if (now.status === 'FAILED')
        throw new CliFailure(1, `the report could not be made: ${now.failure ?? ''}`)
      if (now.total !== undefined) progress ??= progressOn(world, now.total)
      progress?.show({ done: now.rows, made: now.rows, failed: 0 })
      // A small report takes no second.
      await world.pause(world.now() - from < SECOND ? SECOND / 5 : SECOND)
    }
  } finally {
    progress?.end()
  }
}

/** The octets as they arrive. @throws CliFailure with exit code 1 when they aren't those of the report */
async function* checking({ pieces }: Download, made: ReportJson): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') !== made.sha256)
    throw new CliFailure(1, 'what arrived is not the report that the server made; try again')
}

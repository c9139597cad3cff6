import { resolve } from 'node:path'
import type { Command } from 'commander'
import { contextOf, type Context, type Run } from '../context.ts'
import { writeFiles } from '../files.ts'
import { momentFrom } from './audit-moment.ts'

type Options = { readonly before: string; readonly out?: string }

/** `chancery certificate archive`. */
export function addCertificateArchive(certificate: Command, run: Run): void {
  certificate
    .command('archive')
    .description('move certificates that expired long ago into signed files in the data directory')
    .requiredOption(
      '--before <when>',
      'those that ended longer ago than a span such as 400d, or before a time',
    )
    .option('--out <directory>', 'where to copy the files to')
    .action(async (options: Options, command: Command) => archive(contextOf(run, command), options))
}

async function archive(context: Context, options: Options): Promise<void> {
  const before = momentFrom(context, '--before', options.before)
  const { client } = await context.server()
  let files = 0
  for (;;) {
    const { archive: made } = await client.archiveCertificates({ body: { before } })
    if (made === undefined) break
    files++
    if (context.json) context.print(`${JSON.stringify(made)}\n`)
    else context.print(`${made.file}: certificates ${made.first} to ${made.last}\n`)
    if (options.out === undefined) continue
    const params = { first: String(made.first) }
    const { pieces } = await client.download('readCertificateArchive', { params })
    const path = resolve(context.world.directory, options.out, made.file)
    await writeFiles([{ path, content: pieces, secret: true }], false)
  }
  context.note(files === 0 ? 'No certificate ended by then.' : `${files} archives were made.`)
}

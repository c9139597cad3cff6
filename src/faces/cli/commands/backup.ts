import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { GlobalOptions } from '../connection.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { several } from '../option-values.ts'
import { progressOn, type Progress } from '../progress.ts'
import type { Backup, LocalVerbs, Restored } from '../world.ts'

const MEBI = 1024 * 1024
/** Of a page of the database. */
const PAGE_OCTETS = 4096

type RestoreFlags = {
  readonly keyFile?: string
  readonly crl?: readonly string[]
  readonly checkpoint?: readonly string[]
  /** False for --no-crl-url. */
  readonly crlUrl?: string | false
}

/** `chancery backup` and `restore`: the data directory of this machine, kept and put back. */
export function addBackup(program: Command, run: Run, verbs: LocalVerbs): void {
  program
    .command('backup')
    .description('copy the database of this machine’s data directory while servers run; never the key file')
    .argument('<directory>', 'where to; it must be empty, or not there')
    .option('--with-key <file>', 'copy the key file, too, to this place outside the backup')
    .action(async (directory: string, options: { withKey?: string }, command: Command) =>
      backUp(contextOf(run, command), verbs, directory, options.withKey),
    )
  program
    .command('restore')
    .description('put a backup back into an empty data directory, with the key file that belongs to it')
    .argument('<backup>', 'directory that `chancery backup` wrote')
    .option('--key-file <file>', 'the key file that belongs to it')
    .option('--crl <file>', 'a CRL published after the backup; may be repeated', several)
    .option(
      '--checkpoint <file>',
      'checkpoints that its audit trail must fit, as far as it goes; may be repeated',
      several,
    )
    .option('--crl-url <url>', 'where else to look for CRLs (default: CHANCERY_PUBLIC_URL)')
    .option('--no-crl-url', 'look for CRLs nowhere but in files')
    .action(async (source: string, options: RestoreFlags, command: Command) =>
      putBack(contextOf(run, command), verbs, source, options),
    )
}

const localOf = ({ dataDir }: GlobalOptions) => ({ simulation: false, dataDir })

async function backUp(
  context: Context,
  verbs: LocalVerbs,
  directory: string,
  withKey: string | undefined,
): Promise<void> {
  const { world, globals } = context
  let bar: Progress | undefined
  const backup = await verbs.backup({
    ...localOf(globals),
    target: resolve(world.directory, directory),
    keyTo: withKey === undefined ? undefined : resolve(world.directory, withKey),
    progress: (pages, total) => {
      const megabytes = (count: number): number => Math.ceil((count * PAGE_OCTETS) / MEBI)
      bar ??= progressOn(world, context.json ? 0 : megabytes(total))
      bar.show({ done: megabytes(pages), made: megabytes(pages), failed: 0 })
    },
  })
  bar?.end()
  if (context.json) return context.print(`${JSON.stringify(backup)}\n`)
  context.print(`The backup in ${directory} is whole.\n${factsLine(backup)}`)
  context.print(
    withKey === undefined
      ? 'The key file is not in it. Keep a copy of it elsewhere: chancery backup … --with-key FILE\n'
      : `The key file is in ${withKey}. Keep it apart from the backup: together they are the authority.\n`,
  )
}

const factsLine = ({ createdAt, certificates, authorities, database, keys }: Backup): string => {
  const needed = keys.map(({ provider, kekId, kekVersion }) => `${provider} ${kekId} version ${kekVersion}`)
  return [
    `${certificates} certificates, ${authorities.length} authorities, ${Math.ceil(database.octets / MEBI)} MiB, as of ${createdAt}`,
    `It opens with: ${needed.length === 0 ? 'no key, there is none in it' : needed.join(', ')}`,
    '',
  ].join('\n')
}

async function putBack(
  context: Context,
  verbs: LocalVerbs,
  source: string,
  { keyFile, crl, checkpoint, crlUrl }: RestoreFlags,
): Promise<void> {
  const { world, globals } = context
  const path = (text: string): string => resolve(world.directory, text)
  const restored = await verbs.restore({
    ...localOf(globals),
    source: path(source),
    keyFile: keyFile === undefined ? undefined : path(keyFile),
    crls: (crl ?? []).map(path),
    checkpoints: (checkpoint ?? []).map(path),
    // Commander sets true where neither option was given.
    crlUrl: typeof crlUrl === 'string' || crlUrl === false ? crlUrl : undefined,
    note: (text) => context.note(text),
  })
  if (context.json) return context.print(`${JSON.stringify(restored)}\n`)
  context.print(restoredText(restored))
}

function restoredText({ dataDir, manifest, crls, revocations }: Restored): string {
  return [
    `The backup of ${manifest.createdAt} is in ${dataDir}.`,
    `${revocations} revocations were added from ${crls} CRLs.`,
    `What was issued after the backup is unknown to it, until it is imported; what was revoked after it and stands in no`,
    'CRL that was given acts again, and so do revoked tokens. The server says so until: chancery status --acknowledge-restore',
    `Make sure that no other server runs on the old data, then: chancery serve --data-dir ${dataDir}`,
    '',
  ].join('\n')
}

import type { Command } from 'commander'
import { resolve } from 'node:path'
import type { AuthorityJson } from '../../../contract/index.ts'
import type { CaaMode } from '../../../core/domain/authorities.ts'
import { RESTORE_DAYS } from '../../../core/domain/authority-life-cycle.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven, writeFiles } from '../files.ts'
import { quoted } from '../quoted.ts'
import { caaMode, wholeNumber } from '../option-values.ts'
import { addRevocationOptions, revocationFrom, type RevocationOptions } from '../revocation-options.ts'
import { factsOf } from '../table.ts'
import { momentOf } from '../times.ts'
import { authorityFacts } from './authority-view.ts'

const REFERENCE = ['<authority>', 'id, name or ARN'] as const

/** `chancery authority csr|import-certificate|disable|enable|update|delete|restore`. */
export function addAuthorityLifeCycle(authority: Command, run: Run): void {
  authority
    .command('csr')
    .description('print an authority’s certification request, for whoever signs its certificate outside')
    .argument(...REFERENCE)
    .option('--out <file>', 'write it to a file')
    .option('--force', 'replace the file if it is there')
    .action(async (reference: string, options: CsrOptions, command: Command) =>
      csr(contextOf(run, command), reference, options),
    )
  authority
    .command('import-certificate')
    .description('import the certificate that was made for an authority’s certification request')
    .argument(...REFERENCE)
    .requiredOption('--certificate <file>', 'the certificate, PEM; its issuers may follow in the same file')
    .option('--chain <file>', 'its issuers, PEM: the nearest first, the root last')
    .action(async (reference: string, options: ImportOptions, command: Command) =>
      importCertificate(contextOf(run, command), reference, options),
    )
  authority
    .command('disable')
    .description('let an authority issue no more for now; its CRL goes on')
    .argument(...REFERENCE)
    .action(async (reference: string, _options: object, command: Command) =>
      switchTo(contextOf(run, command), reference, 'DISABLED'),
    )
  authority
    .command('enable')
    .description('let a disabled authority issue again')
    .argument(...REFERENCE)
    .action(async (reference: string, _options: object, command: Command) =>
      switchTo(contextOf(run, command), reference, 'ACTIVE'),
    )
  const update = authority
    .command('update')
    .description('change what CAA records count for, or how it tells of revocations')
    .argument(...REFERENCE)
    .addOption(caaMode())
    .action(async (reference: string, options: Changes, command: Command) =>
      change(contextOf(run, command), reference, options),
    )
  addRevocationOptions(update)
  const { least, most, usual } = RESTORE_DAYS
  authority
    .command('delete')
    .description('delete a disabled authority; for some days it can be restored')
    .argument(...REFERENCE)
    .option(
      '--restore-days <number>',
      `how long: ${least} to ${most} (default: ${usual})`,
      wholeNumber(least, most),
    )
    .action(async (reference: string, options: { restoreDays?: number }, command: Command) =>
      remove(contextOf(run, command), reference, options),
    )
  authority
    .command('restore')
    .description('restore a deleted authority to what it was')
    .argument(...REFERENCE)
    .option('--name <name>', 'its name from now on, where another has taken its own')
    .action(async (reference: string, options: { name?: string }, command: Command) =>
      restore(contextOf(run, command), reference, options),
    )
}

type Changes = { readonly caa?: CaaMode } & RevocationOptions
type CsrOptions = { readonly out?: string; readonly force?: true }
type ImportOptions = { readonly certificate: string; readonly chain?: string }

async function csr(context: Context, authority: string, options: CsrOptions): Promise<void> {
  const { client } = await context.server()
  if (context.json) throw usage('--json: a certification request is a file; leave it out')
  const { bytes } = await client.getAuthorityCsr({ params: { authority } })
  if (options.out === undefined) return context.world.stdout.write(bytes)
  const path = resolve(context.world.directory, options.out)
  await writeFiles([{ path, content: bytes, secret: false }], options.force === true)
  context.note(`The request is in ${path}. Have it signed as an authority’s certificate, then:`)
  context.note(`  chancery authority import-certificate ${quoted(authority)} --certificate FILE --chain FILE`)
}

async function importCertificate(context: Context, authority: string, options: ImportOptions): Promise<void> {
  const read = async (path: string, option: string) =>
    (await fileGiven(context.world.directory, path, option)).toString('utf8')
  const text = await read(options.certificate, '--certificate')
  const chain = options.chain === undefined ? undefined : await read(options.chain, '--chain')
  const { ask } = await context.server()
  const answer = await ask('importAuthorityCertificate', {
    params: { authority },
    body: bodyOf(text, chain),
  })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(authorityFacts(answer.value, context.world.now()))
  context.note(`\n${became(answer.value)}`)
}

const END = '-----END CERTIFICATE-----'
/** Issuers that follow the certificate in its own file are its chain, unless that has a file of its own. */
function bodyOf(text: string, chain: string | undefined): { certificate: string; chain?: string } {
  if (chain !== undefined) return { certificate: text, chain }
  const end = text.indexOf(END) + END.length
  const rest = text.slice(end)
  return end < END.length || rest.trim() === ''
    ? { certificate: text }
    : { certificate: text.slice(0, end), chain: rest }
}

function became({ name, kind, status }: AuthorityJson): string {
  if (status !== 'ACTIVE')
    return `“${name}” has its new certificate and is ${status}. To let it issue:\n  chancery authority enable ${quoted(name)}`
  return kind === 'root'
    ? `The root “${name}” is active. Next:\n  chancery authority create subordinate --name … --parent ${quoted(name)}`
    : `The subordinate “${name}” is active. Next:\n  chancery certificate issue --authority ${quoted(name)} www.example.com`
}

async function switchTo(context: Context, authority: string, status: 'ACTIVE' | 'DISABLED'): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('updateAuthority', { params: { authority }, body: { status } })
  if (context.json) return context.print(jsonLine(answer.text))
  const { name } = answer.value
  if (status === 'ACTIVE') {
    context.print(`“${name}” is active and issues.\n`)
    return
  }
  context.print(`“${name}” is disabled: it issues nothing, its CRL goes on.\n`)
  context.note(`To undo it:    chancery authority enable ${quoted(name)}`)
  context.note(`To delete it:  chancery authority delete ${quoted(name)}`)
}

const CAA_MEANS: Readonly<Record<CaaMode, string>> = {
  OFF: 'does not look at CAA records.',
  LOG: 'issues whatever CAA records say, and warns where they don’t allow it.',
  ENFORCE:
    'issues no name that CAA records don’t allow, or that can’t be asked about; its managed certificates too.',
}

async function change(context: Context, authority: string, { caa, ...options }: Changes): Promise<void> {
  const revocation = revocationFrom(options)
  if (caa === undefined && revocation === undefined) throw usage('say what to change: see --help')
  const { ask } = await context.server()
  const body = { ...(caa === undefined ? {} : { caa }), ...(revocation === undefined ? {} : { revocation }) }
  const answer = await ask('updateAuthority', { params: { authority }, body })
  if (context.json) return context.print(jsonLine(answer.text))
  if (caa !== undefined) context.print(`“${answer.value.name}” ${CAA_MEANS[answer.value.caa]}\n`)
  if (revocation === undefined) return
  context.print(authorityFacts(answer.value, context.world.now()))
  context.note('\nCertificates that were issued before stay as they are, and what they name goes on.')
}

async function remove(
  context: Context,
  authority: string,
  options: { readonly restoreDays?: number },
): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('deleteAuthority', { params: { authority }, query: options })
  if (context.json) return context.print(jsonLine(answer.text))
  const { name, id, restorableUntil, warnings } = answer.value
  context.print(
    factsOf([
      ['Deleted', name],
      ['Id', id],
      ['Restorable until', restorableUntil === undefined ? undefined : momentOf(restorableUntil)],
    ]),
  )
  for (const warning of warnings) context.note(`warning: ${warning}`)
  if (restorableUntil === undefined) {
    context.note('\nIt had no certificate and no key: nothing of it is left.')
    return
  }
  context.note('\nIts name is free. Its CRL goes on until then; afterwards its key is destroyed. To undo it:')
  context.note(`  chancery authority restore ${id}`)
}

async function restore(
  context: Context,
  authority: string,
  options: { readonly name?: string },
): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('restoreAuthority', { params: { authority }, body: options })
  if (context.json) return context.print(jsonLine(answer.text))
  const { name, status } = answer.value
  context.print(`“${name}” is restored; it is ${status}.\n`)
  const next = {
    DISABLED: `To let it issue:  chancery authority enable ${quoted(name)}`,
    PENDING_CERTIFICATE: `Its request:  chancery authority csr ${quoted(name)}`,
    EXPIRED: `Its certificate has expired; import a new one:  chancery authority import-certificate ${quoted(name)} --certificate FILE`,
  }[status as string]
  if (next !== undefined) context.note(next)
}

import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { RequestOf } from '../../../contract/index.ts'
import {
  EXPORT_FORMATS,
  EXPORT_FORMAT_NAMES,
  exportViolations,
  partsOf,
  type ExportFormat,
  type ExportPart,
  type ExportRequest,
} from '../../../core/domain/exports.ts'
import type { Connection } from '../connection.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { refuseExisting, writeFiles } from '../files.ts'
import { exportParts } from '../option-values.ts'
import { passphraseFor } from '../passphrase.ts'
import { endOf } from '../times.ts'
import { certificateIdFor } from './certificate-reference.ts'
import { managedIdFor } from './managed-reference.ts'

type Form = RequestOf<'exportCertificate'>['body']

export type ExportOptions = {
  readonly format: ExportFormat
  readonly parts?: readonly ExportPart[]
  readonly passphraseFile?: string
  readonly friendlyName?: string
  readonly out?: string
  readonly force?: true
}

/** Adds the options of an export. */
export const exportOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--format <format>',
        'form of the file; `pem` and `der` have the key in the clear, `pkcs12-legacy` and `jks` are weak',
      )
        .choices(EXPORT_FORMAT_NAMES)
        .makeOptionMandatory(),
    )
    .option('--passphrase-file <file>', 'file whose one line is the passphrase (-: standard input)')
    .option('--parts <list>', 'PEM and DER: which of certificate,chain,key', exportParts)
    .option('--friendly-name <text>', 'PKCS#12 and JKS: what key stores show for it')
    .option('--out <file>', 'the file to write, mode 0600 with a key in it')
    .option('--force', 'replace the file if it exists')

/** Writes certificate, chain and private key, or those of them that are asked for, to one file. */
export const exportCertificate = (
  context: Context,
  reference: string,
  options: ExportOptions,
): Promise<void> =>
  exported(context, 'exportCertificate', (server) => certificateIdFor(server, reference), options)

/** The same of a managed certificate, as it stands. */
export async function exportManagedCertificate(
  context: Context,
  reference: string,
  options: ExportOptions,
): Promise<void> {
  let id = ''
  await exported(
    context,
    'exportManagedCertificate',
    async (server) => (id = await managedIdFor(server, reference)),
    options,
  )
  if (context.json || !partsOf(options).includes('key')) return
  const { client } = await context.server()
  const { renewal, notAfter } = await client.describeManagedCertificate({ params: { id } })
  context.note(
    `It ends ${endOf(notAfter, context.world.now())}. ` +
      (renewal.eligible
        ? `It is renewed by itself from ${endOf(renewal.at, context.world.now())}; export the successor then.`
        : `It isn’t renewed by itself: ${renewal.obstacle ?? ''}.`),
  )
}

async function exported(
  context: Context,
  operation: 'exportCertificate' | 'exportManagedCertificate',
  idOf: (server: Connection) => Promise<string>,
  options: ExportOptions,
): Promise<void> {
  const { world, json } = context
  if (json === (options.out !== undefined))
    throw usage(
      json ? '--json prints the file as JSON; it goes without --out' : '--out: say where the file goes',
    )
  checkForm(options)
  const path = resolve(world.directory, options.out ?? '')
  if (!json && options.force !== true) await refuseExisting([path])
  const server = await context.server()
  const params = { id: await idOf(server) }
  const body = await formFor(context, options)
  if (json) {
    const answer = await server.ask(operation, { params, body, accept: 'application/json' })
    return context.print(jsonLine(answer.text))
  }
  const { bytes } = await server.client[operation]({ params, body })
  const parts = partsOf(options)
  await writeFiles([{ path, content: bytes, secret: parts.includes('key') }], options.force === true)
  context.note(`Wrote ${path} (${options.format}): ${parts.join(', ')}.`)
  for (const warning of warningsOf(options)) context.note(warning)
}

const WEAK = 'is weakly protected whatever the passphrase: keep it as if its key were in the clear.'

function warningsOf(options: ExportOptions): string[] {
  if (options.format === 'jks' || options.format === 'pkcs12-legacy')
    return [`A file of the format ${options.format} ${WEAK}`]
  return !EXPORT_FORMATS[options.format].encrypted && partsOf(options).includes('key')
    ? ['The key in it is not encrypted: keep the file where it is, or encrypt it.']
    : []
}

const OPTION_OF: Readonly<Record<string, string>> = {
  parts: '--parts',
  passphrase: '--passphrase-file',
  friendlyName: '--friendly-name',
}

/** Says what doesn't go together before anything is asked for. @throws CliFailure with exit code 2 */
function checkForm({ format, passphraseFile, friendlyName, parts }: ExportOptions): void {
  // Stands for one that is read later, long enough for any rule.
  const assumed = EXPORT_FORMATS[format].encrypted || passphraseFile !== undefined
  const form = { ...chosen(format, friendlyName, parts), ...(assumed ? { passphrase: 'x'.repeat(99) } : {}) }
  const wrong = exportViolations(form, '')[0]
  if (wrong !== undefined) throw usage(`${OPTION_OF[wrong.field] ?? wrong.field}: ${wrong.message}`)
}

/** The options as the contract has them. */
async function formFor(context: Context, options: ExportOptions): Promise<Form> {
  const { format, passphraseFile, friendlyName, parts } = options
  const form = chosen(format, friendlyName, parts)
  if (!EXPORT_FORMATS[format].encrypted) return form as Form
  return { ...form, passphrase: await passphraseFor(context.world, passphraseFile) } as Form
}

const chosen = (
  format: ExportFormat,
  friendlyName: string | undefined,
  parts: readonly ExportPart[] | undefined,
): ExportRequest => ({
  format,
  ...(friendlyName === undefined ? {} : { friendlyName }),
  ...(parts === undefined ? {} : { parts }),
})

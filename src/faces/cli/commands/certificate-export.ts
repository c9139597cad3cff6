import { resolve } from 'node:path'
import type { RequestOf } from '../../../contract/index.ts'
import {
  EXPORT_FORMATS,
  exportViolations,
  partsOf,
  type ExportFormat,
  type ExportPart,
  type ExportRequest,
} from '../../../core/domain/exports.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { refuseExisting, writeFiles } from '../files.ts'
import { passphraseFor } from '../passphrase.ts'
import { certificateIdFor } from './certificate-reference.ts'

type Form = RequestOf<'exportCertificate'>['body']

export type ExportOptions = {
  readonly format: ExportFormat
  readonly parts?: readonly ExportPart[]
  readonly passphraseFile?: string
  readonly friendlyName?: string
  readonly out?: string
  readonly force?: true
}

/** Writes certificate, chain and private key, or those of them that are asked for, to one file. */
export async function exportCertificate(
  context: Context,
  reference: string,
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
  const params = { id: await certificateIdFor(server, reference) }
  const body = await formFor(context, options)
  if (json) {
    const answer = await server.ask('exportCertificate', { params, body, accept: 'application/json' })
    return context.print(jsonLine(answer.text))
  }
  const { bytes } = await server.client.exportCertificate({ params, body })
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

import { resolve } from 'node:path'
import { exportForm } from '../../../contract/schemas/exports.ts'
import type { RequestOf } from '../../../contract/index.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { refuseExisting, writeFiles } from '../files.ts'
import { passphraseFor } from '../passphrase.ts'
import { certificateIdFor } from './certificate-reference.ts'

type Form = RequestOf<'exportCertificate'>['body']
export type ExportFormat = Form['format']
/** As the contract has them. */
export const EXPORT_FORMATS: readonly ExportFormat[] = exportForm.options.map(
  ({ shape }) => shape.format.value,
)

export type ExportOptions = {
  readonly format: ExportFormat
  readonly passphraseFile?: string
  readonly friendlyName?: string
  readonly out?: string
  readonly force?: true
}

/** Writes certificate, chain and private key to one file. */
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
  await writeFiles([{ path, content: bytes, secret: true }], options.force === true)
  context.note(`Wrote ${path} (${options.format}, mode 0600): certificate, chain and private key.`)
  if (options.format === 'pem')
    context.note('The key in it is not encrypted: keep the file where it is, or encrypt it.')
}

async function formFor(context: Context, options: ExportOptions): Promise<Form> {
  const { format, passphraseFile, friendlyName } = options
  if (friendlyName !== undefined && format !== 'pkcs12')
    throw usage('--friendly-name goes with --format pkcs12')
  if (format === 'pem') {
    if (passphraseFile === undefined) return { format }
    throw usage('--passphrase-file: the format pem is not encrypted; use pkcs8-encrypted-pem')
  }
  const passphrase = await passphraseFor(context.world, passphraseFile)
  if (format === 'pkcs8-encrypted-pem') return { format, passphrase }
  return { format, passphrase, ...(friendlyName === undefined ? {} : { friendlyName }) }
}

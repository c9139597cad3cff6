import type { RequestOf } from '../../../contract/index.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { openingPassphrase } from '../passphrase.ts'
import { tellManaged } from './managed-next.ts'
import { managedIdFor } from './managed-reference.ts'
import { tagsFrom } from './managed-request.ts'

type Parts = NonNullable<RequestOf<'reimportManagedCertificate'>['body']>

export type ImportOptions = { readonly passphraseFile?: string; readonly tag?: readonly string[] }

/** Imports a certificate with its key. */
export async function importManaged(
  context: Context,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const parts = await partsIn(context, files, options)
  const tags = options.tag === undefined ? {} : { tags: tagsFrom(options.tag) }
  const { ask } = await context.server()
  const answer = await ask('importManagedCertificate', { body: { ...parts, ...tags } })
  if (context.json) return context.print(jsonLine(answer.text))
  tellManaged(context, answer.value)
}

/** Puts another certificate in place of an imported one. */
export async function reimportManaged(
  context: Context,
  reference: string,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const body = await partsIn(context, files, options)
  const server = await context.server()
  const params = { id: await managedIdFor(server, reference) }
  const answer = await server.ask('reimportManagedCertificate', { params, body })
  if (context.json) return context.print(jsonLine(answer.text))
  tellManaged(context, answer.value)
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g
const KEYS = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?-----END [A-Z ]*PRIVATE KEY-----/g

/**
 * What is in the files, whatever it is spread over: the first certificate is the one to import, those after it its
 * issuers; a file that isn't PEM is the key.
 * @throws CliFailure with exit code 2
 */
async function partsIn(context: Context, files: readonly string[], options: ImportOptions): Promise<Parts> {
  const certificates: string[] = []
  const keys: string[] = []
  for (const path of files) {
    const octets = await fileGiven(context.world.directory, path, 'FILES')
    const text = octets.toString('latin1')
    if (text.includes('-----BEGIN ')) {
      certificates.push(...(text.match(CERTIFICATES) ?? []))
      keys.push(...(text.match(KEYS) ?? []))
    } else keys.push(octets.toString('base64'))
  }
  const [certificate, ...issuers] = certificates
  const [key, another] = keys
  if (certificate === undefined) throw usage(`FILES: no certificate in PEM is in ${files.join(', ')}`)
  if (key === undefined)
    throw usage(
      `FILES: no private key is in ${files.join(', ')}`,
      'Name its file, too: PEM, or PKCS#8 or PKCS#12 as it is.',
    )
  if (another !== undefined) throw usage(`FILES: there is more than one private key in ${files.join(', ')}`)
  // A clear PKCS#8 key says so; PKCS#12 is always locked.
  const locked = key.includes('-----BEGIN ENCRYPTED') || files.some((path) => /\.(p12|pfx)$/i.test(path))
  return {
    certificate,
    key,
    ...(issuers.length === 0 ? {} : { chain: issuers.join('\n') }),
    ...(options.passphraseFile !== undefined || locked
      ? { passphrase: await openingPassphrase(context.world, options.passphraseFile) }
      : {}),
  }
}

import type { Command } from 'commander'
import { ChanceryApiError, type RequestOf } from '../../../contract/index.ts'
import type { KmsName } from '../../../core/domain/kms.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { issuedIn, type Issued } from '../moving-in/issued-files.ts'
import { uploadCertificates, uploadRevocations, type Uploaded } from '../moving-in/upload.ts'
import { crlNumber, kms } from '../option-values.ts'
import { openingPassphrase } from '../passphrase.ts'
import { progressOn } from '../progress.ts'
import { addRevocationOptions, revocationFrom, type RevocationOptions } from '../revocation-options.ts'
import { factsOf } from '../table.ts'
import { visible } from '../visible.ts'

type Options = {
  readonly name: string
  readonly key: string
  readonly certificate?: string
  readonly chain?: string
  readonly passphraseFile?: string
  readonly kms?: KmsName
  readonly issued?: string
  readonly certificatesDir?: string
  readonly crl?: string
  readonly crlNumber?: string
  readonly allowExpired?: true
  readonly default?: true
  readonly dryRun?: true
} & RevocationOptions
/** Refused certificates printed one by one; the rest are counted. */
const MOST_LISTED = 100

/** `chancery authority import`: an authority of another program moves in, with all that it issued and revoked. */
export function addAuthorityImport(authority: Command, run: Run): void {
  const moving = authority
    .command('import')
    .description('take in an authority of another program, with its key; it issues when all is here')
    .requiredOption('--name <name>', 'what people call it; unique')
    .requiredOption('--key <file>', 'its key: PKCS#8, clear or encrypted, or PKCS#12')
    .option('--certificate <file>', 'its certificate; not needed with PKCS#12')
    .option('--chain <file>', 'for a subordinate: its issuers, the nearest first, the root last')
    .option('--passphrase-file <file>', 'file with what the key is encrypted under; - for the standard input')
    .addOption(kms('under which its key is sealed (default: the KMS of the installation)'))
    .option('--issued <path>', 'what it issued: index.txt of openssl, a directory, or a file with many')
    .option('--certificates-dir <dir>', 'certificates of an index.txt (default: newcerts beside it)')
    .option('--crl <file>', 'its last CRL')
    .option('--crl-number <number>', 'the highest number of a CRL that was published', crlNumber)
    .option('--allow-expired', 'take it in although it has expired')
    .option('--default', 'let it issue when a request names no authority')
    .option('--dry-run', 'check the key and the certificate, count the rest, and change nothing')
    .action(async (options: Options, command: Command) => moveIn(contextOf(run, command), options))
  addRevocationOptions(moving)
}

async function moveIn(context: Context, options: Options): Promise<void> {
  const { directory } = context.world
  // Everything is read before anything is sent.
  const issued: Issued =
    options.issued === undefined
      ? { certificates: [], revocations: [], missing: [] }
      : await issuedIn(directory, options.issued, options.certificatesDir, context.world.now())
  const crl = options.crl === undefined ? undefined : await pemOrBase64(directory, options.crl, '--crl')
  const body = await requestOf(context, options)
  const { client } = await context.server()
  if (options.dryRun === true) return sayPlan(context, await client.importAuthority({ body }), issued, crl)
  const authority = await imported(context, body)
  const revoked = await uploadRevocations(await targetOf(context, authority), crl, issued.revocations)
  const progress = progressOn(context.world, context.json ? 0 : issued.certificates.length)
  const uploaded = await uploadCertificates(
    { ...(await targetOf(context, authority)), progress },
    issued.certificates,
  )
  progress.end()
  const status = await client.updateAuthority({
    params: { authority },
    body: { status: 'ACTIVE', ...(options.default === true ? { makeDefault: true as const } : {}) },
  })
  if (context.json)
    context.print(`${JSON.stringify({ authority: status, certificates: uploaded, revocations: revoked })}\n`)
  else
    context.print(
      factsOf([
        ['Authority', `${options.name} is ${status.status}`],
        ['Certificates', `${uploaded.imported} put on record, ${uploaded.known} were there`],
        ['Revocations', `${revoked.imported} put on record, ${revoked.known} were there`],
      ]),
    )
  if (status.crlUrl !== undefined)
    context.note(
      `Its CRL is at ${status.crlUrl}; certificates of before name the old place: publish it there, too.`,
    )
  finish(context, issued, uploaded)
}

const targetOf = async (context: Context, authority: string) => ({
  world: context.world,
  server: await context.server(),
  authority,
})

async function requestOf(context: Context, options: Options): Promise<RequestOf<'importAuthority'>['body']> {
  const { directory } = context.world
  const text = async (path: string, option: string) =>
    (await fileGiven(directory, path, option)).toString('latin1')
  const key = await pemOrBase64(directory, options.key, '--key')
  // A clear PKCS#8 key says so; anything else that isn't PEM may be locked, and PKCS#12 always is.
  const locked = key.includes('-----BEGIN ENCRYPTED') || /\.(p12|pfx)$/i.test(options.key)
  const passphrase =
    options.passphraseFile !== undefined || locked
      ? await openingPassphrase(context.world, options.passphraseFile)
      : undefined
  const revocation = revocationFrom(options)
  return {
    name: options.name,
    key,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(options.certificate === undefined
      ? {}
      : { certificate: await text(options.certificate, '--certificate') }),
    ...(options.chain === undefined ? {} : { chain: await text(options.chain, '--chain') }),
    ...(options.kms === undefined ? {} : { kms: options.kms }),
    ...(options.crlNumber === undefined ? {} : { crlNumber: options.crlNumber }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(options.allowExpired === undefined ? {} : { allowExpired: true }),
    ...(options.dryRun === undefined ? {} : { dryRun: true }),
  }
}

/** PEM as it is, anything else as base64. */
async function pemOrBase64(directory: string, path: string, option: string): Promise<string> {
  const octets = await fileGiven(directory, path, option)
  const text = octets.toString('latin1')
  return text.includes('-----BEGIN ') ? text : octets.toString('base64')
}

/** The authority's id: new, or of an earlier run of the same command. */
async function imported(context: Context, body: RequestOf<'importAuthority'>['body']): Promise<string> {
  const { client } = await context.server()
  try {
    const { authority, warnings } = await client.importAuthority({ body })
    for (const warning of warnings) context.note(warning)
    if (authority !== undefined) return authority.id
  } catch (error) {
    const details = error instanceof ChanceryApiError ? error.problem.details : undefined
    if (details?.['sameCertificate'] !== true) throw error
    context.note('This authority is here already; going on with what it issued and revoked.')
    return String(details['authority'])
  }
  throw new CliFailure(1, 'the server imported nothing')
}

function sayPlan(
  context: Context,
  checked: {
    kind: string
    subject: string
    keyAlgorithm: string
    notAfter?: string | undefined
    nextCrlNumber: string
  },
  { certificates, revocations, missing }: Issued,
  crl: string | undefined,
): void {
  if (context.json) {
    const counts = {
      certificates: certificates.length,
      revocations: revocations.length,
      missing: missing.length,
    }
    return context.print(`${JSON.stringify({ ...checked, ...counts })}\n`)
  }
  const { kind, subject, keyAlgorithm, notAfter, nextCrlNumber } = checked
  context.print(
    factsOf([
      ['Would import', `a ${kind}, ${visible(subject)}, ${keyAlgorithm}, valid until ${notAfter ?? ''}`],
      ['Certificates', String(certificates.length)],
      ['Revocations', `${revocations.length} of a list${crl === undefined ? '' : ', and those of the CRL'}`],
      [
        'Next CRL',
        `number ${nextCrlNumber} at least${crl === undefined ? '' : ', and above that of the CRL'}`,
      ],
    ]),
  )
  for (const line of missing.slice(0, MOST_LISTED)) context.note(visible(line))
  context.note('Nothing was changed.')
}

/** @throws CliFailure with exit code 1 when a certificate isn't on record */
function finish({ world }: Context, { missing }: Issued, { refused }: Uploaded): void {
  const problems = [...missing, ...refused]
  if (problems.length === 0) return
  for (const line of problems.slice(0, MOST_LISTED)) world.stderr.write(`${visible(line)}\n`)
  if (problems.length > MOST_LISTED) world.stderr.write(`and ${problems.length - MOST_LISTED} more\n`)
  throw new CliFailure(1, `${problems.length} certificates are not on record`, [
    'The authority works all the same. The same command again imports what was missing.',
  ])
}

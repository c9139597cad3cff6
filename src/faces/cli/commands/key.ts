import type { Command } from 'commander'
import type { CompromisedKeyJson, RequestOf } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { certificateIdFor } from './certificate-reference.ts'
import { wholeList } from './whole-list.ts'

type Mark = {
  readonly spkiSha256?: string
  readonly certificate?: string
  readonly certificateFile?: string
  readonly csr?: string
  readonly publicKey?: string
  readonly note?: string
}

/** `chancery key mark-compromised|compromised`. */
export function addKey(program: Command, run: Run): void {
  const key = program.command('key').description('work with keys that are compromised')
  key
    .command('mark-compromised')
    .description(
      'certify this key never again, and revoke every certificate that has it; there is no way back',
    )
    .option('--spki-sha256 <hex>', 'the key by the SHA-256 of its SubjectPublicKeyInfo')
    .option('--certificate <id>', 'the key of one of your certificates, by id, ARN or serial number')
    .option('--certificate-file <file>', 'the key of any certificate (PEM)')
    .option('--csr <file>', 'the key of a request (PEM); see the documentation for how it proves possession')
    .option('--public-key <file>', 'the key itself (PEM)')
    .option('--note <text>', 'why, for people')
    .action(async (options: Mark, command: Command) => mark(contextOf(run, command), options))
  key
    .command('compromised')
    .description('list the keys that were marked')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
}

async function mark(context: Context, options: Mark): Promise<void> {
  const { note, ...ways } = options
  if (Object.keys(ways).length !== 1)
    throw usage(
      'name the key in one way: --spki-sha256, --certificate, --certificate-file, --csr or --public-key',
    )
  const body = { ...(await keyOf(context, ways)), ...(note === undefined ? {} : { note }) }
  const { ask } = await context.server()
  const answer = await ask('markKeyCompromised', { body })
  if (context.json) return context.print(jsonLine(answer.text))
  const { key, revoked, complete, authorities, issuers } = answer.value
  context.print(
    factsOf([
      ['Key', key.spkiSha256],
      ['Refused', key.everywhere ? 'everywhere' : `in account ${key.account}`],
      ['Revoked', `${revoked} ${revoked === 1 ? 'certificate' : 'certificates'}`],
      ['Of authorities', issuers.join(', ') || undefined],
      ['DISABLED', authorities.join(', ') || undefined],
    ]),
  )
  if (!complete) context.note('\nThe rest is being revoked; see: chancery key compromised')
  if (authorities.length > 0)
    context.note(
      '\nIt is the key of an authority: nothing that it issued can be trusted any more. Where its own certificate\nis a trust anchor, take it out: chancery trust uninstall',
    )
}

async function keyOf(
  context: Context,
  options: Omit<Mark, 'note'>,
): Promise<RequestOf<'markKeyCompromised'>['body']> {
  const { spkiSha256, certificate, certificateFile, csr, publicKey } = options
  const text = async (file: string, option: string): Promise<string> =>
    (await fileGiven(context.world.directory, file, option)).toString('utf8')
  if (certificate !== undefined)
    return { certificateId: await certificateIdFor(await context.server(), certificate) }
  if (certificateFile !== undefined) return { certificate: await text(certificateFile, '--certificate-file') }
  if (csr !== undefined) return { csr: await text(csr, '--csr') }
  if (publicKey !== undefined) return { publicKey: await text(publicKey, '--public-key') }
  return spkiSha256 === undefined ? {} : { spkiSha256 }
}

const COLUMNS: Column<CompromisedKeyJson>[] = [
  { title: 'KEY (SHA-256)', value: (it) => it.spkiSha256 },
  { title: 'REFUSED', value: (it) => (it.everywhere ? 'everywhere' : it.account) },
  { title: 'MARKED', value: (it) => momentOf(it.createdAt) },
  { title: 'CERTIFICATES', value: (it) => (it.settledAt === undefined ? 'being revoked' : 'revoked') },
  { title: 'NOTE', value: (it) => it.note ?? (it.source === 'file' ? 'from the file' : '') },
]

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const keys = await wholeList(context, (query) => ask('listCompromisedKeys', { query }))
  if (keys !== undefined) context.table(COLUMNS, keys)
}

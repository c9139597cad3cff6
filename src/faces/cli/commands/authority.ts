import { Argument, Option, type Command } from 'commander'
import type { RequestOf } from '../../../contract/index.ts'
import {
  AUTHORITY_KINDS,
  AUTHORITY_STATUSES,
  type AuthorityKind,
  type AuthorityStatus,
  type CaaMode,
} from '../../../core/domain/authorities.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { KmsName } from '../../../core/domain/kms.ts'
import { addConstraintOptions, constraintsFrom, type ConstraintOptions } from '../constraint-options.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import {
  caaMode,
  days,
  keyAlgorithm,
  kms,
  several,
  signatureAlgorithm,
  wholeNumber,
} from '../option-values.ts'
import { addRevocationOptions, revocationFrom, type RevocationOptions } from '../revocation-options.ts'
import { addAuthorityCertificates } from './authority-certificates.ts'
import { addAuthorityPolicy } from './authority-policy.ts'
import { addAuthorityReport } from './authority-report.ts'
import { addRotate } from './authority-rotate.ts'
import { quoted } from '../quoted.ts'
import { addAuthorityLifeCycle } from './authority-life-cycle.ts'
import { addAuthorityImport } from './authority-import.ts'
import { authorityColumns, authorityFacts } from './authority-view.ts'
import { wholeList } from './whole-list.ts'

type Creation = {
  readonly name: string
  readonly commonName?: string
  readonly organization?: string
  readonly country?: string
  readonly parent?: string
  readonly keyAlgorithm?: KeyAlgorithm
  readonly signatureAlgorithm?: SignatureAlgorithm
  readonly kms?: KmsName
  readonly shortLived?: true
  readonly caa?: CaaMode
  readonly days?: number
  readonly pathLength?: number
  readonly purpose?: readonly string[]
  readonly policy?: readonly string[]
  readonly default?: boolean
  readonly external?: true
} & ConstraintOptions &
  RevocationOptions
type Listing = {
  readonly status?: AuthorityStatus
  readonly kind?: AuthorityKind
  readonly deleted?: true
  readonly borrowed?: true
}

/** `chancery authority create|list|show`, and what their neighbours add. */
export function addAuthority(program: Command, run: Run): void {
  const authority = program.command('authority').description('work with certificate authorities')
  const creation = authority
    .command('create')
    .description('create an authority; it is active at once, unless its certificate comes from outside')
    .addArgument(
      new Argument('<kind>', 'a root signs itself, a subordinate is signed by --parent').choices([
        'root',
        'subordinate',
      ]),
    )
    .requiredOption('--name <name>', 'what people call it; unique')
    .option('--common-name <text>', 'common name of its subject (default: the name)')
    .option('--organization <text>', 'organization of its subject')
    .option('--country <code>', 'two-letter country of its subject')
    .option('--parent <authority>', 'the authority above a subordinate: id, name or ARN')
    .addOption(keyAlgorithm('algorithm of its key'))
    .addOption(signatureAlgorithm('how it signs (default: what is usual for its key)'))
    .addOption(kms('where its key is kept (default: the KMS of the installation)'))
    .option('--short-lived', 'let it issue certificates of at most seven days only')
    .addOption(caaMode())
    .addOption(days('how long it lasts'))
    .option('--path-length <number>', 'how many authorities may stand below it', wholeNumber(0, 10))
    .option(
      '--purpose <name>',
      'let it certify for this purpose only, such as serverAuth; may be repeated',
      several,
    )
    .option('--policy <oid>', 'let it certify under this policy; may be repeated', several)
    .option('--default', 'let it issue when a request names no authority')
    .option('--external', 'make its key and its certification request; somebody else signs its certificate')
    .action(async (kind: 'root' | 'subordinate', options: Creation, command: Command) =>
      create(contextOf(run, command), kind, options),
    )
  addConstraintOptions(creation)
  addRevocationOptions(creation)
  addAuthorityImport(authority, run)
  authority
    .command('list')
    .description('list authorities')
    .addOption(new Option('--status <status>', 'only those in this state').choices(STATUSES))
    .addOption(new Option('--kind <kind>', 'only roots, or only subordinates').choices(AUTHORITY_KINDS))
    .option('--deleted', 'deleted ones, too')
    .option('--borrowed', 'those that other accounts share')
    .action(async (options: Listing, command: Command) => list(contextOf(run, command), options))
  authority
    .command('show')
    .description('show an authority, or print its certificate')
    .argument('<authority>', 'id, name or ARN')
    .option('--pem', 'print just its certificate')
    .option('--chain', 'print its certificate and those above it, the root last')
    .option('--anchor <authority>', 'with --chain: up to this authority, over cross-certificates')
    .action(async (reference: string, options: Showing, command: Command) =>
      show(contextOf(run, command), reference, options),
    )
  addAuthorityCertificates(authority, run)
  addRotate(authority, run)
  addAuthorityReport(authority, run)
  addAuthorityPolicy(authority, run)
  addAuthorityLifeCycle(authority, run)
}

const STATUSES: readonly AuthorityStatus[] = [...AUTHORITY_STATUSES, 'EXPIRED']

async function create(context: Context, kind: 'root' | 'subordinate', options: Creation): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('createAuthority', { body: creationOf(kind, options) })
  if (context.json) return context.print(jsonLine(answer.text))
  const { name } = answer.value
  context.print(authorityFacts(answer.value, context.world.now()))
  if (answer.value.status === 'PENDING_CERTIFICATE') {
    context.note(`\nThe ${kind} “${name}” has a key and waits for its certificate. Next:`)
    context.note(`  chancery authority csr ${quoted(name)} --out FILE   and have that signed`)
    context.note(`  chancery authority import-certificate ${quoted(name)} --certificate FILE --chain FILE`)
    return
  }
  context.note(`\nThe ${kind} “${name}” is active. Next:`)
  if (kind === 'root') {
    context.note(`  chancery authority create subordinate --name … --parent ${quoted(name)}   to issue from`)
    context.note(`  chancery trust install --authority ${quoted(name)}   to trust it on this machine`)
  } else context.note(`  chancery certificate issue --authority ${quoted(name)} www.example.com`)
}

/** @throws CliFailure with exit code 2 when parent and kind don't go together */
function creationOf(kind: 'root' | 'subordinate', options: Creation): RequestOf<'createAuthority'>['body'] {
  const { parent, pathLength } = options
  const nameConstraints = constraintsFrom(options)
  const revocation = revocationFrom(options)
  if (kind === 'root' && parent !== undefined) throw usage('--parent: a root has no parent')
  const external = options.external === true
  if (external && parent !== undefined)
    throw usage('--parent goes without --external: whoever signs is its parent')
  if (kind === 'subordinate' && parent === undefined && !external)
    throw usage('--parent: a subordinate needs one, or --external')
  return {
    kind,
    ...(external ? { certificate: 'external' as const } : {}),
    name: options.name,
    subject: {
      ...(options.country === undefined ? {} : { country: options.country }),
      ...(options.organization === undefined ? {} : { organization: options.organization }),
      commonName: options.commonName ?? options.name,
    },
    ...(parent === undefined ? {} : { parent }),
    ...(options.keyAlgorithm === undefined ? {} : { keyAlgorithm: options.keyAlgorithm }),
    ...(options.signatureAlgorithm === undefined ? {} : { signatureAlgorithm: options.signatureAlgorithm }),
    ...(options.kms === undefined ? {} : { kms: options.kms }),
    ...(options.shortLived === undefined ? {} : { usageMode: 'SHORT_LIVED_CERTIFICATE' as const }),
    ...(options.caa === undefined ? {} : { caa: options.caa }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(options.days === undefined ? {} : { validity: { days: options.days } }),
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(nameConstraints === undefined ? {} : { nameConstraints }),
    ...(options.purpose === undefined ? {} : { extendedKeyUsages: [...options.purpose] }),
    ...(options.policy === undefined ? {} : { policies: options.policy.map((oid) => ({ oid })) }),
    ...(options.default === true ? { makeDefault: true } : {}),
  }
}

type Showing = { readonly pem?: true; readonly chain?: true; readonly anchor?: string }

async function list(context: Context, { status, kind, deleted, borrowed }: Listing): Promise<void> {
  const { ask } = await context.server()
  const filter = {
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
    ...(deleted === undefined ? {} : { includeDeleted: 'true' as const }),
    ...(borrowed === undefined ? {} : { owner: 'OTHER_ACCOUNTS' as const }),
  }
  const authorities = await wholeList(context, (query) =>
    ask('listAuthorities', { query: { ...filter, ...query } }),
  )
  if (authorities === undefined) return
  context.table(authorityColumns(context.world.now()), authorities)
}

async function show(context: Context, reference: string, options: Showing): Promise<void> {
  const { client, ask } = await context.server()
  const params = { authority: reference }
  const { anchor } = options
  const query = anchor === undefined ? {} : { anchor }
  if (anchor !== undefined && options.chain !== true) throw usage('--anchor goes with --chain')
  if (options.pem === true && options.chain === true) throw usage('--pem and --chain exclude each other')
  if ((options.pem ?? options.chain) !== undefined && context.json)
    throw usage('--json goes without --pem and --chain')
  if (options.pem === true)
    return context.world.stdout.write((await client.getAuthorityCertificate({ params })).bytes)
  if (options.chain === true)
    return context.world.stdout.write((await client.getAuthorityChain({ params, query })).bytes)
  const answer = await ask('describeAuthority', { params })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(authorityFacts(answer.value, context.world.now()))
}

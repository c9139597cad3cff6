import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isManagedId } from '../../../core/domain/ids.ts'
import { connect, type Connection, type GlobalOptions } from '../connection.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure } from '../failure.ts'
import type { RenewalOutcome, RenewalServer, RenewalSettings } from '../renewal.ts'
import { failureOf } from '../report-failure.ts'
import { visible } from '../visible.ts'
import type { LocalVerbs } from '../world.ts'

const DEFAULT_CONFIG = '/etc/chancery/renew.yaml'
type Options = { readonly config: string; readonly dryRun?: true; readonly force?: true }

const HELP = `
Exit codes of this command:
  0  every certificate is as it should be, or waits for a validation in time
  1  some failed, or another run is at work
  2  the configuration is wrong; nothing was done`

/** `chancery renew`: what a host's cron runs. */
export function addRenew(program: Command, run: Run, verbs: LocalVerbs): void {
  program
    .command('renew')
    .description('renew the managed certificates that this host uses, and put them where they belong')
    .option('--config <file>', 'which certificates go where', DEFAULT_CONFIG)
    .option('--dry-run', 'only say what would be done, and why')
    .option('--force', 'write the files again, also those that are as they should be')
    .addHelpText('after', HELP)
    .action(async (options: Options, command: Command) => renew(contextOf(run, command), run, verbs, options))
}

async function renew(context: Context, run: Run, verbs: LocalVerbs, options: Options): Promise<void> {
  const { world, json } = context
  const outcomes = await verbs.renew({
    config: resolve(world.directory, options.config),
    dryRun: options.dryRun === true,
    force: options.force === true,
    connect: async (settings) => {
      run.connection ??= await connected(context, settings)
      return renewalServer(run.connection)
    },
    explain: (error) => explained(error, run.connection?.url),
    told: (outcome) => {
      if (!json) context.print(`${visible(lineOf(outcome))}\n`)
    },
    note: (text) => context.note(text),
  })
  const failures = outcomes.filter(({ action }) => action === 'failed')
  if (json) context.print(`${JSON.stringify({ ok: failures.length === 0, certificates: outcomes })}\n`)
  // Said again, for a cron that throws the standard output away and mails the rest.
  const reasons = failures.map(({ certificate, reason }) => `${certificate}: ${reason}`)
  if (failures.length > 0)
    throw new CliFailure(1, `${failures.length} of ${outcomes.length} certificates failed`, reasons)
}

const SETTING_OF: Readonly<Record<string, readonly [option: keyof RenewalSettings, setting: string]>> = {
  '--url': ['url', 'server.url'],
  '--ca': ['ca', 'server.ca'],
  '--token-file': ['tokenFile', 'server.tokenFile'],
  '--region': ['region', 'server.region'],
}

/** The command line's word counts before the file's, and that before the environment's. */
async function connected({ world, globals }: Context, settings: RenewalSettings): Promise<Connection> {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  const options: GlobalOptions = { ...given, ...globals }
  try {
    return await connect(world, options)
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error
    const [option = ''] = /^--[a-z-]+/.exec(error.message) ?? []
    const [member, setting] = SETTING_OF[option] ?? []
    const inFile = member !== undefined && globals[member] === undefined && settings[member] !== undefined
    const message = inFile ? `${setting ?? ''}${error.message.slice(option.length)}` : error.message
    throw new CliFailure(2, message, error.advice, error)
  }
}

/** What a renewal asks, over REST. */
function renewalServer({ client }: Connection): RenewalServer {
  const describe = (id: string) => client.describeManagedCertificate({ params: { id } })
  return {
    find: async (reference) =>
      describe(
        isManagedId(reference) || reference.startsWith('arn:') ? reference : await idOf(client, reference),
      ),
    window: (id) => client.getRenewalInfo({ params: { id } }),
    renew: (id) => client.renewManagedCertificate({ params: { id } }),
    pem: async (id, withKey) => {
      const params = { id }
      const { bytes } = withKey
        ? await client.exportManagedCertificate({ params, body: { format: 'pem' } })
        : await client.getManagedChain({ params })
      return Buffer.from(bytes).toString('latin1')
    },
    keyStore: async (id, form) =>
      (await client.exportManagedCertificate({ params: { id }, body: form })).bytes,
  }
}

/** The one that has this as its first name, and isn't over. */
async function idOf(client: Connection['client'], domainName: string): Promise<string> {
  const { items } = await client.listManagedCertificates({ query: { domainName, limit: 100 } })
  const living = items.filter(({ status }) => ['ISSUED', 'EXPIRED', 'PENDING_VALIDATION'].includes(status))
  const [first, second] = living.length > 0 ? living : items
  if (first === undefined)
    throw new CliFailure(5, `there is no managed certificate with the first name ${domainName}`)
  if (second === undefined) return first.id
  throw new CliFailure(
    6,
    `several managed certificates have the first name ${domainName}; name one by its ARN`,
    [...items.map(({ arn }) => arn)],
  )
}

function explained(error: unknown, url: string | undefined): string {
  const failure = failureOf(error, url)
  return failure === undefined ? 'it was given up' : [failure.message, ...failure.advice].join('; ')
}

const LABELS: Readonly<Record<RenewalOutcome['action'], string>> = {
  current: 'ok',
  deployed: 'deployed',
  pending: 'pending',
  failed: 'FAILED',
  'would-renew': 'would renew',
  'would-deploy': 'would deploy',
}

function lineOf({
  action,
  certificate,
  version,
  notAfter,
  renewed,
  reason,
  files,
  reload,
}: RenewalOutcome): string {
  const which =
    version === undefined
      ? ''
      : ` (version ${version}${notAfter === undefined ? '' : `, until ${notAfter.slice(0, 10)}`})`
  const done = [
    ...(renewed ? ['renewed'] : []),
    ...(action === 'deployed' ? [`${files.length} ${files.length === 1 ? 'file' : 'files'} written`] : []),
    ...(action === 'deployed' && reload !== undefined ? ['reloaded'] : []),
    ...(action.startsWith('would') ? [files.join(', ')] : []),
    ...(action === 'failed' && reload !== undefined && reload.output !== ''
      ? [`it printed: ${reload.output}`]
      : []),
  ]
  const detail = done.length === 0 ? '' : `; ${done.join(', ')}`
  return `${LABELS[action].padEnd(8)}  ${certificate}${which}: ${reason}${detail}`.replaceAll(
    /\s*\n\s*/g,
    ' | ',
  )
}

import { Option, type Command } from 'commander'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure, usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { agreed } from '../passphrase.ts'
import { factsOf } from '../table.ts'
import { endOf } from '../times.ts'
import { anchorFrom, rootOf, type Anchor } from '../trust/anchor.ts'
import { STORES, type Finding, type StoreName } from '../trust/facts.ts'
import { findingsIn } from '../trust/findings.ts'
import { perform } from '../trust/perform.ts'
import { planned, type Step, type TrustVerb } from '../trust/plan.ts'

type TrustOptions = {
  readonly authority?: string
  readonly file?: string
  readonly store: StoreName | 'all'
  readonly javaPasswordFile?: string
  readonly yes?: true
}

const VERBS = {
  install: 'have this machine trust an authority’s root',
  uninstall: 'take back what `trust install` added, and nothing else',
  check: 'say which stores trust it; exit code 1 when one of them doesn’t',
} as const

/** `chancery trust install|uninstall|check`. */
export function addTrust(program: Command, run: Run): void {
  const trust = program.command('trust').description('work with the trust stores of this machine')
  for (const verb of ['install', 'uninstall', 'check'] as const) {
    const command = trust
      .command(verb)
      .description(VERBS[verb])
      .option(
        '--authority <authority>',
        'the root above this authority (default: above the default authority)',
      )
      .option('--file <file>', 'this certificate instead; needs no server')
      .addOption(new Option('--store <store>', 'which stores').choices([...STORES, 'all']).default('all'))
      .option('--java-password-file <file>', 'file with the password of Java’s store, if it was changed')
    if (verb !== 'check') command.option('--yes', 'don’t ask')
    command.action(async (options: TrustOptions, command: Command) => {
      const context = contextOf(run, command)
      const anchor = await anchorGiven(context, options)
      const password = await javaPassword(context, options.javaPasswordFile)
      const stores = options.store === 'all' ? STORES : [options.store]
      const findings = await findingsIn(context.world, anchor, stores, password)
      if (verb === 'check') check(context, anchor, findings, options.store)
      else await change(context, verb, anchor, findings, options)
    })
  }
}

async function anchorGiven(context: Context, options: TrustOptions): Promise<Anchor> {
  const { authority, file } = options
  if (authority !== undefined && file !== undefined) throw usage('--authority and --file exclude each other')
  if (file !== undefined)
    return anchorFrom(await fileGiven(context.world.directory, file, '--file'), `--file ${file}`)
  const { client, url } = await context.server()
  const reference = authority ?? (await defaultAuthority(context))
  const chain = await client.getAuthorityChain({ params: { authority: reference } })
  return rootOf(chain.bytes, url)
}

async function defaultAuthority(context: Context): Promise<string> {
  const { client } = await context.server()
  const { items } = await client.listAuthorities({ query: { limit: 1000 } })
  const id = items.find((each) => each.isDefault)?.id
  if (id !== undefined) return id
  throw usage('there is no default authority; say which: --authority NAME')
}

async function javaPassword(context: Context, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  const bytes = await fileGiven(context.world.directory, path, '--java-password-file')
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

const colons = (hex: string): string => (hex.toUpperCase().match(/../g) ?? []).join(':')

const anchorFacts = (anchor: Anchor, now: number): string =>
  factsOf([
    ['Subject', anchor.subject],
    ['SHA-256', colons(anchor.fingerprint)],
    ['Expires', endOf(new Date(anchor.expires).toISOString(), now)],
  ])

const anchorJson = ({ subject, fingerprint, expires }: Anchor) => ({
  subject,
  fingerprintSha256: fingerprint,
  notAfter: new Date(expires).toISOString(),
})

type Checked = {
  readonly store: string
  readonly place: string
  readonly state: string
  readonly says: string
}

/** What `check` says of one store. */
export function checked(finding: Finding): Checked {
  if ('missing' in finding) return { store: finding.store, place: '-', state: 'none', says: finding.missing }
  const { store, place, presence, trusted, foreignName, blocked } = finding
  if (trusted && presence === 'foreign')
    return { store, place, state: 'trusted', says: `trusts it, as ${foreignName ?? 'something else'}` }
  if (trusted) return { store, place, state: 'trusted', says: 'trusts it' }
  if (presence !== 'absent')
    return { store, place, state: 'untrusted', says: 'has it, but doesn’t trust it yet' }
  return {
    store,
    place,
    state: 'absent',
    says: blocked === undefined ? 'doesn’t have it' : `not found; ${blocked}`,
  }
}

function check(context: Context, anchor: Anchor, findings: readonly Finding[], wanted: string): void {
  const results = findings.map(checked)
  if (context.json) context.print(`${JSON.stringify({ ...anchorJson(anchor), stores: results })}\n`)
  else {
    context.print(`${anchorFacts(anchor, context.world.now())}\n`)
    storeTable(context, results)
  }
  const short = results.filter(({ state }) => state === 'absent' || state === 'untrusted')
  if (short.length > 0 || (wanted !== 'all' && results.every(({ state }) => state === 'none')))
    throw new CliFailure(1, 'not every store trusts it', ['To change that: chancery trust install'])
}

const storeTable = (
  context: Context,
  rows: readonly { store: string; place: string; says: string }[],
): void =>
  context.table(
    [
      { title: 'STORE', value: (it) => it.store },
      { title: 'PLACE', value: (it) => it.place },
      { title: '', value: (it) => it.says },
    ],
    rows,
  )

async function change(
  context: Context,
  verb: TrustVerb,
  anchor: Anchor,
  findings: readonly Finding[],
  options: TrustOptions,
): Promise<void> {
  const { world, json } = context
  if (verb === 'install') refuseUnfit(anchor, world.now())
  const steps = planned(verb, anchor, findings)
  if (!json) {
    context.print(`${anchorFacts(anchor, world.now())}\n`)
    storeTable(
      context,
      steps.map(({ store, place, why }) => ({ store, place, says: why })),
    )
  }
  if (verb === 'install' && !anchor.isRoot)
    context.note('It is no root: many programs trust it only together with the root above it.')
  const acting = steps.filter(({ outcome }) => outcome === 'act')
  if (acting.length > 0 && options.yes !== true) {
    const question =
      verb === 'install'
        ? '\nWhoever holds its key can then vouch for any site to this machine. Trust it?'
        : '\nForget it?'
    if (!(await agreed(world, question))) throw new CliFailure(1, 'nothing was changed')
  }
  const outcomes: (Step & { readonly failed?: string })[] = []
  for (const step of steps) outcomes.push(await carriedOut(context, step))
  report(context, verb, anchor, outcomes, options.store)
}

function refuseUnfit(anchor: Anchor, now: number): void {
  if (!anchor.isAuthority)
    throw usage('this is not the certificate of an authority: trusting it would do nothing')
  if (anchor.expires <= now) throw usage('this certificate has expired: trusting it would do nothing')
}

async function carriedOut(context: Context, step: Step): Promise<Step & { readonly failed?: string }> {
  try {
    await perform(context.world, step.actions)
    return step
  } catch (error) {
    // One store that can't be changed doesn't keep the others from it.
    return { ...step, failed: error instanceof Error ? error.message : String(error) }
  }
}

function report(
  context: Context,
  verb: TrustVerb,
  anchor: Anchor,
  outcomes: readonly (Step & { readonly failed?: string })[],
  wanted: string,
): void {
  const done = outcomes.filter(({ outcome, failed }) => outcome === 'act' && failed === undefined)
  if (context.json) {
    const stores = outcomes.map(({ store, place, outcome, why, failed }) => ({
      store,
      place,
      state: failed === undefined ? outcome : 'failed',
      says: failed ?? why,
    }))
    context.print(`${JSON.stringify({ ...anchorJson(anchor), stores })}\n`)
  }
  const places = done.map(({ store, place }) => `  ${store} ${place}`)
  if (done.length > 0)
    context.note([verb === 'install' ? '\nTrusted now in:' : '\nRemoved from:', ...places].join('\n'))
  const bad = outcomes.filter(
    ({ outcome, failed }) =>
      failed !== undefined ||
      outcome === 'blocked' ||
      (wanted !== 'all' && outcome === 'none' && verb === 'install'),
  )
  if (bad.length === 0) return
  throw new CliFailure(
    1,
    'not every store could be changed',
    bad.map(({ store, place, why, failed }) => `${store} ${place}: ${failed ?? why}`),
  )
}

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isoOf } from '../../../core/domain/time.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { CliFailure } from '../failure.ts'
import { several } from '../option-values.ts'
import { visible } from '../visible.ts'
import type { AuditVerified, LocalVerbs } from '../world.ts'

type Options = {
  readonly checkpoint?: readonly string[]
  readonly publicKey?: string
  readonly acceptRestores?: true
}

/** Findings that are shown; `--json` has them all. */
const SHOWN = 20

/** `chancery audit verify`. */
export function addAuditVerify(audit: Command, run: Run, verbs: LocalVerbs): void {
  audit
    .command('verify')
    .description('verify the audit trail off line: this machine’s, or exported files and archives')
    .argument('[files...]', 'files of events, in their order (default: what the data directory holds)')
    .option('--checkpoint <file>', 'checkpoints that were kept elsewhere; may be repeated', several)
    .option('--public-key <file>', 'PEM of the key that checkpoints and archives must be signed by')
    .option('--accept-restores', 'a restore that the trail names explains checkpoints of the time before')
    .action(async (files: readonly string[], options: Options, command: Command) =>
      verify(contextOf(run, command), verbs, files, options),
    )
}

async function verify(
  context: Context,
  verbs: LocalVerbs,
  files: readonly string[],
  { checkpoint = [], publicKey, acceptRestores }: Options,
): Promise<void> {
  const { directory } = context.world
  const place = (path: string): string => resolve(directory, path)
  const verified = await verbs.verifyAudit({
    simulation: false,
    dataDir: context.globals.dataDir,
    files: files.map(place),
    checkpoints: checkpoint.map(place),
    publicKey: publicKey === undefined ? undefined : place(publicKey),
    acceptRestores: acceptRestores === true,
  })
  const { findings } = verified
  if (context.json) context.print(`${JSON.stringify(verified)}\n`)
  else for (const line of linesOf(context, verified)) context.print(`${line}\n`)
  if (findings.length > 0)
    throw new CliFailure(1, `the audit trail isn’t what it was: ${findings.length} findings`)
}

function* linesOf(context: Context, verified: AuditVerified): Generator<string> {
  const { events, first, last, repeated, archives, certificates, notes, findings } = verified
  for (const { kind, message } of findings.slice(0, SHOWN))
    yield `${context.styled('red', kind.toUpperCase())} ${visible(message)}`
  if (findings.length > SHOWN) yield `… and ${findings.length - SHOWN} more (--json has them all)`
  if (last === undefined || first === undefined)
    yield* certificates.archives === 0 ? ['There are no events.'] : []
  else yield `${events} events, ${first} to ${last.id}, hash ${last.hash}`
  if (repeated > 0) yield `${repeated} events are there more than once, as they were.`
  if (archives > 0) yield `${archives} archives.`
  if (certificates.archives > 0)
    yield `${certificates.certificates} archived certificates in ${certificates.archives} archives, hash ${certificates.last?.hash ?? ''}`
  yield* proof(verified)
  for (const note of notes) yield `Note: ${note}.`
}

/** How far it can be believed, and whom that is to be believed of. */
function* proof({ proved, last, matched, earlier, key, checkpointFiles }: AuditVerified): Generator<string> {
  if (matched === 0) {
    const held = 'events hold together by their hashes alone, which whoever can write them can make anew'
    yield checkpointFiles.length === 0 ? `No checkpoint was given: ${held}.` : `No checkpoint fits: ${held}.`
  }
  if (proved !== undefined && last !== undefined) {
    yield `Proved up to event ${proved.id} by the checkpoint of ${isoOf(proved.at)}; ${matched} checkpoints fit.`
    if (last.id > proved.id)
      yield `${last.id - proved.id} events lie beyond it, held together by their hashes.`
  }
  if (earlier > 0) yield `${earlier} checkpoints are of events before the first one here.`
  if (key.names.length === 0) return
  const names = key.names.map((name) => `SHA-256 ${name}`).join(', ')
  yield key.given
    ? `Signatures by the key given (${names}).`
    : `Trusted key: ${names}, only because ${key.from} says so itself; give the one that you know with --public-key.`
}

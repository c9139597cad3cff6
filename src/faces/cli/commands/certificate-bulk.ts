import { randomUUID } from 'node:crypto'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { CliFailure, usage } from '../failure.ts'
import { exists, fileGiven } from '../files.ts'
import type { Targets } from '../file-names.ts'
import { namesLines, type NamesLine } from '../names-file.ts'
import { progressOn, type Progress } from '../progress.ts'
import { failureOf } from '../report-failure.ts'
import { spanOf } from '../times.ts'
import { visible } from '../visible.ts'
import { bodyOf, pathsOf, targetsOf, type IssueOptions } from './certificate-order.ts'
import { issueInto, NotWritten, withoutKey } from './issue-into.ts'
import { persistently } from './persistently.ts'

/** Calls under way at a time: keeps a server of a few cores busy without filling its queue. */
const AT_A_TIME = 16
/** Failures printed one by one; the rest are counted. */
const MOST_LISTED = 100

type Job = NamesLine & { readonly targets: Targets }
type Failed = { readonly line: number; readonly failure: CliFailure }
type Tally = { made: number; skipped: number; readonly failed: Failed[]; stopped: CliFailure | undefined }

/**
 * Issues what a names file asks for, a certificate a line. Lines whose files exist are skipped, so that the same
 * command goes on where it was interrupted.
 * @throws CliFailure with exit code 1 when some lines failed, or that of what stopped it all
 */
export async function issueMany(context: Context, namesFile: string, options: IssueOptions): Promise<void> {
  const { world } = context
  const bytes =
    namesFile === '-'
      ? await world.stdin.readAll()
      : await fileGiven(world.directory, namesFile, '--names-file')
  const lines = namesLines(Buffer.from(bytes).toString('utf8'))
  if (lines.length === 0) throw usage(`--names-file: ${namesFile} asks for nothing`)
  const { jobs, failed } = jobsOf(world.directory, lines, options)
  const tally: Tally = { made: 0, skipped: 0, failed, stopped: undefined }
  const server = await context.server()
  const progress = progressOn(world, context.json ? 0 : lines.length)
  void world.untilAsked().then((signal) => {
    tally.stopped ??= new CliFailure(1, `stopped by ${signal}`)
  })
  const start = world.now()
  const queue = jobs.values()
  const worker = async (): Promise<void> => {
    for (const job of queue) {
      if (tally.stopped !== undefined) return
      await perform(context, server, job, options, tally)
      progress.show({
        done: tally.made + tally.skipped + tally.failed.length,
        failed: tally.failed.length,
        made: tally.made,
      })
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  finish(context, lines.length, tally, progress, world.now() - start)
}

/** One job a line; lines that would write the same files as an earlier one fail at once. */
export function jobsOf(
  directory: string,
  lines: readonly NamesLine[],
  options: IssueOptions,
): { readonly jobs: Job[]; readonly failed: Failed[] } {
  const taken = new Map<string, number>()
  const jobs: Job[] = []
  const failed: Failed[] = []
  for (const { line, names } of lines) {
    const targets = targetsOf(directory, names, options, false)
    // File systems of some machines don't tell upper from lower case.
    const places = pathsOf(targets).map((path) => path.toLowerCase())
    const earlier = places.map((place) => taken.get(place)).find((each) => each !== undefined)
    if (earlier === undefined) {
      for (const place of places) taken.set(place, line)
      jobs.push({ line, names, targets })
    } else
      failed.push({
        line,
        failure: usage(`its files would be those of line ${earlier}; begin it with another name`),
      })
  }
  return { jobs, failed }
}

async function perform(
  context: Context,
  server: Connection,
  job: Job,
  options: IssueOptions,
  tally: Tally,
): Promise<void> {
  try {
    const force = options.force === true
    if (!force && (await finished(job.targets))) {
      tally.skipped += 1
      return
    }
    const body = bodyOf(job.names, undefined, options, true)
    // One key for all attempts: an answer that was lost on the way is given again, not made again.
    const key = randomUUID()
    const answer = await persistently(context.world, () => issueInto(server, body, job.targets, force, key))
    tally.made += 1
    if (context.json) context.print(`${withoutKey(answer.text)}\n`)
  } catch (error) {
    const failure = failureOf(error, server.url) ?? new CliFailure(1, 'failed')
    tally.failed.push({ line: job.line, failure })
    // An unreachable server, a bad token, a full disk: every other line would fail likewise.
    if (failure.exitCode === 3 || failure.exitCode === 4 || failure instanceof NotWritten)
      tally.stopped ??= failure
  }
}

/** @throws CliFailure when some of the files exist and others don't: whose they are, nobody knows */
async function finished(targets: Targets): Promise<boolean> {
  const paths = pathsOf(targets)
  const there = await Promise.all(paths.map(exists))
  const missing = paths.find((_, at) => there[at] === false)
  if (missing === undefined) return true
  if (!there.includes(true)) return false
  const present = paths.find((_, at) => there[at] === true) ?? ''
  throw usage(`${present} exists, but not ${missing}; remove it, or say --force`)
}

function finish(context: Context, asked: number, tally: Tally, progress: Progress, took: number): void {
  progress.end()
  const { world } = context
  const { made, skipped, stopped } = tally
  const failed = tally.failed.toSorted((a, b) => a.line - b.line)
  for (const { line, failure } of failed.slice(0, MOST_LISTED)) {
    const [message, ...advice] = [failure.message, ...failure.advice]
    world.stderr.write(`line ${line}: ${visible(message)}\n`)
    for (const each of advice) world.stderr.write(`  ${visible(each)}\n`)
  }
  if (failed.length > MOST_LISTED) world.stderr.write(`and ${failed.length - MOST_LISTED} more failed\n`)
  const untried = asked - made - skipped - failed.length
  context.note(
    [
      `${made} issued in ${took < 60_000 ? `${(took / 1000).toFixed(1)} s` : spanOf(took)}`,
      ...(skipped > 0 ? [`${skipped} skipped: their files exist`] : []),
      ...(failed.length > 0 ? [`${failed.length} failed`] : []),
      ...(untried > 0 ? [`${untried} not tried`] : []),
    ].join(', '),
  )
  if (stopped !== undefined)
    throw new CliFailure(stopped.exitCode, stopped.message, [
      ...stopped.advice,
      'The same command goes on where it stopped.',
    ])
  if (failed.length > 0) throw new CliFailure(1, `${failed.length} of ${asked} certificates were not issued`)
}

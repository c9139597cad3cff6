import type { Managed, RenewalOutcome } from '../../faces/cli/renewal.ts'
import { askRenewal, type Renewal } from './ask-renewal.ts'
import type { Entry } from './config-schema.ts'
import { deploy, type Deployed } from './deploy.ts'
import { download } from './download.ts'
import { difference, placeOf, recordOf } from './record.ts'
import type { Run } from './run.ts'
import { fingerprintOf } from './verify.ts'

/** An expired one can be renewed. */
const LIVING = ['ISSUED', 'EXPIRED']

/**
 * One certificate: renewed if its time has come, deployed if it isn't on disk as it should be.
 * @throws Error saying why that isn't possible; what was on disk is on disk
 */
export async function renewEntry(run: Run, entry: Entry): Promise<RenewalOutcome> {
  const found = await run.server.find(entry.certificate)
  if (found.certificate === undefined || !LIVING.includes(found.status))
    return withoutCertificate(entry, found)
  const renewal = await askRenewal(run, found)
  const { managed, due } = renewal
  const fingerprint = fingerprintOf(managed.certificate ?? found.certificate)
  const differs = await difference(entry, await recordOf(run.state, entry), fingerprint, run.owners)
  const why = differs ?? (run.force ? '--force' : undefined)
  const files = entry.files.map((wish) => placeOf(entry, wish))
  const facts = { ...factsOf(entry, managed), renewed: renewal.renewed }
  if (run.dryRun && due !== undefined) return { ...facts, action: 'would-renew', reason: due, files }
  if (why === undefined) return { ...facts, ...standing(renewal), files: [] }
  if (run.dryRun) return { ...facts, action: 'would-deploy', reason: why, files }
  const downloaded = await download(run.server, entry, managed, run.passphrases, run.now())
  const current = downloaded.managed
  const deployed = await deploy(run, {
    entry,
    version: current.version ?? 0,
    fingerprint: fingerprintOf(current.certificate ?? ''),
    contents: downloaded.contents,
  })
  return outcomeOf({ ...facts, ...factsOf(entry, current) }, deployed, renewal.problem, why, files)
}

function standing({
  managed,
  due,
  renewed: done,
  problem,
}: Renewal): Pick<RenewalOutcome, 'action' | 'reason'> {
  if (problem !== undefined) return { action: 'failed', reason: problem }
  if (due === undefined || done) return { action: 'current', reason: 'nothing is due' }
  const { reason, status } = managed.renewal
  return {
    action: 'pending',
    reason: `its renewal is under way: ${reason ?? status ?? 'it waits for a validation'}`,
  }
}

function factsOf(
  { certificate }: Entry,
  { version, notAfter }: Managed,
): Pick<RenewalOutcome, 'certificate' | 'version' | 'notAfter'> {
  return {
    certificate,
    ...(version === undefined ? {} : { version }),
    ...(notAfter === undefined ? {} : { notAfter }),
  }
}

function withoutCertificate(entry: Entry, managed: Managed): RenewalOutcome {
  const pending = managed.status === 'PENDING_VALIDATION'
  return {
    ...factsOf(entry, managed),
    action: pending ? 'pending' : 'failed',
    reason: pending
      ? 'it isn’t issued yet: it waits for a validation'
      : `its status is ${managed.status}; nothing was deployed`,
    renewed: false,
    files: [],
  }
}

function outcomeOf(
  facts: Pick<RenewalOutcome, 'certificate' | 'version' | 'notAfter' | 'renewed'>,
  { hook, again }: Deployed,
  problem: string | undefined,
  why: string,
  files: readonly string[],
): RenewalOutcome {
  const reload = hook === undefined ? {} : { reload: { ok: hook.ok, output: hook.output } }
  if (hook?.ok !== false) {
    const failed = problem !== undefined
    return {
      ...facts,
      ...reload,
      action: failed ? 'failed' : 'deployed',
      reason: failed ? `${problem}; deployed what there is` : why,
      files,
    }
  }
  const then =
    again?.ok === true ? 'and reloaded' : `but the reload command then ${again?.problem ?? 'failed'} too`
  const reason = `the reload command ${hook.problem ?? 'failed'}; the previous files were put back ${then}`
  return { ...facts, ...reload, action: 'failed', reason, files: [] }
}

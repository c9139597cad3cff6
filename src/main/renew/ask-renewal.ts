import type { Managed, RenewalWindow } from '../../faces/cli/renewal.ts'
import type { Run } from './run.ts'

/** When this program is expected to be run again: the next night. */
const NEXT_WAKE_MS = 24 * 3_600_000

/** What the server was asked to do, and what came of it. */
export type Renewal = {
  readonly managed: Managed
  /** Why a renewal was asked for, or would be. */
  readonly due: string | undefined
  readonly renewed: boolean
  /** What somebody has to look at. */
  readonly problem: string | undefined
}

/** Asks for a renewal when its time has come and the server hasn't renewed by itself. */
export async function askRenewal(run: Run, managed: Managed): Promise<Renewal> {
  const window = await run.server.window(managed.id)
  const now = run.now()
  // Whoever imported it has to import its successor: no use in asking.
  const due = managed.kind === 'imported' ? undefined : dueReason(window, now, run.random())
  const nothing = { managed, due, renewed: false }
  if (due === undefined || run.dryRun) return { ...nothing, problem: late(window, managed, now) }
  try {
    const after = await run.server.renew(managed.id)
    const done = after.version !== managed.version
    return { managed: after, due, renewed: done, problem: done ? undefined : late(window, after, now) }
  } catch (error) {
    // What the server has may still have to be deployed.
    return { ...nothing, problem: `${due}, but: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/**
 * Why to ask for a renewal now (RFC 9773 §4.2): a time drawn from the window lies before the next run. Undefined until
 * the window opens.
 * @param now milliseconds since the epoch
 * @param draw from 0 to below 1
 */
export function dueReason(
  { suggestedWindow, reason }: RenewalWindow,
  now: number,
  draw: number,
): string | undefined {
  const start = Date.parse(suggestedWindow.start)
  const end = Date.parse(suggestedWindow.end)
  const selected = start + draw * (end - start)
  return now < start || selected > now + NEXT_WAKE_MS
    ? undefined
    : `its renewal window is open since ${suggestedWindow.start} (${reason})`
}

/** A validation may take its time; once the window is over, it is a failure. */
function late(window: RenewalWindow, { renewal, kind }: Managed, now: number): string | undefined {
  if (now <= Date.parse(window.suggestedWindow.end)) return undefined
  const why =
    kind === 'imported'
      ? 'it was imported: import its successor'
      : (renewal.reason ?? renewal.status ?? window.reason)
  return `its renewal window is over, and it isn’t renewed: ${why}`
}

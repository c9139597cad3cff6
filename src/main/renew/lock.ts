import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../faces/cli/failure.ts'

type Holder = { readonly id: string; readonly pid: number; readonly started: string }

/** Another run is at work. */
export class LockedError extends Error {}

/**
 * Takes the lock of a state directory: a file that names its holder, made whole by link(2). One whose holder is gone
 * (killed, or the machine restarted) is taken over by exactly one of those who notice.
 * @returns gives it back
 * @throws LockedError
 */
export async function lock(state: string): Promise<() => Promise<void>> {
  const path = join(state, 'lock')
  const mine: Holder = {
    id: randomBytes(8).toString('hex'),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  }
  const own = join(state, `.lock.${mine.id}`)
  await writeFile(own, JSON.stringify(mine), { mode: 0o600, flag: 'wx' })
  try {
    if (!(await linked(own, path))) await takeOver(path, own)
  } finally {
    await unlink(own).catch(() => undefined)
  }
  return async () => {
    if ((await holderOf(path))?.id === mine.id) await unlink(path)
  }
}

async function takeOver(path: string, own: string): Promise<void> {
  const holder = await holderOf(path)
  if (holder === undefined) {
    if (await linked(own, path)) return
    throw new LockedError('another run has just begun')
  }
  if (isAlive(holder)) throw new LockedError(`another run is at work (process ${holder.pid}, ${path})`)
  // Only one can have this name; whoever has it puts its own lock in the stale one's place, in one step.
  const claim = `${path}.${holder.id}`
  if (!(await linked(own, claim))) {
    const claimant = await holderOf(claim)
    if (claimant === undefined || isAlive(claimant)) throw new LockedError('another run has just begun')
    await rm(claim, { force: true })
    throw new LockedError('a run was ended while it took over the lock; the next one can begin')
  }
  // Whoever saw the same stale lock may have replaced it since, and given this name back.
  if ((await holderOf(path))?.id !== holder.id) {
    await unlink(claim)
    throw new LockedError('another run has just begun')
  }
  await rename(claim, path)
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Process numbers are used again: the time at which it started tells two apart. */
function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
  }
  const now = startOf(pid)
  return now === undefined || now === started
}

/** When a process started, in ticks since the machine did, with the machine's own start; undefined without /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The name of the program, in parentheses, may have blanks; starttime is field 22.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return undefined
  }
}

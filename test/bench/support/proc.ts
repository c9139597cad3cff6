import { readdirSync, readFileSync } from 'node:fs'

/** CPU seconds by thread: name and thread id. */
export type ThreadTimes = ReadonlyMap<string, number>

/** Linux counts in ticks of 10 ms (USER_HZ is 100 on every architecture that Node runs on). */
const TICKS = 100

/** User and system time of each thread of a process (proc_pid_stat(5), fields 14 and 15). */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<string, number>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    times.set(`${name}/${task}`, (Number(fields[11]) + Number(fields[12])) / TICKS)
  }
  return times
}

/** What each thread used between two readings, in microseconds a piece, busiest first. */
export function microsecondsEach(
  before: ThreadTimes,
  after: ThreadTimes,
  pieces: number,
): Record<string, number> {
  const used = [...after]
    .map(([name, seconds]) => [name, ((seconds - (before.get(name) ?? 0)) * 1e6) / pieces] as const)
    .filter(([, microseconds]) => microseconds >= 0.5)
    .sort((one, other) => other[1] - one[1])
  return Object.fromEntries(used.map(([name, microseconds]) => [name, Math.round(microseconds * 10) / 10]))
}

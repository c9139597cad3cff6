import type { BenchArguments } from './arguments.ts'
import { CONNECTIONS, loadWindow, median, type Window } from './load.ts'
import { rounded } from './machine.ts'
import { microsecondsEach } from './proc.ts'
import type { ServerProcess } from './server-process.ts'

export type Issuance = {
  /** Certificates a second: the median of the windows. */
  readonly rate: number
  readonly p99: number
  readonly windows: readonly Window[]
  /** Most memory at the end of a window, in MiB. */
  readonly memoryMiB: number
  /** CPU of the server's threads, in microseconds a certificate. */
  readonly threadMicroseconds: Record<string, number>
  /** Transactions that shared one commit, and commits a second; each certificate takes two transactions. */
  readonly transactionsPerCommit: number
  readonly commitsPerSecond: number
  /** 2xx answers that the client read, and how many more it may have left unread when a window ended. */
  readonly answers: number
  readonly unread: number
}

/** V8 has compiled the hot path after some twenty thousand requests; before that a window measures the compiler. */
const WARM_UP_ANSWERS = 25_000
const WARM_UP_SECONDS = 40

/** Load until V8 has compiled the hot path, however slow the machine. */
export async function warmUp(
  server: ServerProcess,
  bodiesFile: string,
  smoke: boolean,
): Promise<{ answers: number; unread: number }> {
  let windows = 0
  let answers = 0
  while (windows < (smoke ? 1 : WARM_UP_SECONDS / 2) && answers < WARM_UP_ANSWERS) {
    answers += (await loadWindow(server, bodiesFile, smoke ? 1 : 2, answers)).answers
    windows++
  }
  return { answers, unread: windows * CONNECTIONS }
}

/**
 * Windows of load on a server, one after another.
 * @param from which body to begin with
 */
export async function measureIssuance(
  server: ServerProcess,
  bodiesFile: string,
  given: Pick<BenchArguments, 'seconds' | 'windows' | 'smoke'> & { readonly warm?: boolean },
  from = 0,
): Promise<Issuance> {
  const { seconds, smoke, warm = false } = given
  const before = warm ? { answers: 0, unread: 0 } : await warmUp(server, bodiesFile, smoke)
  let { answers } = before
  let memory = 0
  const windows: Window[] = []
  const commits = await commitsOf(server)
  const threads = server.threads()
  for (let window = 0; window < (smoke ? 1 : given.windows); window++) {
    windows.push(await loadWindow(server, bodiesFile, seconds, from + answers))
    answers += windows.at(-1)?.answers ?? 0
    memory = Math.max(memory, server.memory())
  }
  const threadMicroseconds = microsecondsEach(threads, server.threads(), answers - before.answers)
  const { transactions, count: commitCount } = await commitsOf(server)
  return {
    rate: Math.round(median(windows.map(({ rate }) => rate))),
    p99: rounded(median(windows.map(({ p99 }) => p99))),
    windows: windows.map(({ answers, rate, p50, p99, max }) => ({
      answers,
      rate: Math.round(rate),
      p50,
      p99,
      max,
    })),
    memoryMiB: Math.round(memory / 2 ** 20),
    threadMicroseconds,
    transactionsPerCommit: rounded((transactions - commits.transactions) / (commitCount - commits.count)),
    commitsPerSecond: Math.round((commitCount - commits.count) / (seconds * windows.length)),
    answers,
    unread: before.unread + CONNECTIONS * windows.length,
  }
}

/** What the server's own metrics say about its commits. */
async function commitsOf(server: ServerProcess): Promise<{ transactions: number; count: number }> {
  const { text } = await server.request('/metrics')
  const figure = (name: string): number =>
    Number(new RegExp(`^chancery_group_commit_transactions_${name} (\\d+)`, 'm').exec(text)?.[1])
  return { transactions: figure('sum'), count: figure('count') }
}

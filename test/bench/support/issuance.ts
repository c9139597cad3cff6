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

/** V8 has compiled the hot path after some thousands of requests; before that a window measures the compiler. */
const WARM_UP_ANSWERS = 12_000
const WARM_UP_SECONDS = 40

/** Windows of load on a server, one after another. */
export async function measureIssuance(
  server: ServerProcess,
  bodiesFile: string,
  { seconds, windows: count, smoke }: Pick<BenchArguments, 'seconds' | 'windows' | 'smoke'>,
): Promise<Issuance> {
  let warmUps = 0
  let answers = 0
  while (warmUps++ < (smoke ? 1 : WARM_UP_SECONDS / 2) && answers < WARM_UP_ANSWERS)
    answers += (await loadWindow(server, bodiesFile, smoke ? 1 : 2, answers)).answers
  const warm = answers
  let memory = 0
  const windows: Window[] = []
  const commits = await commitsOf(server)
  const before = server.threads()
  for (let window = 0; window < (smoke ? 1 : count); window++) {
    windows.push(await loadWindow(server, bodiesFile, seconds, answers))
    answers += windows.at(-1)?.answers ?? 0
    memory = Math.max(memory, server.memory())
  }
  const threadMicroseconds = microsecondsEach(before, server.threads(), answers - warm)
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
    unread: CONNECTIONS * (windows.length + warmUps),
  }
}

/** What the server's own metrics say about its commits. */
async function commitsOf(server: ServerProcess): Promise<{ transactions: number; count: number }> {
  const text = await (await server.request('/metrics')).text()
  const figure = (name: string): number =>
    Number(new RegExp(`^chancery_group_commit_transactions_${name} (\\d+)`, 'm').exec(text)?.[1])
  return { transactions: figure('sum'), count: figure('count') }
}

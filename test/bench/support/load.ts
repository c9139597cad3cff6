import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerProcess } from './server-process.ts'

export const CONNECTIONS = 32

export type Window = {
  /** 2xx answers that the client read, and how many a second. */
  readonly answers: number
  readonly rate: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Which of the scripts here makes the requests; where `load.lua` sends them, and how the one does that has a choice. */
export type LoadScript = {
  readonly script?: string
  readonly path?: string
  readonly method?: 'GET' | 'POST'
  /** What `load.lua` names as `X-Amz-Target`; no such header when absent. */
  readonly target?: string
}

type Said = {
  answers: number
  microseconds: number
  notOk: number
  broken: number
  p50: number
  p99: number
  max: number
}

/**
 * One window of load: wrk, 32 kept connections, one thread, each request the next body of the file.
 * @param think how long each connection waits after an answer, in milliseconds on average; 0: as much as it can
 * @throws Error when an answer wasn't 2xx or a connection broke: such a window measures nothing
 */
export async function loadWindow(
  server: Pick<ServerProcess, 'url' | 'token'>,
  bodiesFile: string,
  seconds: number,
  from: number,
  think = 0,
  { script = 'load.lua', path = '/v1/certificates', method = 'POST', target }: LoadScript = {},
): Promise<Window> {
  const { stdout } = await promisify(execFile)(
    'wrk',
    [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      join(import.meta.dirname, script),
      server.url,
    ],
    {
      env: {
        ...process.env,
        BENCH_TOKEN: server.token,
        BENCH_BODIES: bodiesFile,
        BENCH_FROM: String(from),
        BENCH_THINK: String(think),
        BENCH_METHOD: method,
        BENCH_PATH: path,
        ...(target === undefined ? {} : { BENCH_TARGET: target }),
      },
    },
  )
  const line = /^BENCH (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk said nothing:\n${stdout}`)
  const said = JSON.parse(line) as Said
  if (said.notOk > 0 || said.broken > 0)
    throw new Error(`${said.notOk} answers not 2xx, ${said.broken} errors`)
  return {
    answers: said.answers,
    rate: (said.answers * 1e6) / said.microseconds,
    p50: said.p50 / 1000,
    p99: said.p99 / 1000,
    max: said.max / 1000,
  }
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

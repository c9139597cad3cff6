import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadTimes, type ThreadTimes } from './proc.ts'

export type ServerProcess = {
  readonly pid: number
  readonly url: string
  /** PEM file of the listener's authority; undefined over plain HTTP. */
  readonly caFile: string | undefined
  readonly token: string
  readonly database: string
  /** From the spawn of the process to both ports listening. */
  readonly startMilliseconds: number
  /** Resident set in octets. */
  memory(): number
  threads(): ThreadTimes
  request(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

export type ServerOptions = {
  readonly dataDir: string
  readonly tls?: 'on' | 'off'
  readonly token?: string
  readonly profile?: string | undefined
  readonly nodeFlags?: readonly string[]
}

/** A bearer token for the bootstrap administrator. */
export const aToken = (): string => randomBytes(24).toString('base64url')

/** Starts the product on a data directory, its log going to a file there. @throws Error with the log when it ends */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const { dataDir, tls = 'off', token = aToken(), profile, nodeFlags = [] } = options
  const log = openSync(`${dataDir}.log`, 'a')
  const startedAt = performance.now()
  const child = fork(join(import.meta.dirname, 'serve.ts'), {
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [...nodeFlags, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
    env: {
      PATH: process.env['PATH'],
      CHANCERY_DATA_DIR: dataDir,
      CHANCERY_TLS: tls,
      CHANCERY_API_PORT: '0',
      CHANCERY_PUBLIC_PORT: '0',
      CHANCERY_PUBLIC_URL: 'http://pki.bench.example.com',
      CHANCERY_ADMIN_TOKEN: token,
    },
  })
  closeSync(log)
  const exited = once(child, 'exit')
  const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)])
  if (first === undefined)
    throw new Error(`the server ended:\n${readFileSync(`${dataDir}.log`, 'utf8').slice(-4000)}`)
  const startMilliseconds = performance.now() - startedAt
  const { apiUrl, listenerCaFile } = first[0] as { apiUrl: string; listenerCaFile?: string }
  const pid = child.pid as number
  return {
    pid,
    url: apiUrl.replace('localhost', '127.0.0.1'),
    caFile: listenerCaFile,
    token,
    database: join(dataDir, 'chancery.db'),
    startMilliseconds,
    memory: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    threads: () => threadTimes(pid),
    request: (path, init) =>
      fetch(apiUrl + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init?.headers } }),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

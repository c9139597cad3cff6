import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { threadTimes, type ThreadTimes } from './proc.ts'

export type ServerProcess = {
  readonly pid: number
  readonly url: string
  /** The administrator's. */
  readonly token: string
  readonly database: string
  /** From the spawn of the process until it says that it is ready. */
  readonly startMilliseconds: number
  /** Resident set in octets. */
  memory(): number
  threads(): ThreadTimes
  /** A request with the token; over TLS without a look at the certificate, which isn't what is measured. */
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

const PROGRAM = join(import.meta.dirname, '../../../src/main/bin.ts')

/** A bearer token for the bootstrap administrator. */
export const aToken = (): string => randomBytes(24).toString('base64url')

/** Starts the product as `npm start` does, its log going to a file. @throws Error with the log when it ends at once */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const { dataDir, tls = 'off', token = aToken(), profile, nodeFlags = [] } = options
  const [apiPort, publicPort] = [await freePort(), await freePort()]
  const log = openSync(`${dataDir}.log`, 'a')
  const flags = [...nodeFlags, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])]
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...flags, PROGRAM, 'serve'], {
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      CHANCERY_DATA_DIR: dataDir,
      CHANCERY_TLS: tls,
      CHANCERY_API_PORT: String(apiPort),
      CHANCERY_PUBLIC_PORT: String(publicPort),
      CHANCERY_PUBLIC_URL: 'http://pki.bench.example.com',
      CHANCERY_ADMIN_TOKEN: token,
    },
  })
  closeSync(log)
  // Never outlive the benchmark.
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = once(child, 'exit').then(() => process.off('exit', kill))
  await ready(`http://127.0.0.1:${publicPort}/health/ready`, () => {
    if (child.exitCode !== null)
      throw new Error(`the server ended:\n${readFileSync(`${dataDir}.log`, 'utf8').slice(-4000)}`)
  })
  const startMilliseconds = Math.round(performance.now() - startedAt)
  const pid = child.pid as number
  const url = `${tls === 'off' ? 'http' : 'https'}://127.0.0.1:${apiPort}`
  return {
    pid,
    url,
    token,
    database: join(dataDir, 'chancery.db'),
    startMilliseconds,
    memory: () =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    threads: () => threadTimes(pid),
    request: (path, init) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init?.headers } }),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Asks every few milliseconds; the runtime's own start alone takes forty. */
async function ready(url: string, stillRuns: () => void): Promise<void> {
  for (;;) {
    stillRuns()
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
}

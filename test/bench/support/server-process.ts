import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { threadTimes, type ThreadTimes } from './proc.ts'

export type ServerProcess = {
  readonly pid: number
  readonly url: string
  /** Of the public port. */
  readonly repositoryUrl: string
  /** The administrator's. */
  readonly token: string
  readonly database: string
  /** From the spawn of the process until it says that it is ready. */
  readonly startMilliseconds: number
  /** Resident set in octets. */
  memory(): number
  threads(): ThreadTimes
  /** One request with the token. */
  request(path: string, body?: object, requestId?: string): Promise<Answer>
  /** What the server itself says that requests took, by request id, in milliseconds. */
  logged(): ReadonlyMap<string, number>
  stop(): Promise<void>
}

type LogLine = { readonly requestId: string; readonly ms: number }
export type Answer = { readonly status: number; readonly text: string }

export type ServerOptions = {
  readonly dataDir: string
  readonly tls?: 'on' | 'off'
  readonly token?: string
  readonly profile?: string | undefined
  readonly nodeFlags?: readonly string[]
  /** With the simulators. */
  readonly simulation?: boolean
  /** More of its environment. */
  readonly environment?: Readonly<Record<string, string>>
}

const PROGRAM = join(import.meta.dirname, '../../../src/main/bin.ts')

/** A bearer token for the bootstrap administrator. */
export const aToken = (): string => randomBytes(24).toString('base64url')

/** Starts the product as `npm start` does, its log going to a file. @throws Error with the log when it ends at once */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const {
    dataDir,
    tls = 'off',
    token = aToken(),
    profile,
    nodeFlags = [],
    simulation = false,
    environment = {},
  } = options
  const [apiPort, publicPort] = [await freePort(), await freePort()]
  const log = openSync(`${dataDir}.log`, 'a')
  const flags = [...nodeFlags, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])]
  const startedAt = performance.now()
  const child = spawn(
    process.execPath,
    [...flags, PROGRAM, 'serve', ...(simulation ? ['--simulation'] : [])],
    {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'],
        CHANCERY_DATA_DIR: dataDir,
        CHANCERY_TLS: tls,
        CHANCERY_API_PORT: String(apiPort),
        CHANCERY_PUBLIC_PORT: String(publicPort),
        CHANCERY_PUBLIC_URL: 'http://pki.bench.example.com',
        CHANCERY_ADMIN_TOKEN: token,
        ...environment,
      },
    },
  )
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
    repositoryUrl: `http://127.0.0.1:${publicPort}`,
    token,
    database: join(dataDir, 'chancery.db'),
    startMilliseconds,
    memory: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    threads: () => threadTimes(pid),
    request: (path, body, requestId) =>
      ask(url + path, token, requestId, body, tls === 'off' ? undefined : join(dataDir, 'listener-ca.pem')),
    logged: () => {
      const lines = readFileSync(`${dataDir}.log`, 'utf8').split('\n')
      const parsed = lines
        .filter((line) => line.includes('"requestId"'))
        .map((line) => JSON.parse(line) as LogLine)
      return new Map(parsed.map(({ requestId, ms }) => [requestId, ms]))
    },
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** GET, or POST of JSON where there is a body. */
function ask(
  url: string,
  token: string,
  requestId: string | undefined,
  body: object | undefined,
  caFile: string | undefined,
): Promise<Answer> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    ...(content === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  }
  const options = { method: content === undefined ? 'GET' : 'POST', headers }
  return new Promise((resolve, reject) => {
    const request =
      caFile === undefined
        ? requestHttp(url, options)
        : requestHttps(url, { ...options, ca: readFileSync(caFile) })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      )
    })
    request.end(content)
  })
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

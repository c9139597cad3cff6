import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../../scripts/free-port.ts'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { loadConfig } from '../../../src/main/config.ts'
import type { Mode } from '../../../src/core/domain/installation.ts'
import { startServer, type RunningServer } from '../../../src/main/server.ts'

/** The installation's administrator in every test here. */
export const ADMIN_TOKEN = 'integration-test-administrator-token'

type Settings = Readonly<Record<string, string>>
/** The environment of a server under test: ports of its own, no TLS, nothing logged. */
export const settingsFor = (dataDir: string, more: Settings): Settings => ({
  CHANCERY_DATA_DIR: dataDir,
  CHANCERY_API_PORT: '0',
  CHANCERY_PUBLIC_PORT: '0',
  CHANCERY_TLS: 'off',
  CHANCERY_ADMIN_TOKEN: ADMIN_TOKEN,
  CHANCERY_LOG_LEVEL: 'silent',
  CHANCERY_ACCESS_LOG: 'false',
  ...more,
})

/** A directory of its own in the system's temporary one. */
export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'chancery-it-'))

export type LocalServer = RunningServer & {
  readonly admin: Client
  readonly database: string
  dispose(): Promise<void>
}

/** A server in this process on a fresh data directory, whose certificates name a CRL that is really served. */
export async function aServer(more: Settings = {}, mode: Mode = 'normal'): Promise<LocalServer> {
  const dataDir = temporaryDirectory()
  const port = String(await freePort())
  const server = await startServer(
    loadConfig(
      settingsFor(dataDir, {
        CHANCERY_PUBLIC_PORT: port,
        CHANCERY_PUBLIC_URL: `http://127.0.0.1:${port}`,
        ...more,
      }),
      mode,
    ),
  )
  return {
    ...server,
    admin: createClient({ url: server.apiUrl, token: ADMIN_TOKEN }),
    database: databaseIn(dataDir),
    dispose: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

export const databaseIn = (dataDir: string): string => join(dataDir, 'chancery.db')

export type ServerProcess = {
  readonly pid: number
  readonly apiUrl: string
  readonly repositoryUrl: string
  readonly admin: Client
  /** Sends a signal and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/**
 * A server in a process of its own.
 * @param under a program with its arguments that runs the server, such as strace
 * @throws Error with what it wrote to its standard error when it doesn't start
 */
export async function spawnServer(
  dataDir: string,
  more: Settings = {},
  under: readonly string[] = [],
): Promise<ServerProcess> {
  const script = join(import.meta.dirname, 'server-process.ts')
  const [program = '', ...rest] = [...under, process.execPath, script]
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'] ?? '', ...settingsFor(dataDir, more) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const first = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  const line = await Promise.race([first, ended])
  if (typeof line !== 'string') throw new Error(`the server ended at its start: ${complaints}`)
  const said = JSON.parse(line) as { pid: number; apiUrl: string; repositoryUrl: string }
  // A test that fails doesn't end its servers.
  const orphaned = (): boolean => process.kill(said.pid, 'SIGKILL')
  process.once('exit', orphaned)
  void ended.then(() => process.off('exit', orphaned))
  return {
    ...said,
    admin: createClient({ url: said.apiUrl, token: ADMIN_TOKEN }),
    end: async (signal) => {
      process.kill(said.pid, signal)
      return ended
    },
  }
}

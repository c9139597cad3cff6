import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mode } from '../../../src/core/domain/installation.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { loadConfig } from '../../../src/main/config.ts'
import { startServer } from '../../../src/main/server.ts'
import { aWorld, noVerbs, temporaryDirectory, type TestWorld } from '../../faces/cli/a-world.ts'

export type CliRun = {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly world: TestWorld
}

/** A server of its own, in this process, with the command line of its administrator. */
export async function aServerWithCli(more: Readonly<Record<string, string>> = {}, mode: Mode = 'normal') {
  const dataDir = mkdtempSync(join(tmpdir(), 'chancery-cli-data-'))
  const settings = {
    CHANCERY_DATA_DIR: dataDir,
    CHANCERY_API_PORT: '0',
    CHANCERY_PUBLIC_PORT: '0',
    CHANCERY_LOG_LEVEL: 'silent',
    CHANCERY_ACCESS_LOG: 'false',
    ...more,
  }
  const server = await startServer(loadConfig(settings, mode))
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { server, dataDir, cli: cliFor(dataDir, server.apiUrl), stop }
}

/** The command line against a server, as its administrator, in a directory of its own. */
export function cliFor(dataDir: string, url: string, more: Parameters<typeof aWorld>[0] = {}) {
  const directory = more?.directory ?? temporaryDirectory()
  const environment = { CHANCERY_URL: url, CHANCERY_DATA_DIR: dataDir, PATH: process.env['PATH'] ?? '' }
  const run = async (line: string, settings: Parameters<typeof aWorld>[0] = {}): Promise<CliRun> => {
    const world = aWorld({
      directory,
      ...more,
      ...settings,
      environment: { ...environment, ...more?.environment, ...settings?.environment },
      now: settings?.now ?? Date.now,
    })
    const code = await runCli(wordsOf(line), world, noVerbs)
    return { code, out: world.stdout.text(), err: world.stderr.text(), world }
  }
  /** Writes a file beside the command. */
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(directory, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  return { run, file, directory }
}

/** Words of a line; single quotes keep blanks. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

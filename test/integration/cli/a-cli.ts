import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli } from '../../../src/faces/cli/program.ts'
import { aWorld, noVerbs, temporaryDirectory, type TestWorld } from '../../faces/cli/a-world.ts'

export type CliRun = {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly world: TestWorld
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
      now: Date.now,
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

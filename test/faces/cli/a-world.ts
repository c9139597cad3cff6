import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalVerbs, Sink, World } from '../../../src/faces/cli/world.ts'

export const NOON = Date.UTC(2026, 10, 22, 12)

export type Captured = Sink & { text(): string; bytes(): Buffer }

/** A sink that keeps what is written to it. */
export function captured(isTerminal = false): Captured {
  const chunks: Buffer[] = []
  return {
    write: (data) => void chunks.push(Buffer.from(data as Uint8Array)),
    isTerminal,
    columns: 100,
    text: () => Buffer.concat(chunks).toString('utf8'),
    bytes: () => Buffer.concat(chunks),
  }
}

export type TestWorld = World & {
  readonly stdout: Captured
  readonly stderr: Captured
  readonly waited: number[]
}

type Settings = {
  readonly environment?: Readonly<Record<string, string>>
  readonly directory?: string
  readonly home?: string
  readonly systemRoot?: string
  /** What is typed, line after line; undefined: no terminal. */
  readonly typed?: readonly (string | undefined)[]
  /** What the standard input holds when it is no terminal. */
  readonly input?: string | Uint8Array
  readonly terminal?: boolean
  readonly now?: () => number
  readonly untilAsked?: () => Promise<string>
}

/** A world of a test's own: captured output, a clock that stands, a temporary directory, nothing of the machine's. */
export function aWorld(settings: Settings = {}): TestWorld {
  const { typed, input = '', terminal = typed !== undefined } = settings
  const lines = [...(typed ?? [])]
  const waited: number[] = []
  const directory = settings.directory ?? temporaryDirectory()
  return {
    environment: settings.environment ?? {},
    directory,
    home: settings.home ?? directory,
    systemRoot: settings.systemRoot ?? join(directory, 'no-system'),
    stdin: {
      isTerminal: typed !== undefined,
      readAll: () => Promise.resolve(Buffer.from(input as Uint8Array)),
      readLine: () => Promise.resolve(lines.shift()),
    },
    stdout: captured(terminal),
    stderr: captured(terminal),
    now: settings.now ?? (() => NOON),
    pause: (milliseconds) => {
      waited.push(milliseconds)
      return Promise.resolve()
    },
    untilAsked: settings.untilAsked ?? (() => new Promise(() => {})),
    waited,
  }
}

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'chancery-cli-'))

/** Local verbs for command lines that don't get that far. */
export const noVerbs: LocalVerbs = {
  version: '1.2.3',
  serve: () => Promise.reject(new Error('serve was called')),
  init: () => Promise.reject(new Error('init was called')),
  ceremony: () => Promise.reject(new Error('ceremony was called')),
  changeKeyPassphrase: () => Promise.reject(new Error('changeKeyPassphrase was called')),
  perspective: () => Promise.reject(new Error('perspective was called')),
  verifyAudit: () => Promise.reject(new Error('verifyAudit was called')),
  backup: () => Promise.reject(new Error('backup was called')),
  restore: () => Promise.reject(new Error('restore was called')),
  renew: () => Promise.reject(new Error('renew was called')),
}

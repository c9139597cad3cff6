import { openSync } from 'node:fs'
import { pino } from 'pino'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { redacted, redactedText } from './redaction.ts'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export type LoggerOptions = {
  readonly level: LogLevel
  /** `stdout`, the path of a file to append to (made with mode 0600), or anything that takes lines. */
  readonly destination: string | { write(line: string): void }
}

/** Lines are written together: when they make this many octets, or after this many milliseconds. */
const BUFFERED_OCTETS = 8192
const BUFFERED_FOR = 100

/** The log of one server. A child adds its fields, e.g. the request id, to every line. */
export type ServerLogger = Logger & {
  child(fields: Readonly<Record<string, unknown>>): ServerLogger
  /** Resolves when all that was logged so far has left the process; never rejects, a log can't stop a shutdown. */
  flush(): Promise<void>
}

/**
 * JSON lines through pino, written asynchronously so that a slow disk or pipe doesn't hold up answers; what is buffered
 * is written synchronously when the process exits. Every field and message passes the redaction first.
 * @throws internal naming the file when it can't be opened
 */
export function createLogger({ level, destination }: LoggerOptions): ServerLogger {
  const options = {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (typeof destination !== 'string') return loggerOn(pino(options, destination))
  const dest = destination === 'stdout' ? 1 : openedFile(destination)
  // A write of its own for each line would cost a request as much as its JSON.
  const file = pino.destination({
    dest,
    sync: false,
    minLength: BUFFERED_OCTETS,
    periodicFlush: BUFFERED_FOR,
  })
  // Its own flush may leave less than `minLength` behind.
  return loggerOn(pino(options, file), () => file.flushSync())
}

function openedFile(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    throw new ChanceryError('internal', `log file ${path} can't be opened for appending`, { cause })
  }
}

function loggerOn(line: pino.Logger, rest: () => void = () => {}): ServerLogger {
  const at =
    (level: 'info' | 'warn' | 'error') => (fields: Readonly<Record<string, unknown>>, message: string) => {
      if (line.isLevelEnabled(level)) line[level](redacted(fields), redactedText(message))
    }
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOn(line.child(redacted(fields)), rest),
    flush: async () => {
      await new Promise<void>((resolve) => line.flush(() => resolve()))
      rest()
    },
  }
}

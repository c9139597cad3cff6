import type { ExitCode } from './exit-codes.ts'

/** Why a command can't go on, in words for the person who typed it. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode
  /** What to do about it, a line each. */
  readonly advice: readonly string[]

  constructor(exitCode: ExitCode, message: string, advice: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CliFailure'
    this.exitCode = exitCode
    this.advice = advice
  }
}

/** A failure with exit code 2: what was typed isn't right. */
export const usage = (message: string, ...advice: readonly string[]): CliFailure =>
  new CliFailure(2, message, advice)

/** The code of a failed system call, e.g. `ENOENT`; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
}

/** Why a file operation failed, in plain words. */
export const reasonOf = (error: unknown): string =>
  SYSTEM_WORDS[systemCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error))

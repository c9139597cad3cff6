import { vi } from 'vitest'

/** What a process has one of, and files of tests that share the process share too. */
export type Shared = { readonly environment: NodeJS.ProcessEnv; readonly directory: string }

export const sharedNow = (): Shared => ({ environment: { ...process.env }, directory: process.cwd() })

/** What was changed since and not put back, in words; empty when whoever comes next finds all as it was. */
export function leftBehind({ environment, directory }: Shared): string[] {
  const names = new Set([...Object.keys(environment), ...Object.keys(process.env)])
  const left = [...names]
    .filter((name) => process.env[name] !== environment[name])
    .map((name) => `environment variable ${name}`)
  if (process.cwd() !== directory) left.push('working directory')
  if (process.exitCode !== undefined) left.push('exit code')
  if (vi.isFakeTimers()) left.push('fake timers')
  return left
}

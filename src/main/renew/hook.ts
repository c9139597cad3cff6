import { spawn } from 'node:child_process'

export type HookResult = {
  readonly ok: boolean
  /** Why it isn't, in words. */
  readonly problem: string | undefined
  /** The end of what it printed. */
  readonly output: string
}

const MOST_OUTPUT = 4096
/** What a program gets after it was asked to end, until it is made to. */
const GRACE_MS = 5000

/**
 * Runs a reload command to its end, in a group of its own, without this program's token in its environment.
 * @param command words, or one line for the shell
 */
export function runHook(
  command: string | readonly string[],
  seconds: number,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<HookResult> {
  const [program = '', ...words] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  const { CHANCERY_TOKEN: _secret, ...env } = environment
  return new Promise((resolve) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    const hear = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-MOST_OUTPUT))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    let timedOut = false
    const end = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal)
      } catch {
        // Everything of the group has ended.
      }
    }
    let killer: NodeJS.Timeout | undefined
    const timer = setTimeout(() => {
      timedOut = true
      end('SIGTERM')
      killer = setTimeout(() => end('SIGKILL'), GRACE_MS)
    }, seconds * 1000)
    const ended = (problem: string | undefined): void => {
      clearTimeout(timer)
      clearTimeout(killer)
      // What it started and left behind would keep our pipes open.
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ ok: problem === undefined, problem, output: output.trim() })
    }
    child.once('error', (error) => ended(`can’t be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      // Its last words may still be on their way.
      setImmediate(() => ended(problemOf(code, signal, timedOut ? seconds : undefined)))
    })
  })
}

function problemOf(
  code: number | null,
  signal: string | null,
  timeout: number | undefined,
): string | undefined {
  if (timeout !== undefined) return `took longer than ${timeout} s`
  if (signal !== null) return `was ended by ${signal}`
  return code === 0 ? undefined : `ended with ${String(code)}`
}

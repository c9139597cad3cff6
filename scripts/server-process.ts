import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

export type ServerProcess = {
  /** What it has printed so far, both streams. */
  output(): string
  /** Asks it to end, waits, and returns its exit code (or the signal that ended it). */
  stop(): Promise<number | string>
}

type Start = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Asked until it answers 200. */
  readonly readyUrl: string
  /** How long it may take to be ready, in milliseconds. */
  readonly withinMs: number
}

/** Starts a server and waits until `readyUrl` answers 200. Throws with its output when it ends or is late. */
export async function startedServer(start: Start): Promise<ServerProcess> {
  // A group of its own: npx and npm start further processes, and all of them are to be asked to end.
  const child = spawn(start.command, start.args, {
    cwd: start.cwd,
    env: start.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const gone = once(child, 'exit') as Promise<[number | null, string | null]>
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
  const stop = async (): Promise<number | string> => {
    if (!ended() && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    const [code, signal] = await gone
    return code ?? signal ?? 'ended'
  }
  const deadline = performance.now() + start.withinMs
  while (performance.now() < deadline && !ended()) {
    const ready = await fetch(start.readyUrl).then(
      async (response) => {
        await response.arrayBuffer()
        return response.ok
      },
      () => false,
    )
    if (ready) return { output: () => output, stop }
    await pause(50)
  }
  const late = ended() ? 'ended' : `was not ready within ${start.withinMs} ms`
  await stop()
  throw new Error(`${start.command} ${start.args.join(' ')} ${late}:\n${output}`)
}

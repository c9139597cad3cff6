import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadWindow } from './load.ts'

/** Express 5 reading JSON, on the machine that the targets were set on. */
export const REFERENCE_ECHOES = 27_000

/**
 * Requests a second that an Express application without any work answers here and now, under the same load. P-256 and
 * the disk are only a part of a certificate; this says how fast the rest of the machine is.
 */
export async function echoRate(bodiesFile: string, seconds: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'echo-process.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const server = { url: `http://127.0.0.1:${line.toString().trim()}`, token: 'none' }
    // The first window warms up.
    await loadWindow(server, bodiesFile, seconds, 0)
    return (await loadWindow(server, bodiesFile, seconds, 0)).rate
  } finally {
    child.kill()
  }
}

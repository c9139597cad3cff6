import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { signedHeaders } from '../../src/adapters/s3/signed-headers.ts'
import { STORAGE_CREDENTIALS } from './object-storage.ts'
import { runTool } from './tools.ts'

/** Debian's own: another one may stand before it in the path, without Debian's modules. */
const PYTHON = '/usr/bin/python3'
const SERVE = new URL('../fixtures/swift/serve.py', import.meta.url).pathname

/** Whether OpenStack Swift can be run here (Debian's `python3-swift`); says so loudly where it can't. */
export function hasSwift(): boolean {
  const found = runTool(PYTHON, ['-c', 'import swift']).status === 0
  if (!found) process.stderr.write('\n*** python3-swift is missing: tests that need it are SKIPPED ***\n')
  return found
}

/** OpenStack Swift, which has S3's API besides its own. */
export type Swift = {
  readonly endpoint: string
  readonly region: string
  /** A signed request of S3's. */
  ask(method: 'GET' | 'PUT', path: string): Promise<Response>
  stop(): Promise<void>
}

export async function startSwift(): Promise<Swift> {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-swift-'))
  const { accessKeyId, secretAccessKey } = STORAGE_CREDENTIALS
  const child = spawn(PYTHON, [SERVE, directory, accessKeyId, secretAccessKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
  const endpoint = `http://127.0.0.1:${port}`
  const region = 'us-east-1'
  return {
    endpoint,
    region,
    ask: (method, path) => {
      const url = `${endpoint}${path}`
      const bodySha256 = createHash('sha256').digest('hex')
      const toSign = { method, url, region, headers: {}, bodySha256, now: Date.now() }
      const { host: _, ...headers } = signedHeaders(toSign, STORAGE_CREDENTIALS)
      return fetch(url, { method, headers })
    },
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'close')
      await rm(directory, { recursive: true })
    },
  }
}

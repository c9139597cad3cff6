import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../faces/cli/a-world.ts'

const PROGRAM = join(import.meta.dirname, '../../../src/main/cli.ts')
const running: ChildProcess[] = []
const directories: string[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** The program as a process of its own, with nothing of this one's environment but what it needs. */
function program(args: readonly string[], directory: string, environment: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, CHANCERY_LOG_LEVEL: 'info', ...environment }
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: directory, env })
  running.push(child)
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (text.out += String(chunk)))
  child.stderr.on('data', (chunk) => (text.err += String(chunk)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...text }))
  /** Resolves when the standard error has said something that matches. */
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text.err)
      if (match !== null) return match
      if (child.exitCode !== null) throw new Error(`it ended: ${text.err}`)
      await Promise.race([once(child.stderr, 'data'), once(child, 'exit')])
    }
  }
  return { child, ended, said, text }
}
const place = (): string => {
  const directory = temporaryDirectory()
  directories.push(directory)
  return directory
}
const PORTS = { CHANCERY_API_PORT: '0', CHANCERY_PUBLIC_PORT: '0' }

describe('serve as a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'starts, serves a client, and ends with 0 on %s',
    async (signal) => {
      const directory = place()
      const server = program(['serve'], directory, PORTS)
      const [, url = ''] = await server.said(/^API +(https:\S+)$/m)
      const issued = await program(['certificate', 'issue', 'a.test', '--url', url], directory).ended
      expect(issued).toMatchObject({ code: 0, out: '' })
      expect(existsSync(join(directory, 'a.test.pem'))).toBe(true)
      server.child.kill(signal)
      const { code, out, err } = await server.ended
      expect(code).toBe(0)
      expect(err).toContain(`${signal}: letting requests finish`)
      const token = readFileSync(join(directory, 'data/admin-token'), 'utf8').trim()
      expect(statSync(join(directory, 'data/admin-token')).mode & 0o777).toBe(0o600)
      // Neither the log nor what a log collector sees of the greeting has the token.
      expect(token.length).toBeGreaterThan(20)
      expect(out + err).not.toContain(token)
      for (const line of out.trim().split('\n').filter(Boolean))
        expect(() => void JSON.parse(line)).not.toThrow()
    },
  )

  test('a wrong setting ends with 2 and is named, all of them at once', async () => {
    const environment = { ...PORTS, CHANCERY_BIND: 'nowhere', CHANCERY_COLOUR: 'blue' }
    const { code, err } = await program(['serve'], place(), environment).ended
    expect(code).toBe(2)
    expect(err).toContain('CHANCERY_BIND')
    expect(err).toContain('CHANCERY_COLOUR')
    expect(err).not.toContain('    at ')
  })

  test('a directory made for simulation isn’t opened otherwise', async () => {
    const directory = place()
    const made = await program(['init', '--simulation', '--data-dir', 'sim'], directory).ended
    expect(made.code).toBe(0)
    expect(made.err).toContain('serve --simulation')
    expect(existsSync(join(directory, 'sim/admin-token'))).toBe(true)
    const { code, err } = await program(['serve', '--data-dir', 'sim'], directory, PORTS).ended
    expect(code).toBe(6)
    expect(err).toContain('simulation')
  })
})

test('a reader that goes away is no error', async () => {
  const { child, ended } = program(['--help'], place())
  child.stdout?.destroy()
  expect((await ended).code).toBe(0)
})

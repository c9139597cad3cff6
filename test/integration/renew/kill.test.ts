import { spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/main/renew/config-schema.ts'
import { deploy, type Deployment } from '../../../src/main/renew/deploy.ts'
import { disk } from '../../../src/main/renew/disk.ts'
import { recover } from '../../../src/main/renew/journal.ts'
import { hasTool, runTool } from '../../support/tools.ts'

const script = join(import.meta.dirname, 'deploy-process.ts')
let work: string
type Version = { readonly cert: string; readonly key: string }
const versions: Version[] = []

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'chancery-kill-'))
  for (const number of [1, 2]) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    writeFileSync(join(work, 'key'), key)
    const args = [
      'req',
      '-x509',
      '-new',
      '-key',
      join(work, 'key'),
      '-subj',
      `/CN=version ${number}`,
      '-days',
      '9',
    ]
    versions.push({ cert: runTool('openssl', args).stdout, key })
  }
})
afterAll(() => rmSync(work, { recursive: true }))

/** A host with its first version on disk. */
function aHost(layout: 'directory' | 'files' | 'combined') {
  const home = mkdtempSync(join(work, 'host-'))
  const state = join(home, 'state')
  const base = layout === 'directory' ? '' : `${home}/`
  const files: Entry['files'] =
    layout === 'combined'
      ? [{ path: `${base}both.pem`, content: 'combined' }]
      : [
          { path: `${base}cert.pem`, content: 'fullchain' },
          { path: `${base}key.pem`, content: 'key' },
        ]
  const entry: Entry = {
    certificate: 'www.example.com',
    files,
    reload: ['/bin/sh', '-c', `echo x >>'${join(home, 'reloads')}'`],
    reloadSeconds: 60,
    ...(layout === 'directory' ? { directory: join(home, 'live') } : {}),
  }
  const at = (name: string): string => join(home, layout === 'directory' ? 'live' : '.', name)
  const write = (version: number): string => {
    const { cert, key } = versions[version - 1] as Version
    const contents = layout === 'combined' ? [cert + key] : [cert, key]
    const path = join(home, 'deployment.json')
    writeFileSync(path, JSON.stringify({ entry, version, fingerprint: `v${version}`, contents }))
    return path
  }
  const run = (version: number, more: Record<string, string> = {}) => {
    const env = { PATH: process.env['PATH'], STATE: state, DEPLOYMENT: write(version), ...more }
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script], {
      env,
      encoding: 'utf8',
    })
    return { status, signal, steps: Number(stdout), stderr }
  }
  const deployHere = async (version: number): Promise<void> => {
    const given = JSON.parse(readFileSync(write(version), 'utf8')) as Deployment & { contents: string[] }
    const contents = given.contents.map((text) => Buffer.from(text))
    const owners = () => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
    await deploy({ disk, state, owners, environment: process.env }, { ...given, contents })
  }
  /** Which version each name on disk has: 0 for none, undefined for what is no whole version of anything. */
  const seen = (): (number | undefined)[] =>
    (layout === 'combined' ? (['both.pem'] as const) : (['cert.pem', 'key.pem'] as const)).map((name) => {
      if (!existsSync(at(name))) return 0
      const text = readFileSync(at(name), 'utf8')
      const found = versions.findIndex(({ cert, key }) => [cert, key, cert + key].includes(text))
      return found === -1 ? undefined : found + 1
    })
  const left = (): string[] =>
    readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(new|old|journal)$|\/\.[^/]+$/.test(name),
    )
  return { state, run, deployHere, seen, left }
}

describe.runIf(hasTool('openssl')).each([
  ['directory', 0],
  ['directory', 1],
  ['files', 0],
  ['files', 1],
  ['combined', 1],
] as const)('kill -9, layout %s, in place of version %d', (layout, from) => {
  const hostBefore = async () => {
    const host = aHost(layout)
    await mkdir(host.state)
    if (from === 1) await host.deployHere(1)
    return host
  }

  test('at every step: never a half-written pair', async () => {
    const { steps } = (await hostBefore()).run(2)
    expect(steps).toBeGreaterThan(10)
    for (let at = 0; at < steps; at++) {
      const host = await hostBefore()
      expect(host.run(2, { KILL_AT: String(at) })).toMatchObject({ signal: 'SIGKILL' })
      const there = host.seen()
      // Every name has a whole version. By the link, and in one file, key and certificate are of one version at any time.
      expect(there).not.toContain(undefined)
      if (layout !== 'files') expect(new Set(there).size).toBe(1)
      // The next run first makes it one version, even if it is killed in its turn.
      if (at % 4 === 0) host.run(2, { KILL_AT: '1', RECOVER_ONLY: 'yes' })
      await recover(disk, host.state)
      expect(new Set(host.seen()).size, `killed at step ${at}`).toBe(1)
      expect(host.left()).toEqual([])
      await host.deployHere(2)
      expect(new Set(host.seen())).toEqual(new Set([2]))
    }
  }, 120_000)
})

test('what the test takes for a pair is one', () => {
  for (const { cert, key } of versions)
    expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true)
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasTool } from './tools.ts'

/** Where Debian and Fedora have it. */
const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((file) =>
  existsSync(file),
)
const PIN = '471100'

/** A SoftHSM token in a directory of its own. */
export type SoftHsm = {
  readonly module: string
  readonly label: string
  readonly pin: string
  readonly pinFile: string
  /** With SOFTHSM2_CONF, by which SoftHSM finds the token. */
  environment(): Readonly<Record<string, string | undefined>>
  /** Pulls the token out: what it is in is moved away. */
  pull(): void
  /** An empty place where the pulled one was. */
  makePlace(): void
  insert(): void
  /** One more token beside it. */
  addToken(label: string): void
  /** What pkcs11-tool prints, logged in unless told otherwise. @throws Error with what it says when it fails */
  pkcs11Tool(...args: readonly string[]): string
  remove(): void
}

/** Whether SoftHSM and the addon are here; says so loudly where they aren't, since tests are then skipped. */
export const hasSoftHsm = (): boolean =>
  hasTool('softhsm2-util', '--version') &&
  hasTool('pkcs11-tool', '--version') &&
  MODULE !== undefined &&
  hasAddon()

function hasAddon(): boolean {
  try {
    createRequire(import.meta.url)('pkcs11js')
    return true
  } catch {
    process.stderr.write('\n*** pkcs11js is missing: tests that need it are SKIPPED ***\n')
    return false
  }
}

/** @param settings more lines of softhsm2.conf */
export function createSoftHsm(label = 'chancery', settings: readonly string[] = []): SoftHsm {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-softhsm-'))
  const tokens = join(directory, 'tokens')
  const pinFile = join(directory, 'pin')
  const configuration = join(directory, 'softhsm2.conf')
  mkdirSync(tokens)
  writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 })
  const lines = [`directories.tokendir = ${tokens}`, 'log.level = ERROR', ...settings]
  writeFileSync(configuration, lines.map((line) => `${line}\n`).join(''))
  const environment = () => ({ ...process.env, SOFTHSM2_CONF: configuration })
  const run = (tool: string, args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(tool, args, { env: environment(), encoding: 'utf8' })
    if (status !== 0) throw new Error(`${tool}: ${stderr}${stdout}`)
    return stdout
  }
  const addToken = (name: string): void =>
    void run('softhsm2-util', ['--init-token', '--free', '--label', name, '--pin', PIN, '--so-pin', PIN])
  addToken(label)
  const module = MODULE ?? ''
  return {
    module,
    label,
    pin: PIN,
    pinFile,
    environment,
    pull: () => renameSync(tokens, `${tokens}.pulled`),
    makePlace: () => mkdirSync(tokens),
    insert: () => {
      rmSync(tokens, { recursive: true, force: true })
      renameSync(`${tokens}.pulled`, tokens)
    },
    addToken,
    pkcs11Tool: (...args) =>
      run('pkcs11-tool', ['--module', module, '--token-label', label, '--login', '--pin', PIN, ...args]),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

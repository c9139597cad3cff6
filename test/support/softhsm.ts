import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasTool, runTool } from './tools.ts'

/** Where Debian and Fedora have it. */
const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((file) =>
  existsSync(file),
)

/** A SoftHSM token in a directory of its own. */
export type SoftHsm = {
  readonly module: string
  readonly label: string
  readonly pin: string
  readonly directory: string
  /** The folder that the token is in: moving it away is pulling the token. */
  readonly tokens: string
  remove(): void
}

/** Whether SoftHSM and the addon are here; says so loudly where they aren't, since tests are then skipped. */
export function hasSoftHsm(): boolean {
  const found = hasTool('softhsm2-util', '--version') && MODULE !== undefined && hasAddon()
  if (!found && process.env['CHANCERY_CI'] === '1') throw new Error('SoftHSM or pkcs11js is missing')
  return found
}

function hasAddon(): boolean {
  try {
    createRequire(import.meta.url)('pkcs11js')
    return true
  } catch {
    process.stderr.write('\n*** pkcs11js is missing: tests that need it are SKIPPED ***\n')
    return false
  }
}

/** Makes an empty token, and points SoftHSM to it for this process and those that it starts. */
export function createSoftHsm(label = 'chancery'): SoftHsm {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-softhsm-'))
  const tokens = join(directory, 'tokens')
  mkdirSync(tokens)
  const configuration = join(directory, 'softhsm2.conf')
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nlog.level = ERROR\n`)
  process.env['SOFTHSM2_CONF'] = configuration
  addToken(label)
  return {
    module: MODULE ?? '',
    label,
    pin: PIN,
    directory,
    tokens,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const PIN = '4711'

/** One more token beside the others. @throws Error with what softhsm2-util says */
export function addToken(label: string): void {
  const args = ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '471147']
  const { status, stderr } = runTool('softhsm2-util', args)
  if (status !== 0) throw new Error(stderr)
}

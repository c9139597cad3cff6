import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { runCli } from '../../../src/faces/cli/program.ts'
import type { RenewalOutcome } from '../../../src/faces/cli/renewal.ts'
import { renewDue } from '../../../src/main/renew/renew.ts'
import { aWorld, noVerbs } from '../../faces/cli/a-world.ts'
import { ADMIN_TOKEN, temporaryDirectory } from '../support/servers.ts'

export type HostRun = {
  readonly code: number
  readonly out: string
  readonly err: string
  /** With `--json`. */
  readonly outcomes: readonly RenewalOutcome[]
}

/** A host of its own with a configuration, whose cron runs when a test says. */
export function aHost(url: string) {
  const directory = temporaryDirectory()
  const at = (name: string): string => join(directory, name)
  writeFileSync(at('token'), `${ADMIN_TOKEN}\n`, { mode: 0o600 })
  /** Writes renew.yaml: `certificates`, or the whole of it. */
  const configure = (certificates: unknown, more: object = {}): void =>
    writeFileSync(
      at('renew.yaml'),
      stringify({ server: { url, tokenFile: at('token') }, state: at('state'), certificates, ...more }),
    )
  /** @param days from now, as this host's clock has it */
  const run = async (args = '', days = 0): Promise<HostRun> => {
    const world = aWorld({ directory, now: Date.now })
    const now = (): number => Date.now() + days * 86_400_000
    const verbs = {
      ...noVerbs,
      renew: (options: Parameters<typeof renewDue>[0]) =>
        renewDue(options, { environment: process.env, now, random: () => 0 }),
    }
    const words = ['renew', '--config', 'renew.yaml', ...args.split(' ').filter((word) => word !== '')]
    const code = await runCli(words, world, verbs)
    const out = world.stdout.text()
    const outcomes = out.startsWith('{')
      ? (JSON.parse(out) as { certificates: RenewalOutcome[] }).certificates
      : []
    return { code, out, err: world.stderr.text(), outcomes }
  }
  return { directory, at, configure, run }
}

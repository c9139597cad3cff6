/**
 * Deploys one version to a host's disk and kills itself, unasked and at once, before the step that its environment
 * names: as if the power went. Prints the number of steps when it comes to its end.
 */
import { readFileSync } from 'node:fs'
import { disk, type Disk } from '../../../src/main/renew/disk.ts'
import { deploy, type Deployment } from '../../../src/main/renew/deploy.ts'
import { recover } from '../../../src/main/renew/journal.ts'

const { KILL_AT, STATE = '', DEPLOYMENT = '' } = process.env
const given = JSON.parse(readFileSync(DEPLOYMENT, 'utf8')) as Omit<Deployment, 'contents'> & {
  contents: string[]
}
let steps = 0

/** A disk that counts its changes. */
const watched = Object.fromEntries(
  Object.entries(disk).map(([name, change]) => [
    name,
    async (...all: unknown[]) => {
      const step = steps++
      if (String(step) === KILL_AT) process.kill(process.pid, 'SIGKILL')
      await (change as (...given: unknown[]) => Promise<void>)(...all)
    },
  ]),
) as unknown as Disk

const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
await recover(watched, STATE)
if (process.env['RECOVER_ONLY'] !== 'yes')
  await deploy(
    { disk: watched, state: STATE, owners: () => own, environment: process.env },
    { ...given, contents: given.contents.map((text) => Buffer.from(text)) },
  )
process.stdout.write(`${steps}\n`)

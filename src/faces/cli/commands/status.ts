import type { Command } from 'commander'
import { everyItem, type AuthoritySummaryJson, type InstallationJson } from '../../../contract/index.ts'
import { DAY } from '../../../core/domain/time.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { factsOf } from '../table.ts'
import { authorityColumns } from './authority-view.ts'

const SOON = 30 * DAY

/** `chancery status`: whether the server answers, what it is, and what its operator should look after. */
export function addStatus(program: Command, run: Run, version: string): void {
  program
    .command('status')
    .description('say whether the server answers, what it is, and what needs looking after')
    .option('--acknowledge-restore', 'say that the warning about a restore was read: it ends')
    .action(async (options: { acknowledgeRestore?: true }, command: Command) => {
      const context = contextOf(run, command)
      if (options.acknowledgeRestore === true) await (await context.server()).ask('acknowledgeRestore', {})
      await status(context, version)
    })
}

async function status(context: Context, version: string): Promise<void> {
  const { client, ask, url } = await context.server()
  const installation = await ask('describeInstallation', {})
  const authorities: AuthoritySummaryJson[] = []
  for await (const each of everyItem((cursor) => client.listAuthorities({ query: { cursor, limit: 1000 } })))
    authorities.push(each)
  if (context.json) {
    context.print(
      `{"installation":${installation.text.trim()},"authorities":${JSON.stringify(authorities)}}\n`,
    )
    return
  }
  const { mode, id, account, region, publicUrl } = installation.value
  context.print(
    factsOf([
      ['Server', `${url} answers, version ${installation.value.version}`],
      ['Mode', mode],
      ['Installation', id],
      ['Acting in', `account ${account}, region ${region}`],
      ['Public URL', publicUrl ?? 'not set'],
      ['This program', `chancery ${version}`],
    ]),
  )
  context.print('\n')
  context.table(authorityColumns(context.world.now()), authorities)
  const warnings = warningsOf(installation.value, authorities, context.world.now())
  if (warnings.length > 0) context.print('\n')
  for (const warning of warnings)
    context.print(`${context.styled('yellow', 'warning:')} ${factsOf([[warning, '']]).trim()}\n`)
}

/** The server's own warnings, and those about authorities that end soon, ended, or rest. */
export function warningsOf(
  installation: Pick<InstallationJson, 'warnings'>,
  authorities: readonly Pick<AuthoritySummaryJson, 'name' | 'status' | 'notAfter' | 'isDefault'>[],
  now: number,
): string[] {
  const soon = authorities
    .filter((each) => each.notAfter !== undefined && Date.parse(each.notAfter) - now < SOON)
    .map((each) =>
      Date.parse(each.notAfter ?? '') <= now
        ? `authority “${each.name}” has expired`
        : `authority “${each.name}” expires soon; make its successor now`,
    )
  const standing = authorities.some((each) => each.isDefault && each.status === 'ACTIVE')
  return [
    ...installation.warnings,
    ...soon,
    ...(standing ? [] : ['no active default authority: issuing needs --authority']),
  ]
}

import type { Command } from 'commander'
import type { SimulatedDecisionJson } from '../../../contract/schemas/simulated-access.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { several } from '../option-values.ts'
import type { Column } from '../table.ts'

type Options = {
  readonly action: readonly string[]
  readonly resource: readonly string[]
  readonly principal?: string
  readonly policy?: readonly string[]
  readonly fact?: readonly string[]
}

/** `chancery access simulate`. */
export function addAccess(program: Command, run: Run): void {
  program
    .command('access')
    .description('see what callers may do')
    .command('simulate')
    .description('say what somebody may, and which statement decides, without doing anything')
    .requiredOption(
      '--action <action>',
      'an action, such as acm-pca:IssueCertificate; may be repeated',
      several,
    )
    .requiredOption('--resource <arn>', 'what to do it to; may be repeated', several)
    .option('--principal <arn>', 'a user, a role or a role’s session (default: yourself)')
    .option('--policy <file>', 'a policy in place of what the principal has; may be repeated', several)
    .option(
      '--fact <key=value>',
      'what the call is like: aws:SourceIp=10.0.0.1; repeat it for several',
      several,
    )
    .action(async (options: Options, command: Command) => simulate(contextOf(run, command), options))
}

async function simulate(context: Context, options: Options): Promise<void> {
  const { action, resource, principal, policy, fact } = options
  const { ask } = await context.server()
  const answer = await ask('simulateAccess', {
    body: {
      actions: [...action],
      resources: [...resource],
      ...(principal === undefined ? {} : { principal }),
      ...(policy === undefined ? {} : { policies: { identity: await texts(context, policy) } }),
      ...(fact === undefined ? {} : { facts: factsFrom(fact) }),
    },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  context.table(COLUMNS, answer.value.decisions)
}

const texts = (context: Context, files: readonly string[]): Promise<string[]> =>
  Promise.all(
    files.map(async (file) => (await fileGiven(context.world.directory, file, '--policy')).toString('utf8')),
  )

/** A key that is given more than once has several values. */
function factsFrom(words: readonly string[]): Record<string, string | string[]> {
  const facts: Record<string, string | string[]> = {}
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw usage(`--fact: “${word}” is no condition key and value with “=” between them`)
    const [key, value] = [word.slice(0, at), word.slice(at + 1)]
    facts[key] = key in facts ? [facts[key] ?? [], value].flat() : value
  }
  return facts
}

const COLUMNS: readonly Column<SimulatedDecisionJson>[] = [
  { title: 'ACTION', value: (it) => it.action },
  { title: 'RESOURCE', value: (it) => it.resource },
  { title: 'ALLOWED', value: (it) => (it.allowed ? 'yes' : 'no') },
  { title: 'BECAUSE', value: (it) => it.because },
  { title: 'BY', value: (it) => (it.by === undefined ? '' : statementOf(it.by)) },
  { title: 'MISSING', value: (it) => it.missing.join(', ') },
]

const statementOf = ({ policy, statement, sid }: NonNullable<SimulatedDecisionJson['by']>): string =>
  `${policy}, statement ${statement}${sid === undefined ? '' : ` (${sid})`}`

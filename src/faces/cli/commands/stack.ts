import type { Command } from 'commander'
import type { StackJson, StackSummaryJson } from '../../../contract/index.ts'
import { HOUR } from '../../../core/domain/time.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { CliFailure } from '../failure.ts'
import { allOf, deleteWholeStack, endRollBack, workOn } from '../stacks/apply-stack.ts'
import { outputFacts } from '../stacks/output-text.ts'
import { removalLine } from '../stacks/plan-text.ts'
import { stackAt } from '../stacks/record.ts'
import { sessionFor } from '../stacks/session.ts'
import { suggestion } from '../stacks/template/problems.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { agreed } from './agreed.ts'
import { wholeList } from './whole-list.ts'

/** `chancery stack …`. */
export function addStack(program: Command, run: Run): void {
  const stack = program.command('stack').description('see and delete what was made from templates')
  stack
    .command('list')
    .description('list stacks by name')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  stack
    .command('show')
    .description('show what a stack has, and what its template wants told')
    .argument('<stack>', 'its name')
    .option('--output <name>', 'print just this output')
    .action(async (name: string, options: { output?: string }, command: Command) =>
      show(contextOf(run, command), name, options),
    )
  stack
    .command('roll-back')
    .description('go back to what there was before an apply that was stopped in the middle')
    .argument('<stack>', 'its name')
    .option('-y, --yes', 'do it without asking')
    .action(async (name: string, options: { yes?: true }, command: Command) =>
      rollBack(contextOf(run, command), name, options),
    )
  stack
    .command('delete')
    .description('take away everything that a stack has, save what is to be retained')
    .argument('<stack>', 'its name')
    .option('-y, --yes', 'do it without asking')
    .action(async (name: string, options: { yes?: true }, command: Command) =>
      remove(contextOf(run, command), name, options),
    )
}

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const all = await wholeList(context, (query) => ask('listStacks', { query }))
  if (all !== undefined) context.table(COLUMNS, all)
}

const COLUMNS: readonly Column<StackSummaryJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'STATUS', value: (it) => it.status },
  { title: 'CHANGED', value: (it) => momentOf(it.updatedAt) },
  { title: 'DESCRIPTION', value: (it) => it.description ?? '' },
]

async function show(context: Context, name: string, options: { output?: string }): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeStack', { params: { stack: name } })
  const stack = answer.value
  if (options.output !== undefined) {
    const output = stack.outputs[options.output]
    if (output !== undefined) return context.print(`${output.value.trimEnd()}\n`)
    const known = Object.keys(stack.outputs)
    throw new CliFailure(
      5,
      `the stack ${name} has no output ${options.output}${suggestion(options.output, known)}`,
    )
  }
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(factsOf(factsAbout(stack)))
  const rows = Object.entries(stack.resources).map(([logicalId, made]) => ({ logicalId, ...made }))
  if (rows.length === 0) return
  context.print('\n')
  context.table(
    [
      { title: 'RESOURCE', value: (it) => it.logicalId },
      { title: 'TYPE', value: (it) => it.type },
      { title: 'IS', value: (it) => `${it.physicalId}${it.ready ? '' : ' (not ready)'}` },
    ],
    rows,
  )
}

const factsAbout = (stack: StackJson): [string, string | undefined][] => [
  ['Stack', stack.name],
  ['ARN', stack.arn],
  ['Status', stack.status],
  ['Because', stack.reason],
  ['For', stack.description],
  ['Changed', momentOf(stack.updatedAt)],
  ...Object.entries(stack.parameters).map(([name, value]): [string, string] => [`Parameter ${name}`, value]),
  ...outputFacts(stack.name, stack.outputs).map(([name, value]): [string, string] => [
    `Output ${name}`,
    value,
  ]),
]

async function rollBack(context: Context, name: string, { yes }: { yes?: true }): Promise<void> {
  const session = await sessionFor(context, name, HOUR)
  const found = await stackAt(session, name)
  if (found === undefined) throw new CliFailure(5, `there is no stack ${name}`)
  if (found.status !== 'APPLYING' && found.status !== 'ROLLING_BACK')
    throw new CliFailure(6, `the stack ${name} is ${found.status}: there is nothing to go back from`)
  if (!(await agreed(context, yes, `Undo what the last apply of ${name} has done?`))) return
  await endRollBack(session, workOn(session, found))
  context.note(`The stack ${name} is what it was before.`)
}

async function remove(context: Context, name: string, { yes }: { yes?: true }): Promise<void> {
  // What is only begun is made first, so that it can be taken away; nobody waits for approvals meanwhile.
  const session = await sessionFor(context, name, HOUR)
  const found = await stackAt(session, name)
  if (found === undefined) throw new CliFailure(5, `there is no stack ${name}`)
  const record = workOn(session, found)
  for (const made of allOf(record))
    context.note(removalLine({ logicalId: made.logicalId, made, because: 'left over', retained: false }))
  const kept = Object.entries(record.document.resources).filter(([, it]) => it.deletionPolicy === 'Retain')
  for (const [logicalId, { type }] of kept) context.note(`  ${logicalId} (${type}) stays (Retain)`)
  if (!(await agreed(context, yes, `Delete the stack ${name}?`))) return
  await deleteWholeStack(session, record)
  context.note(`The stack ${name} is deleted.`)
}

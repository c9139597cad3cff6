import type { Command } from 'commander'
import { basename, extname } from 'node:path'
import { STACK_NAME } from '../../../core/domain/stacks.ts'
import { HOUR } from '../../../core/domain/time.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { factsOf } from '../table.ts'
import { fileGiven } from '../files.ts'
import { usage } from '../failure.ts'
import { several, span } from '../option-values.ts'
import { applyStack, endRollBack, refuseDeleting, workOn } from '../stacks/apply-stack.ts'
import { lookAt } from '../stacks/look.ts'
import { outputFacts } from '../stacks/output-text.ts'
import { isEmpty, planOf, type Plan, type Wanted } from '../stacks/plan.ts'
import { planJson, planText } from '../stacks/plan-text.ts'
import { stackAt, type StackRecord } from '../stacks/record.ts'
import { sessionFor } from '../stacks/session.ts'
import { parameterValues } from '../stacks/template/parameters.ts'
import { parseTemplate } from '../stacks/template/parse-template.ts'
import { agreed } from './agreed.ts'

export type ApplyOptions = {
  readonly stack?: string
  readonly parameter?: readonly string[]
  readonly plan?: true
  readonly yes?: true
  readonly wait: number
}

/** `chancery apply`. */
export function addApply(program: Command, run: Run): void {
  program
    .command('apply')
    .description(
      'make everything what a template in CloudFormation’s syntax says; shows first what that means',
    )
    .argument('<template>', 'file in YAML or JSON')
    .option('--stack <name>', 'what it is made for (default: the file’s name)')
    .option('-p, --parameter <name=value>', 'a parameter of the template; may be repeated', several)
    .option('--plan', 'only show what would be done')
    .option('-y, --yes', 'do it without asking')
    .option('--wait <span>', 'how long to wait for approvals and DNS records: 12h, 3d', span, HOUR)
    .action(async (template: string, options: ApplyOptions, command: Command) =>
      apply(contextOf(run, command), template, options),
    )
}

async function apply(context: Context, path: string, options: ApplyOptions): Promise<void> {
  const text = (await fileGiven(context.world.directory, path, 'template')).toString('utf8')
  const fileName = basename(path)
  const template = parseTemplate(text, fileName)
  const values = parameterValues(template, parametersFrom(options.parameter ?? []))
  const name = stackName(options.stack, path)
  const session = await sessionFor(context, name, options.wait)
  const wanted: Wanted = { template, fileName, values, place: session.place }
  const found = await stackAt(session, name)
  refuseDeleting(found)
  const record = workOn(session, found)
  if (record.document.status === 'ROLLING_BACK') {
    context.note(`The last apply of ${name} failed, and undoing it was stopped in the middle:`)
    if (options.plan === true) context.note('that is gone on with first, so this plan isn’t the last word.')
    else if (await agreed(context, options.yes, `Go on undoing it?`)) await endRollBack(session, record)
    else return
  }
  if (found?.status === 'APPLYING')
    context.note(`An apply of ${name} was stopped in the middle; this goes on.`)
  const { document } = record
  const live = await lookAt(session, document.resources)
  const plan = planOf(wanted, document.resources, live, document.leftovers)
  show(context, plan, options)
  if (options.plan === true) return
  if (!isSettled(record, plan, wanted)) {
    if (!(await agreed(context, options.yes, `Apply this to the stack ${name}?`))) return
    await applyStack(session, record, wanted, live)
    context.note(`The stack ${name} is what the template says.`)
  }
  await showOutputs(context, name, record)
}

function show(context: Context, plan: Plan, { plan: only }: ApplyOptions): void {
  if (only === true && context.json) context.print(`${JSON.stringify(planJson(plan), null, 2)}\n`)
  else if (only === true) context.print(planText(plan, context.styled))
  else context.note(planText(plan, (_, text) => text).trimEnd())
}

/** Whether there is nothing to be done, nor to be written down. */
function isSettled({ document, revision }: StackRecord, plan: Plan, { template, values }: Wanted): boolean {
  const shown = [...values].filter(([name]) => template.parameters.get(name)?.noEcho !== true)
  return (
    revision > 0 &&
    document.status === 'COMPLETE' &&
    isEmpty(plan) &&
    JSON.stringify(document.parameters) === JSON.stringify(Object.fromEntries(shown)) &&
    Object.keys(document.outputs).length === plan.outputs.size &&
    [...plan.outputs].every(([name, { value }]) => document.outputs[name]?.value === value)
  )
}

async function showOutputs(context: Context, name: string, { document }: StackRecord): Promise<void> {
  if (context.json) {
    const { ask } = await context.server()
    return context.print(jsonLine((await ask('describeStack', { params: { stack: name } })).text))
  }
  context.print(factsOf(outputFacts(name, document.outputs)))
}

/** `Name=value` each. @throws CliFailure with exit code 2 */
export function parametersFrom(texts: readonly string[]): ReadonlyMap<string, string> {
  const pairs = texts.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usage(`--parameter: Name=value is expected, not ${JSON.stringify(text)}`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  return new Map(pairs)
}

/** @throws CliFailure with exit code 2 for what is no name of a stack */
export function stackName(given: string | undefined, path: string): string {
  const name = given ?? basename(path, extname(path))
  if (STACK_NAME.test(name)) return name
  const rule = '1 to 128 letters, digits and hyphens, a letter first'
  throw usage(
    given === undefined
      ? `${name} can’t be the name of a stack: give one with --stack, ${rule}`
      : `--stack: the name of a stack is ${rule}`,
  )
}

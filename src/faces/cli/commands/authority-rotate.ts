import { Option, type Command } from 'commander'
import { ChanceryApiError, type RotationJson } from '../../../contract/index.ts'
import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { KmsName } from '../../../core/domain/kms.ts'
import { ROTATION_STEPS, type RotationStep } from '../../../core/domain/rotations.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { days, keyAlgorithm, kms } from '../option-values.ts'
import { factsOf } from '../table.ts'
import { quoted } from '../quoted.ts'

type Options = {
  readonly until: RotationStep
  readonly reverse?: true
  readonly status?: true
  readonly force?: true
  readonly name?: string
  readonly commonName?: string
  readonly keyAlgorithm?: KeyAlgorithm
  readonly kms?: KmsName
  readonly days?: number
}

/** `chancery authority rotate`. */
export function addRotate(authority: Command, run: Run): void {
  authority
    .command('rotate')
    .description('replace an authority by a successor with a new key, step by step; goes on where it stopped')
    .argument('<authority>', 'id, name or ARN of the authority to replace')
    .addOption(
      new Option('--until <step>', 'stop after this step').choices(ROTATION_STEPS).default('reissue'),
    )
    .option('--status', 'only show how far it is')
    .option('--reverse', 'undo it; possible until the last step, retire')
    .option('--force', 'retire the old authority although valid certificates depend on it')
    .option('--name <name>', 'name of the successor (default: “<name> G2”)')
    .option('--common-name <text>', 'common name of its subject (default: likewise)')
    .addOption(keyAlgorithm('algorithm of its key (default: the old one’s)'))
    .addOption(kms('where its key is kept (default: where the old one is)'))
    .addOption(days('how long it lasts (default: as long as the old one)'))
    .action(async (reference: string, options: Options, command: Command) =>
      rotate(contextOf(run, command), reference, options),
    )
}

async function rotate(context: Context, reference: string, options: Options): Promise<void> {
  const { ask } = await context.server()
  if (options.status === true && options.reverse === true) throw usage('--status goes without --reverse')
  const params = { authority: reference }
  if (options.status === true) return shown(context, reference, await ask('describeRotation', { params }))
  if (options.reverse === true) return shown(context, reference, await ask('reverseRotation', { params }))
  let answer = await running(context, reference, options)
  const last = ROTATION_STEPS.indexOf(options.until)
  while (answer.value.next !== undefined && ROTATION_STEPS.indexOf(answer.value.next) <= last) {
    const step = answer.value.next
    answer = await ask('advanceRotation', { params, body: options.force === true ? { force: true } : {} })
    context.note(`${step.padEnd(11)}${doneText(step, answer.value)}`)
  }
  shown(context, reference, answer)
}

type Answer = { readonly value: RotationJson; readonly text: string }

/** The rotation under way, or a new one. */
async function running(context: Context, reference: string, options: Options): Promise<Answer> {
  const { ask } = await context.server()
  const { name, commonName, keyAlgorithm: algorithm, kms: place, days: life } = options
  const params = { authority: reference }
  const latest = await ask('describeRotation', { params }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  if (latest !== undefined && latest.value.outcome === undefined) return latest
  return ask('startRotation', {
    params,
    body: {
      ...(name === undefined ? {} : { name }),
      ...(commonName === undefined ? {} : { subject: { commonName } }),
      ...(algorithm === undefined ? {} : { keyAlgorithm: algorithm }),
      ...(place === undefined ? {} : { kms: place }),
      ...(life === undefined ? {} : { days: life }),
    },
  })
}

/** No rotation yet, or no authority: which of the two, starting one says. */
const isNotFound = (error: unknown): boolean => error instanceof ChanceryApiError && error.status === 404

/** What a step has done, for people. */
function doneText(step: RotationStep, it: RotationJson): string {
  switch (step) {
    case 'create':
      return `the successor is “${it.successorName ?? ''}”`
    case 'cross-sign':
      return 'each is certified by the other, where their path lengths allow it'
    case 'publish':
      return 'certificates and the successor’s CRL are public'
    case 'switch':
      return `the successor issues${it.moved === 0 ? '' : `, and certified ${it.moved} authorities`}`
    case 'reissue':
      return `${it.reissued} certificates were issued anew, ${it.reissuable} are left`
    case 'retire':
      return 'the old authority issues nothing any more; its CRLs go on'
  }
}

function shown(context: Context, reference: string, { value, text }: Answer): void {
  if (context.json) return context.print(jsonLine(text))
  context.print(
    factsOf([
      ['Successor', value.successorName],
      ['Id', value.successor],
      ...value.steps.map(({ step, state }): [string, string] => [step, state]),
      ['Outcome', value.outcome],
      ['Issued anew', String(value.reissued)],
      ['Still chain to the old key', String(value.dependents)],
    ]),
  )
  if (value.outcome !== undefined) return
  const again = `chancery authority rotate ${quoted(reference)}`
  context.note(
    value.next === 'retire'
      ? `\nUntil the old authority is retired, all can be undone:\n  ${again} --reverse\nTo retire it${value.dependents > 0 ? `, once the ${value.dependents} certificates are replaced or have expired` : ''}:\n  ${again} --until retire`
      : `\nTo go on:\n  ${again}\nTo undo it:\n  ${again} --reverse`,
  )
}

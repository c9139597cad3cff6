import type { Context } from '../context.ts'
import { usage } from '../failure.ts'

/**
 * Whether it may be done: asks, unless that was said already.
 * @throws CliFailure with exit code 2 where nobody can be asked
 */
export async function agreed(context: Context, yes: true | undefined, question: string): Promise<boolean> {
  if (yes === true) return true
  const { stdin } = context.world
  if (!stdin.isTerminal)
    throw usage(
      'nothing was done: there is nobody to ask; add --yes, or --plan to see only what would be done',
    )
  const answer = await stdin.readLine(`${question} [y/N] `, true)
  if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) return true
  context.note('Nothing was done.')
  return false
}

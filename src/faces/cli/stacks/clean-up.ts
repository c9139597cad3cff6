import { CliFailure } from '../failure.ts'
import { KINDS } from './kinds/kinds.ts'
import { isPassing, messageOf } from './passing.ts'
import type { StackRecord } from './record.ts'
import type { Session } from './session.ts'

/**
 * Takes away what is left over, one thing after the other, and writes down each.
 * @throws CliFailure with exit code 1 naming what couldn't be taken away; the rest is
 */
export async function cleanUp(session: Session, record: StackRecord): Promise<void> {
  const failures: string[] = []
  for (const made of record.document.leftovers) {
    const { logicalId, type } = made
    try {
      const became = await KINDS[type].remove(session, made, 'unwanted')
      session.note(`- ${logicalId} (${type}) is taken away${became === undefined ? '' : `: ${became}`}`)
      const leftovers = record.document.leftovers.filter((each) => each !== made)
      await record.save({ leftovers })
    } catch (error) {
      if (isPassing(error)) throw error
      failures.push(`${logicalId} (${type}): ${messageOf(error)}`)
    }
  }
  if (failures.length > 0)
    throw new CliFailure(1, 'not everything could be taken away', [
      ...failures,
      'Do away with what is in the way, then call the same command again: it goes on here.',
    ])
}

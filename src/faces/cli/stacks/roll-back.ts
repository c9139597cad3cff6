import { CliFailure } from '../failure.ts'
import { isEqual } from './differences.ts'
import { KINDS } from './kinds/kinds.ts'
import { isPassing, messageOf } from './passing.ts'
import type { StackRecord } from './record.ts'
import type { Session } from './session.ts'
import { inReverse, isAmong, isSame, type Made, type Resources } from './state.ts'

/**
 * Goes back to what there was before the apply that failed, one resource after the other, and writes down each step.
 * What an apply replaces or gives up isn't taken away before all else is done, so it is all there still.
 * @returns what was undone, a line each
 * @throws CliFailure with exit code 1 naming what couldn't be undone
 */
export async function rollBack(
  session: Session,
  record: StackRecord,
  reason: string,
): Promise<readonly string[]> {
  await record.save({ status: 'ROLLING_BACK', reason: reason.slice(0, 2000), pending: undefined })
  const { baseline = {} } = record.document
  const undone: string[] = []
  const failures: string[] = []
  const told = (line: string): void => {
    undone.push(line)
    session.note(line)
  }
  for (const logicalId of inReverse(record.document.resources)) {
    try {
      const line = await undo(session, record, logicalId, baseline)
      if (line !== undefined) told(line)
    } catch (error) {
      if (isPassing(error)) throw error
      failures.push(`${logicalId}: ${messageOf(error)}`)
    }
  }
  for (const made of [...record.document.leftovers].reverse()) {
    try {
      const became = await KINDS[made.type].remove(session, made, 'undone')
      told(
        `- ${made.logicalId} (${made.type}) is taken away again${became === undefined ? '' : `: ${became}`}`,
      )
      await record.save({ leftovers: record.document.leftovers.filter((each) => each !== made) })
    } catch (error) {
      if (isPassing(error)) throw error
      failures.push(`${made.logicalId}: ${messageOf(error)}`)
    }
  }
  if (failures.length > 0)
    throw new CliFailure(1, `${reason}; and not everything could be undone`, [
      ...failures,
      'Do away with what is in the way, then apply again: it goes on undoing first.',
    ])
  await record.save({ status: 'ROLLED_BACK', baseline: undefined })
  return undone
}

/** @returns what was done; undefined where there was nothing to undo */
async function undo(
  session: Session,
  record: StackRecord,
  logicalId: string,
  baseline: Resources,
): Promise<string | undefined> {
  const { [logicalId]: now, ...others } = record.document.resources
  const then = baseline[logicalId]
  if (now === undefined) return undefined
  const kind = KINDS[now.type]
  const put = (made: Made | undefined): Promise<void> =>
    record.save({ resources: made === undefined ? others : { ...others, [logicalId]: made } })
  if (then === undefined || !isSame(now, then)) {
    const kept = isAmong(now, baseline)
    const became = kept ? 'it stays' : await kind.remove(session, { logicalId, ...now }, 'undone')
    await put(then)
    const again = then === undefined ? 'is taken away again' : 'is what it was; its replacement is taken away'
    return `- ${logicalId} (${now.type}) ${again}${became === undefined ? '' : `: ${became}`}`
  }
  if (isEqual(now.properties, then.properties)) {
    await put(then)
    return undefined
  }
  await kind.update(session, { logicalId, ...now }, then.properties)
  await put(then)
  return `~ ${logicalId} (${now.type}) is changed back`
}

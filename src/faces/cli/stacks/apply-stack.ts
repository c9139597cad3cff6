import { randomBytes } from 'node:crypto'
import type { StackJson } from '../../../contract/index.ts'
import { CliFailure, usage } from '../failure.ts'
import { carryOut, settle, settleUnwanted, unwanted, wantedOf } from './carry-out.ts'
import type { Live } from './change.ts'
import { cleanUp } from './clean-up.ts'
import { isPassing, messageOf } from './passing.ts'
import type { Wanted } from './plan.ts'
import { recordOf, type StackRecord } from './record.ts'
import { rollBack } from './roll-back.ts'
import type { Session } from './session.ts'
import { EMPTY_DOCUMENT, inReverse, isAmong } from './state.ts'
import { StepFailed } from './step-failed.ts'
import { StillWaiting } from './still-waiting.ts'

/** The record of a stack to work on. */
export const workOn = (session: Session, found: StackJson | undefined): StackRecord =>
  recordOf(session, found, EMPTY_DOCUMENT)

/** Goes back to what there was before an apply that was stopped in the middle, or that failed. */
export async function endRollBack(session: Session, record: StackRecord): Promise<void> {
  await settleUnwanted(session, record)
  await rollBack(session, record, record.document.reason ?? 'it was stopped in the middle')
}

/**
 * Carries a plan out: makes and changes, then takes away what isn't wanted. What fails is undone, up to where things
 * begin to be taken away.
 * @param live how everything was found to be when it was planned
 * @throws CliFailure
 */
export async function applyStack(
  session: Session,
  record: StackRecord,
  wanted: Wanted,
  live: ReadonlyMap<string, Live>,
): Promise<void> {
  await begin(record, wanted)
  try {
    await settle(session, record)
    await carryOut(session, record, wanted, live)
  } catch (error) {
    await failed(session, record, error)
  }
  const leftovers = unwanted(record, wanted)
  await record.save({
    status: leftovers.length === 0 ? 'COMPLETE' : 'CLEANING_UP',
    resources: wantedOf(record, wanted),
    baseline: undefined,
    leftovers,
  })
  if (leftovers.length === 0) return
  await cleanUp(session, record)
  await record.save({ status: 'COMPLETE' })
}

/** From here on there is something to go back to. One that was stopped in the middle goes back to what it began with. */
async function begin(record: StackRecord, { template, values }: Wanted): Promise<void> {
  const { status, operation, resources, baseline } = record.document
  const goesOn = status === 'APPLYING' && baseline !== undefined
  const shown = [...values].filter(([name]) => template.parameters.get(name)?.noEcho !== true)
  await record.save({
    status: 'APPLYING',
    operation: goesOn ? operation : randomBytes(8).toString('hex'),
    reason: undefined,
    description: template.description,
    parameters: Object.fromEntries(shown),
    baseline: goesOn ? baseline : resources,
  })
}

/** @throws always: what to say about what failed, after it is undone where that is possible */
async function failed(session: Session, record: StackRecord, error: unknown): Promise<never> {
  const again = `Call the same command again: it goes on where this one stopped.`
  if (error instanceof StillWaiting) throw new CliFailure(1, error.message, [again], error)
  if (isPassing(error)) {
    session.note(`Stopped in the middle. ${again}`)
    throw error
  }
  const reason = reasonOf(error)
  session.note(`! ${reason}`)
  session.note('What was done is undone:')
  const undone = await rollBack(session, record, reason)
  throw new CliFailure(1, reason, [
    undone.length === 0
      ? 'Nothing had been changed.'
      : `Everything else is what it was before: ${undone.length} undone.`,
  ])
}

const reasonOf = (error: unknown): string =>
  error instanceof StepFailed
    ? `${error.logicalId} (${error.type}): ${messageOf(error.cause)}`
    : messageOf(error)

/**
 * Takes away everything that a stack has, and then the stack.
 * @throws CliFailure; called again, it goes on
 */
export async function deleteWholeStack(session: Session, record: StackRecord): Promise<void> {
  await settleUnwanted(session, record)
  await record.save({ status: 'DELETING', baseline: undefined, resources: {}, leftovers: allOf(record) })
  await cleanUp(session, record)
  await record.forget()
}

/** Everything that a stack has, or that an apply that was stopped in the middle had, to be taken away in this order. */
export function allOf({ document }: StackRecord) {
  const { resources, baseline = {}, leftovers } = document
  const now = inReverse(resources).flatMap((logicalId) => {
    const made = resources[logicalId]
    return made === undefined || made.deletionPolicy === 'Retain' ? [] : [{ logicalId, ...made }]
  })
  const before = inReverse(baseline).flatMap((logicalId) => {
    const made = baseline[logicalId]
    const known = made === undefined || isAmong(made, resources) || made.deletionPolicy === 'Retain'
    return known ? [] : [{ logicalId, ...made }]
  })
  return [...now, ...before, ...leftovers]
}

/** @throws CliFailure for a stack that is being deleted */
export function refuseDeleting(found: StackJson | undefined): void {
  if (found?.status === 'DELETING')
    throw usage(
      `the stack ${found.name} is being deleted; finish that first: chancery stack delete ${found.name}`,
    )
}

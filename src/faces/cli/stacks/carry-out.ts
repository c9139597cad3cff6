import { randomBytes } from 'node:crypto'
import { changeOf, type Change, type Live } from './change.ts'
import { KINDS } from './kinds/kinds.ts'
import { namesFor, type KnownResource } from './names.ts'
import { outputsOf, wantedResources, type Wanted } from './plan.ts'
import type { StackRecord } from './record.ts'
import type { Session } from './session.ts'
import { isKnown, type JsonProperties, type Properties } from './shapes.ts'
import { inReverse, isAmong, type Leftover, type Made, type Pending } from './state.ts'
import { newProblems, refuseProblems } from './template/problems.ts'
import type { Resource } from './template/template.ts'
import { isPassing } from './passing.ts'
import { StepFailed } from './step-failed.ts'
import { StillWaiting } from './still-waiting.ts'
import type { TypeName } from './types/resource-types.ts'

/**
 * Makes everything what the template says, one resource after the other, and writes down each step before the next: what
 * is stopped in the middle is gone on with. Nothing is taken away yet.
 * @throws what the step that failed threw
 */
export async function carryOut(
  session: Session,
  record: StackRecord,
  wanted: Wanted,
  live: ReadonlyMap<string, Live>,
): Promise<void> {
  const known = new Map<string, KnownResource>()
  const problems = newProblems()
  for (const [logicalId, resource] of wantedResources(wanted, problems)) {
    const names = namesFor(wanted.template, wanted.values, wanted.place, known, problems)
    const before = record.document.resources[logicalId]
    const change = changeOf(logicalId, resource, names, before, live.get(logicalId), problems)
    refuseProblems(wanted.fileName, problems)
    const made = await step(logicalId, resource.type, () => carriedOut(session, record, change))
    known.set(logicalId, { ref: made.physicalId, attributes: made.attributes })
  }
  const outputs = [...outputsOf(wanted, known, problems)].map(
    ([name, { value = '', description }]) =>
      [name, { value, ...(description === undefined ? {} : { description }) }] as const,
  )
  refuseProblems(wanted.fileName, problems)
  await record.save({ outputs: Object.fromEntries(outputs) })
}

/** What a step does, with its name at whatever fails. What only stops it isn't a failure of its own. */
async function step<T>(logicalId: string, type: TypeName, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const own = error instanceof StepFailed || error instanceof StillWaiting || isPassing(error)
    throw own ? error : new StepFailed(logicalId, type, error)
  }
}

async function carriedOut(session: Session, record: StackRecord, change: Change): Promise<Made> {
  const { logicalId, action, before, resource } = change
  switch (action) {
    case 'create':
    case 'replace':
      await make(session, record, change)
      break
    case 'update': {
      if (before === undefined) break
      session.note(`~ ${logicalId} (${resource.type}) is changed`)
      const properties = known(change.properties)
      const attributes = await KINDS[resource.type].update(session, { logicalId, ...before }, properties)
      await put(record, logicalId, { ...before, ...standing(resource), properties, attributes })
      break
    }
    case 'keep':
      if (before !== undefined && !isStanding(before, resource))
        await put(record, logicalId, { ...before, ...standing(resource) })
  }
  return makeReady(session, record, logicalId)
}

/** What a template says about a resource besides its properties. */
const standing = ({ dependsOn, deletionPolicy, updateReplacePolicy }: Resource) => ({
  dependsOn: [...dependsOn],
  deletionPolicy,
  updateReplacePolicy,
})
const isStanding = (made: Made, resource: Resource): boolean => {
  const { dependsOn, deletionPolicy, updateReplacePolicy } = made
  return (
    JSON.stringify(standing(resource)) === JSON.stringify({ dependsOn, deletionPolicy, updateReplacePolicy })
  )
}

function known(properties: Properties): JsonProperties {
  if (isKnown(properties)) return properties
  throw new Error('something isn’t known although everything before it is there')
}

const put = (record: StackRecord, logicalId: string, made: Made): Promise<void> =>
  record.save({ resources: { ...record.document.resources, [logicalId]: made } })

/** Writes down what is about to be made, so that whoever goes on knows; then makes it. */
async function make(session: Session, record: StackRecord, change: Change): Promise<void> {
  const { logicalId, resource } = change
  const pending: Pending = {
    logicalId,
    type: resource.type,
    properties: known(change.properties),
    key: `stack-${randomBytes(16).toString('hex')}`,
    ...standing(resource),
  }
  await record.save({ pending })
  await settle(session, record)
}

/**
 * Makes what was about to be made, whether or not that had been done when somebody was stopped: the key sees to it that
 * it isn't done twice.
 */
export async function settle(session: Session, record: StackRecord): Promise<void> {
  const { pending, resources, leftovers } = record.document
  if (pending === undefined) return
  const { logicalId, type, properties, key, ...rest } = pending
  session.note(`+ ${logicalId} (${type}) is made`)
  const order = { logicalId, properties, key }
  const { physicalId, attributes } = await step(logicalId, type, () => KINDS[type].create(session, order))
  const ready = KINDS[type].ready === undefined
  const made: Made = { type, physicalId, ready, properties, attributes, ...rest }
  const next = { ...resources, [logicalId]: made }
  const before = resources[logicalId]
  await record.save({
    resources: next,
    pending: undefined,
    leftovers: [...leftovers, ...leftBehind(record, logicalId, before, next)],
  })
}

/** What this very apply has made and now replaces: nobody but the list of leftovers knows of it. */
function leftBehind(
  record: StackRecord,
  logicalId: string,
  before: Made | undefined,
  next: Readonly<Record<string, Made>>,
): readonly Leftover[] {
  if (before === undefined || isAmong(before, next) || isAmong(before, record.document.baseline ?? {}))
    return []
  return [{ logicalId, ...before }]
}

async function makeReady(session: Session, record: StackRecord, logicalId: string): Promise<Made> {
  const made = record.document.resources[logicalId]
  if (made === undefined) throw new Error(`${logicalId} isn’t there although it was made`)
  const { ready } = KINDS[made.type]
  if (made.ready || ready === undefined) return made
  const attributes = await ready(session, { logicalId, ...made })
  const whole: Made = { ...made, ready: true, attributes }
  await put(record, logicalId, whole)
  return whole
}

/** As `settle`, where what was about to be made isn't wanted: what can't be made needs no taking away. */
export async function settleUnwanted(session: Session, record: StackRecord): Promise<void> {
  try {
    await settle(session, record)
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    await record.save({ pending: undefined })
  }
}

/** What isn't wanted any more once everything is what the template says: to be taken away in this order. */
export function unwanted(record: StackRecord, wanted: Wanted): readonly Leftover[] {
  const { resources, baseline = {}, leftovers } = record.document
  const stays = Object.fromEntries(
    Object.entries(resources).filter(([logicalId]) => isWanted(logicalId, wanted)),
  )
  const before = {
    ...baseline,
    ...Object.fromEntries(Object.entries(resources).filter(([id]) => !(id in baseline))),
  }
  const going = inReverse(before).flatMap((logicalId): Leftover[] => {
    const made = before[logicalId]
    if (made === undefined || isAmong(made, stays)) return []
    const policy = logicalId in stays ? made.updateReplacePolicy : made.deletionPolicy
    return policy === 'Retain' ? [] : [{ logicalId, ...made }]
  })
  return [...going, ...leftovers.filter((made) => !isAmong(made, stays))]
}

const isWanted = (logicalId: string, wanted: Wanted): boolean =>
  wantedResources(wanted, newProblems()).some(([name]) => name === logicalId)

/** What a stack has once only what is wanted is left. */
export const wantedOf = (record: StackRecord, wanted: Wanted): Readonly<Record<string, Made>> =>
  Object.fromEntries(
    Object.entries(record.document.resources).filter(([logicalId]) => isWanted(logicalId, wanted)),
  )

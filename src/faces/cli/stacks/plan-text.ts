import type { Context } from '../context.ts'
import { visible } from '../visible.ts'
import type { Change } from './change.ts'
import type { Difference } from './differences.ts'
import { isEmpty, type Plan, type Removal } from './plan.ts'
import { Later, type Value } from './shapes.ts'
import { typeNamed } from './types/resource-types.ts'

const SIGNS = { create: '+', update: '~', replace: '±', keep: '=' } as const
const WORDS = {
  create: 'is made',
  update: 'is changed in place',
  replace: 'is replaced',
  keep: 'stays as it is',
} as const

/** A plan for people: what is done, in which order, and how each value changes. */
export function planText(plan: Plan, styled: Context['styled']): string {
  const lines = [
    ...plan.changes.filter(isWorthTelling).flatMap((change) => changeLines(change, styled)),
    ...plan.removals.map((removal) => removalLine(removal)),
    summary(plan),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** What stays as it is needs no line, unless somebody has changed it, or it is waited for. */
const isWorthTelling = ({ action, drift, before }: Change): boolean =>
  action !== 'keep' || drift.length > 0 || before?.ready === false

function changeLines(change: Change, styled: Context['styled']): string[] {
  const { logicalId, resource, action, differences, drift, before } = change
  const half =
    action === 'keep' && before?.ready === false ? 'isn’t ready yet: it is waited for' : WORDS[action]
  const head = `${SIGNS[action]} ${styled('bold', logicalId)} (${resource.type}) ${half}`

  return [
    head,
    ...drift.map((text) => `    ! ${visible(text)}`),
    ...differences.map((difference) => `    ${differenceText(difference, action)}`),
  ]
}

function differenceText(
  { path, before, after, change, secret }: Difference,
  action: Change['action'],
): string {
  const replaces =
    action === 'replace' && change === 'replacement' && before !== undefined ? '  (needs another one)' : ''
  if (secret) return `${path}: **** → ****${replaces}`
  if (before === undefined) return `${path}: ${valueText(after)}${replaces}`
  if (after === undefined) return `${path}: ${valueText(before)} → (none)${replaces}`
  return `${path}: ${valueText(before)} → ${valueText(after)}${replaces}`
}

const LONGEST = 60

function valueText(value: Value | undefined): string {
  if (value === undefined) return '(none)'
  if (value instanceof Later) return `(known once ${value.of} is there)`
  if (typeof value !== 'object') return shortened(String(value))
  return shortened(
    JSON.stringify(value, (_, inner: unknown) => (inner instanceof Later ? `(${inner.of})` : inner)),
  )
}

function shortened(text: string): string {
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)
  if (pem !== null) return `(${(pem[1] ?? '').toLowerCase()})`
  const line = visible(text)
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** What becomes of something that isn't wanted any more. */
export function removalLine({ logicalId, made, because, retained }: Removal): string {
  const what = `${logicalId} (${made.type}), ${because}`
  if (retained) return `  ${what}: stays, and the stack forgets it (Retain)`
  return `- ${what}: ${typeNamed(made.type).whenRemoved ?? 'is deleted'}`
}

function summary(plan: Plan): string {
  if (isEmpty(plan)) return 'Nothing is to be done.'
  const count = (action: Change['action']): number =>
    plan.changes.filter((change) => change.action === action).length
  const removed = plan.removals.filter(({ retained }) => !retained).length
  return (
    `${count('create')} to make, ${count('update')} to change in place, ${count('replace')} to replace, ` +
    `${removed} to take away; ${count('keep')} stay as they are.`
  )
}

/** The same for programs. */
export const planJson = (plan: Plan): object => ({
  changes: plan.changes.map(({ logicalId, resource, action, before, differences, drift }) => ({
    logicalId,
    type: resource.type,
    action,
    ...(before === undefined ? {} : { physicalId: before.physicalId }),
    differences: differences.map(({ path, before: old, after, change, secret }) => ({
      path,
      ...(old === undefined ? {} : { before: secret ? '****' : old }),
      ...(after === undefined ? {} : { after: secret ? '****' : laterAsNull(after) }),
      change,
    })),
    drift,
  })),
  removals: plan.removals.map(({ logicalId, made, because, retained }) => ({
    logicalId,
    type: made.type,
    physicalId: made.physicalId,
    because,
    retained,
  })),
})

const laterAsNull = (value: Value): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner instanceof Later ? null : inner)))

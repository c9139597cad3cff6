import type { AccountId, Region } from './ids.ts'
import type { Millis } from './time.ts'

/** How a stack stands: what ends in -ING is under way, or was when whoever did it was stopped. */
export const STACK_STATUSES = [
  'APPLYING',
  'COMPLETE',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'CLEANING_UP',
  'DELETING',
] as const
export type StackStatus = (typeof STACK_STATUSES)[number]

/** CloudFormation's: letters, digits and hyphens, a letter first. */
export const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/

/**
 * What was made from a template, and what is about to be. The server keeps it, whole, for whoever applies the template
 * next, from whichever machine; what stands in it is theirs to say.
 */
export type Stack = {
  readonly id: string
  readonly account: AccountId
  readonly region: Region
  readonly name: string
  /** Grows by one with each change: nobody overwrites what they haven't seen. */
  readonly revision: number
  readonly status: StackStatus
  readonly description: string | undefined
  /** Everything else, as JSON. */
  readonly document: Readonly<Record<string, unknown>>
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

import type { StackDocumentJson, StackJson, StackSummaryJson } from '../../../contract/schemas/stacks.ts'
import { arns } from '../../../core/domain/arns.ts'
import type { Stack } from '../../../core/domain/stacks.ts'
import { isoOf } from '../../../core/domain/time.ts'

/** A stack as lists show it. */
export const stackSummaryJson = (stack: Stack): StackSummaryJson => ({
  id: stack.id,
  arn: arns.stack(stack, stack.name),
  account: stack.account,
  region: stack.region,
  name: stack.name,
  revision: stack.revision,
  createdAt: isoOf(stack.createdAt),
  updatedAt: isoOf(stack.updatedAt),
  status: stack.status,
  ...(stack.description === undefined ? {} : { description: stack.description }),
})

/** A stack with its document as it was put: the schema has checked it then. */
export const stackJson = (stack: Stack): StackJson => ({
  ...(stack.document as Omit<StackDocumentJson, 'status' | 'description'>),
  ...stackSummaryJson(stack),
})

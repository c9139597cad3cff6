import type { StackJson } from '../../../contract/index.ts'

/** A stack's outputs as facts, a line each; what has several lines is told how to get. */
export const outputFacts = (name: string, outputs: StackJson['outputs']): [string, string][] =>
  Object.entries(outputs).map(([key, { value }]) => [
    key,
    value.includes('\n') ? `(several lines: chancery stack show ${name} --output ${key})` : value,
  ])

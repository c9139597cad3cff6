import { parsePolicy } from './parse-policy.ts'
import type { Policy, PolicyKind } from './policy.ts'

/** A statement as IAM writes it; what is in it the parser checks. */
export type StatementDocument = Readonly<Record<string, unknown>>

/** A policy of these statements, as a person reads it. */
export const documentOf = (statements: readonly StatementDocument[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)

/**
 * A policy from statements that stand in the program.
 * @throws request_invalid as parsePolicy
 */
export const policyOf = (
  name: string,
  statements: readonly StatementDocument[],
  kind: PolicyKind = 'identity',
): Policy => parsePolicy(documentOf(statements), kind, name)

import type { Arn } from './arns.ts'
import { ChanceryError } from './errors.ts'
import type { AccountId } from './ids.ts'

/** What a caller who proved something elsewhere wants to be: the ARN of a role (`Chancery-Role`). */
export type WantedRole = { readonly arn: Arn; readonly account: AccountId }

/** A role's ARN with its account; undefined for what is none. */
export function wantedRoleFrom(text: string): WantedRole | undefined {
  const account = /^arn:aws:iam::([0-9]{12}):role\/[\w+=,.@-]{1,64}$/.exec(text)?.[1]
  return account === undefined ? undefined : { arn: text as Arn, account: account as AccountId }
}

/**
 * The one role that somebody acts in: the one asked for, if it may be taken on; without such a wish the only one there is.
 * Never the first of several: that a second mapping is made must not change who somebody is; and never one of another
 * account than that which says so.
 */
export function chosenRole(
  mapped: readonly Arn[],
  account: AccountId,
  wanted: WantedRole | undefined,
): { readonly role: Arn } | { readonly problem: string } {
  const possible = [...new Set(mapped)].filter((arn) => wantedRoleFrom(arn)?.account === account)
  if (wanted !== undefined)
    return possible.includes(wanted.arn) ? { role: wanted.arn } : { problem: 'is not mapped to that role' }
  const [role, ...others] = possible
  if (role === undefined) return { problem: 'is mapped to no role' }
  return others.length === 0 ? { role } : { problem: 'is mapped to several roles; Chancery-Role says which' }
}

/** Refuses such a wish of whoever stands for one identity and no other. @throws request_invalid */
export function refuseWanted(wanted: WantedRole | undefined): void {
  if (wanted === undefined) return
  const message =
    'goes with a client certificate or a token of an identity provider; other credentials stand for one identity'
  throw new ChanceryError('request_invalid', `Chancery-Role: ${message}`, {
    violations: [{ code: 'role_unexpected', field: 'Chancery-Role', message }],
  })
}

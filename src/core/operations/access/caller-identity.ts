import type { Principal } from '../../domain/access.ts'
import type { Arn } from '../../domain/arns.ts'
import type { AccountId } from '../../domain/ids.ts'

/** As STS's GetCallerIdentity. */
export type CallerIdentity = {
  readonly account: AccountId
  readonly arn: Arn
  /** Unique for good: a user's `AIDA…`, `AROA…:<session>`, a token's id. */
  readonly userId: string
  readonly credential: string | undefined
}

/** Who calls. As in AWS nobody needs a right for that: it says what the caller has proved already. */
export const callerIdentity = ({ account, arn, id, facts, credential }: Principal): CallerIdentity => {
  const userId = facts['aws:userid']
  return { account, arn, userId: typeof userId === 'string' ? userId : id, credential }
}

import { callerIdentity } from '../../../../core/operations/access/caller-identity.ts'
import type { HandlersOf } from '../../service.ts'
import type { STS } from '../../services/sts/service.ts'

/** Who calls. */
export const stsHandlers = (): HandlersOf<typeof STS.operations> => ({
  GetCallerIdentity: ({ principal }) => {
    const { account, arn, userId } = callerIdentity(principal)
    return Promise.resolve({ Account: account, Arn: arn, UserId: userId })
  },
})

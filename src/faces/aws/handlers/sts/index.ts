import { ChanceryError } from '../../../../core/domain/errors.ts'
import { parsePolicy } from '../../../../core/domain/policies/parse-policy.ts'
import { assumeRole } from '../../../../core/operations/access/assume-role.ts'
import { callerIdentity } from '../../../../core/operations/access/caller-identity.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { HandlersOf, InputOf } from '../../service-model.ts'
import type { STS } from '../../models/sts/model.ts'

type AssumeRole = (typeof STS)['operations']['AssumeRole']

/** Members that would change what a session is, and that sessions here don't have: they can't be passed over. */
const NOT_HERE = {
  Tags: 'sessions have no tags here',
  TransitiveTagKeys: 'sessions have no tags here',
  SerialNumber: 'there is no multi-factor authentication here',
  TokenCode: 'there is no multi-factor authentication here',
  SourceIdentity: 'sessions have no source identity here; the audit trail names who took the role on',
  ProvidedContexts: 'sessions have no contexts here',
} as const satisfies Partial<Record<keyof InputOf<AssumeRole>, string>>

/** Who calls, and as whom it goes on. */
export const stsHandlers = (ports: Ports): HandlersOf<typeof STS.operations> => ({
  GetCallerIdentity: ({ principal }) => {
    const { account, arn, userId } = callerIdentity(principal)
    return Promise.resolve({ Account: account, Arn: arn, UserId: userId })
  },

  AssumeRole: async ({ principal, input }) => {
    refuseUnknown(input)
    refuseMalformed(input.Policy)
    const { Policy, PolicyArns = [], DurationSeconds, ExternalId } = input
    const session = await assumeRole(ports, principal, {
      role: roleArn(input.RoleArn),
      session: input.RoleSessionName,
      policyArns: PolicyArns.map(({ arn = '' }) => arn),
      ...(Policy === undefined ? {} : { policies: [Policy] }),
      ...(DurationSeconds === undefined ? {} : { seconds: DurationSeconds }),
      ...(ExternalId === undefined ? {} : { externalId: ExternalId }),
    })
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secret,
        SessionToken: session.sessionToken,
        Expiration: session.expiresAt,
      },
      AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    }
  },
})

function refuseUnknown(input: InputOf<AssumeRole>): void {
  for (const [member, why] of Object.entries(NOT_HERE)) {
    const given = input[member as keyof typeof NOT_HERE]
    if (given !== undefined && given.length > 0) throw new AwsRefusal('ValidationError', `${member}: ${why}`)
  }
}

/** The service has a type of its own for it. */
function refuseMalformed(policy: string | undefined): void {
  if (policy === undefined) return
  try {
    parsePolicy(policy, 'scope', 'session', 'Policy')
  } catch (error) {
    if (error instanceof ChanceryError) throw new AwsRefusal('MalformedPolicyDocument', error.message)
    throw error
  }
}

/** The core knows roles by their names too. */
function roleArn(text: string): string {
  if (text.startsWith('arn:')) return text
  throw new AwsRefusal('ValidationError', `${text.slice(0, 100)} is invalid: an ARN of a role is expected`)
}

import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/core/domain/access.ts'
import { userIdentityOf } from '../../../src/core/domain/audit-identity.ts'
import { DEFAULT_GLOBAL_REGION, type AccountId } from '../../../src/core/domain/ids.ts'

const actor = (kind: Actor['kind'], id: string, credential?: string): Actor => ({
  kind,
  id,
  account: '111122223333' as AccountId,
  region: DEFAULT_GLOBAL_REGION,
  ...(credential === undefined ? {} : { credential }),
})

describe('who did something, as CloudTrail has it', () => {
  it.each([
    [
      actor('user', 'user/alice', 'access-key/AKIAEXAMPLE'),
      {
        type: 'IAMUser',
        userName: 'alice',
        arn: 'arn:aws:iam::111122223333:user/alice',
        accessKeyId: 'AKIAEXAMPLE',
      },
    ],
    [
      actor('role', 'role/deployer/run-17'),
      {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::111122223333:assumed-role/deployer/run-17',
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            arn: 'arn:aws:iam::111122223333:role/deployer',
            userName: 'deployer',
            accountId: '111122223333',
          },
        },
      },
    ],
    [actor('user', 'user/bob', 'token/0197'), { type: 'IAMUser', credentialId: 'token/0197' }],
    [actor('token', 'token/0197'), { type: 'Role', principalId: 'token/0197' }],
    [actor('key', 'key/ab'), { type: 'Unknown' }],
    [actor('system', 'system/jobs'), { type: 'AWSService', invokedBy: 'chancery.local' }],
  ])('%#: $kind', (who, expected) => {
    const identity = userIdentityOf(who, undefined)
    expect(identity).toMatchObject({ ...expected, accountId: '111122223333', principalId: who.id })
  })

  it('names the service on whose behalf it was', () => {
    expect(userIdentityOf(actor('token', 'token/1'), 'acm.amazonaws.com')['invokedBy']).toBe(
      'acm.amazonaws.com',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { authorize } from '../../../../src/core/domain/access.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import { ChanceryError } from '../../../../src/core/domain/errors.ts'
import { SYSTEM_ACCOUNT } from '../../../../src/core/domain/ids.ts'
import { MINUTE } from '../../../../src/core/domain/time.ts'
import { recordCalls } from '../../../../src/core/operations/audit/record-calls.ts'
import { trailIn, verifyAudit } from '../../../../src/main/verify-audit.ts'
import { dirname } from 'node:path'
import { auditTrail, rowsOf } from '../database.ts'
import { aPrincipal, barePorts, type TestPorts } from '../ports.ts'

const ALL = { reads: true, refusals: true }
const STRANGER = {
  requestId: 'request-1',
  sourceAddress: '192.0.2.7',
  userAgent: 'curl/8',
  listener: 'api',
  secure: true,
}
const call = { name: 'DescribeCertificate', readOnly: true, parameters: { id: 'a.b' } }
const denied = new ChanceryError('forbidden', 'token/1 may not acm-pca:GetCertificate', {
  details: { action: 'acm-pca:GetCertificate' },
})
const recorded = ({ database }: TestPorts) => auditTrail(database).slice(1)
const accountsOf = ({ database }: TestPorts) =>
  rowsOf<{ accountId: string }>(database, 'SELECT accountId FROM AuditEvent WHERE id > 1').map(
    ({ accountId }) => accountId,
  )

describe('calls that change nothing', () => {
  it('are recorded only where that is wanted', async () => {
    await using given = await barePorts()
    const none = recordCalls(given.ports, { reads: false, refusals: false })
    await none.read(given.admin, call)
    await none.refused(given.admin, call, denied)
    await recordCalls(given.ports, ALL).read(given.admin, { ...call, readOnly: false })
    expect(recorded(given)).toEqual([])
  })

  it('a read is an event of its caller, with what was asked for', async () => {
    await using given = await barePorts()
    await recordCalls(given.ports, ALL).read(given.admin, call)
    expect(recorded(given)).toMatchObject([
      {
        eventName: 'DescribeCertificate',
        eventSource: 'chancery.local',
        readOnly: true,
        requestParameters: { id: 'a.b' },
        userIdentity: { principalId: given.admin.id },
        recipientAccountId: given.admin.account,
      },
    ])
    expect(recorded(given)[0]).not.toHaveProperty('errorCode')
  })

  it('a read that can’t be recorded isn’t answered, and a refusal is one all the same', async () => {
    await using given = await barePorts()
    const failing = { ...given.ports.store, transact: () => Promise.reject(new Error('no disk')) }
    const audit = recordCalls({ ...given.ports, store: failing }, ALL)
    await expect(audit.read(given.admin, call)).rejects.toThrow('no disk')
    await audit.refused(given.admin, call, denied)
    expect(given.log.map(({ message }) => message)).toContain('a refused call could not be recorded')
  })

  it('a refusal has the code and text that CloudTrail has, and what access was refused to', async () => {
    await using given = await barePorts()
    const reader = aPrincipal({ role: 'issuer' })
    const arn = arns.user(reader.account, 'somebody')
    const refused = (): unknown => {
      try {
        authorize(reader, 'iam:DeleteUser', arn)
        return undefined
      } catch (error) {
        return error
      }
    }
    const asked = { name: 'RemoveUser', readOnly: false }
    await recordCalls(given.ports, ALL).refused(reader, asked, refused())
    expect(recorded(given)).toMatchObject([
      {
        eventName: 'RemoveUser',
        eventSource: 'iam.amazonaws.com',
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining('may not iam:DeleteUser') as string,
        readOnly: false,
        resources: [{ ARN: arn }],
        requestParameters: null,
      },
    ])
  })

  it('whoever couldn’t say who it is belongs to no account', async () => {
    await using given = await barePorts()
    const unknown = new ChanceryError('unauthenticated', 'The bearer token is unknown, expired or revoked')
    await recordCalls(given.ports, ALL).refused(STRANGER, call, unknown)
    expect(accountsOf(given)).toEqual([SYSTEM_ACCOUNT])
    expect(recorded(given)).toMatchObject([
      {
        errorCode: 'UnrecognizedClientException',
        sourceIPAddress: '192.0.2.7',
        userAgent: 'curl/8',
        requestID: 'request-1',
        userIdentity: { type: 'Unknown' },
      },
    ])
  })

  it.each(['not_found', 'request_invalid', 'throttled', 'internal'] as const)(
    '%s is no refusal of access',
    async (code) => {
      await using given = await barePorts()
      await recordCalls(given.ports, ALL).refused(given.admin, call, new ChanceryError(code, 'x'))
      await recordCalls(given.ports, ALL).refused(given.admin, call, new Error('x'))
      expect(recorded(given)).toEqual([])
    },
  )

  it('parameters of any size don’t fill the disk', async () => {
    await using given = await barePorts()
    await recordCalls(given.ports, ALL).read(given.admin, { ...call, parameters: { id: 'a'.repeat(5000) } })
    expect(recorded(given)).toMatchObject([{ requestParameters: null }])
  })
})

describe('attack: whoever is refused on purpose', () => {
  it('fills no disk and drives nobody else’s out: thirty a minute of each account, the rest is counted', async () => {
    await using given = await barePorts()
    const audit = recordCalls(given.ports, ALL)
    const other = aPrincipal({ account: '999988887777' as typeof given.admin.account })
    for (let n = 0; n < 100; n++) await audit.refused(given.admin, call, denied)
    for (let n = 0; n < 100; n++)
      await audit.refused(STRANGER, call, new ChanceryError('unauthenticated', ''))
    await audit.refused(other, call, denied)
    const accounts = accountsOf(given)
    const count = (account: string) => accounts.filter((each) => each === account).length
    expect([count(given.admin.account), count(SYSTEM_ACCOUNT), count(other.account)]).toEqual([30, 30, 1])
    given.clock.set(given.clock.now() + MINUTE)
    await audit.refused(given.admin, call, denied)
    await audit.refused(given.admin, call, denied)
    const [before, last] = recorded(given).slice(-2)
    expect(before).toMatchObject({ additionalEventData: { refusalsNotRecorded: 70 } })
    expect(last).not.toHaveProperty('additionalEventData')
    const options = { checkpoints: [], publicKey: undefined, acceptRestores: false }
    const verified = await verifyAudit({ ...trailIn(dirname(given.database)), ...options })
    expect(verified.findings).toEqual([])
  })
})

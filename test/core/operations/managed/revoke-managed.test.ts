import { describe, expect, it } from 'vitest'
import { certificateIdOf } from '../../../../src/core/domain/ids.ts'
import { managedStatus, type ManagedCertificate } from '../../../../src/core/domain/managed-certificates.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { markKeyCompromised } from '../../../../src/core/operations/keys/mark-compromised.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { revokeManaged } from '../../../../src/core/operations/managed/revoke-managed.ts'
import { managedPorts, type ManagedPorts } from './managed.ts'

const certificateId = ({ current }: ManagedCertificate) =>
  certificateIdOf(current?.authority as never, current?.serial as never)

const WAYS: Record<string, (given: ManagedPorts, managed: ManagedCertificate) => Promise<unknown>> = {
  'by itself': ({ ports, admin }, { id }) => revokeManaged(ports, admin, { id, reason: 'keyCompromise' }),
  'as the certificate that it is': ({ ports, admin }, managed) =>
    revokeCertificate(ports, admin, { id: certificateId(managed), reason: 'keyCompromise' }),
  'because its key is marked compromised': ({ ports, admin }, managed) =>
    markKeyCompromised(ports, admin, { certificateId: certificateId(managed) }),
}

describe.each(Object.entries(WAYS))('revoked %s', (_, revoke) => {
  it('it is REVOKED, told of once, and not renewed any more, although it is in use', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const managed = await given.request()
    const resourceArn = `arn:aws:elasticloadbalancing:us-east-1:${admin.account}:loadbalancer/a`
    await associate(ports, admin, { id: managed.id, resourceArn })
    await revoke(given, managed)
    const revoked = await given.now(managed)
    expect(managedStatus(revoked, given.calendar.now())).toBe('REVOKED')
    expect(revoked.revocation?.reason).toBe('keyCompromise')
    const { items } = await ports.store.reads.events.list(
      admin,
      { about: managed.id },
      { limit: 10, after: undefined },
    )
    expect(items.map(({ name }) => name)).toEqual(['AVAILABLE', 'REVOKED'])
    await expect(renewManaged(ports, admin, managed.id)).rejects.toMatchObject({ code: 'state_conflict' })
    given.pass(350 * DAY)
    expect(await given.turn()).toMatchObject({ issued: 0 })
    const listed = await ports.store.reads.managed.list(admin, { status: 'REVOKED' }, given.calendar.now(), {
      limit: 10,
      after: undefined,
    })
    expect(listed.items.map(({ id }) => id)).toEqual([managed.id])
  })
})

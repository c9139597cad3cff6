import { expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { requestManaged } from '../../../../src/core/operations/managed/request-managed.ts'
import { createShare } from '../../../../src/core/operations/sharing/create-share.ts'
import { acceptInvitation, listInvitations } from '../../../../src/core/operations/sharing/invitations.ts'
import {
  createServicePermission,
  deleteServicePermission,
  getServicePermission,
} from '../../../../src/core/operations/sharing/service-permission.ts'
import { deleteShare } from '../../../../src/core/operations/sharing/update-share.ts'
import { managedPorts, type ManagedPorts } from '../managed/managed.ts'
import { aPrincipal } from '../ports.ts'

const BORROWER = '444455556666' as AccountId
const borrower = aPrincipal({ account: BORROWER, role: 'administrator', id: 'token/borrower' })

const use = (given: ManagedPorts, principal: Principal, id: string) =>
  associate(given.ports, principal, {
    id,
    resourceArn: `arn:aws:elasticloadbalancing:us-east-1:${principal.account}:loadbalancer/app/shop/1`,
  })

test('a managed certificate from another account’s authority is the borrower’s, and is renewed while it is shared', async () => {
  await using given = await managedPorts()
  const { ports, admin } = given
  const authority = await ports.store.reads.authorities.default(admin)
  const arn = `arn:aws:acm-pca:us-east-1:${admin.account}:certificate-authority/${authority?.id}`
  const { share } = await createShare(ports, admin, { name: 's', authorities: [arn], principals: [BORROWER] })
  const [invitation] = (await listInvitations(ports, borrower, { limit: 1, after: undefined })).items
  await acceptInvitation(ports, borrower, invitation?.id ?? '')
  const managed = await requestManaged(ports, borrower, { domainName: 'www.example.com', authority: arn })
  expect(managed).toMatchObject({ account: BORROWER, status: 'ISSUED', authority: authority?.id })
  const { serial } = managed.current ?? {}
  const recorded = await ports.store.reads.certificates.recorded(authority?.id as never, serial as never)
  expect(recorded).toMatchObject({ account: BORROWER, lender: admin.account })
  await exportManaged(ports, borrower, { id: managed.id, form: { format: 'pem' } })
  await use(given, borrower, managed.id)
  given.pass(340 * DAY)
  expect(await given.turn()).toMatchObject({ issued: 1 })
  await deleteShare(ports, admin, share.id)
  given.pass(340 * DAY)
  expect(await given.turn()).toMatchObject({ issued: 0 })
  expect((await describeManaged(ports, borrower, managed.id)).managed).toMatchObject({
    current: { number: 2 },
    renewal: { status: 'FAILED', reason: expect.stringContaining('PCA_RESOURCE_NOT_FOUND') },
  })
})

test('without its permission for acm.amazonaws.com an authority serves no managed certificate (contract §5.5)', async () => {
  await using given = await managedPorts()
  const { ports, admin } = given
  const managed = await given.request()
  await use(given, admin, managed.id)
  const authority = managed.authority ?? ''
  expect(await getServicePermission(ports, admin, authority)).toMatchObject({
    actions: ['IssueCertificate', 'GetCertificate', 'ListPermissions'],
  })
  await deleteServicePermission(ports, admin, authority)
  expect(await getServicePermission(ports, admin, authority)).toBeUndefined()
  const refused = {
    code: 'policy_refused',
    violations: [{ code: 'service_not_permitted', message: expect.stringContaining('acm.amazonaws.com') }],
  }
  await expect(given.request()).rejects.toMatchObject(refused)
  await expect(renewManaged(ports, admin, managed.id)).rejects.toMatchObject(refused)
  given.pass(340 * DAY)
  expect(await given.turn()).toMatchObject({ issued: 0 })
  expect((await given.now(managed)).renewal?.reason).toMatch(
    /^PCA_ACCESS_DENIED: .*permit acm\.amazonaws\.com/,
  )
  // Some of it isn’t enough.
  await createServicePermission(ports, admin, { authority, actions: ['IssueCertificate'] })
  await expect(renewManaged(ports, admin, managed.id)).rejects.toMatchObject(refused)
  await deleteServicePermission(ports, admin, authority)
  await createServicePermission(ports, admin, { authority })
  await expect(createServicePermission(ports, admin, { authority })).rejects.toMatchObject({
    code: 'already_exists',
  })
  expect((await renewManaged(ports, admin, managed.id)).current?.number).toBe(2)
})

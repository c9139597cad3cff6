import { describe, expect, it } from 'vitest'
import type { Region } from '../../../../src/core/domain/ids.ts'
import { regionLockRefusal, resourceArnFrom } from '../../../../src/core/domain/region-lock.ts'
import { associate, dissociate } from '../../../../src/core/operations/managed/associations.ts'
import { deleteManaged } from '../../../../src/core/operations/managed/delete-managed.ts'
import { requestManaged } from '../../../../src/core/operations/managed/request-managed.ts'
import { createAuthority } from '../../../../src/core/operations/authorities/create-authority.ts'
import { managedPorts } from './managed.ts'

const EU = 'eu-central-1' as Region

describe('associations', () => {
  it('block deletion until they end, and say who uses it', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const { id } = await given.request()
    const resourceArn = `arn:aws:elasticloadbalancing:us-east-1:${admin.account}:loadbalancer/app/a/1`
    await associate(ports, admin, { id, resourceArn })
    const twice = await associate(ports, admin, { id, resourceArn })
    expect(twice.inUseBy).toEqual([resourceArn])
    await expect(deleteManaged(ports, admin, id)).rejects.toMatchObject({
      code: 'resource_in_use',
      message: expect.stringContaining(resourceArn) as string,
    })
    await dissociate(ports, admin, { id, resourceArn })
    await expect(dissociate(ports, admin, { id, resourceArn })).rejects.toMatchObject({ code: 'not_found' })
    await deleteManaged(ports, admin, id)
  })

  it.each([
    ['none', 'arn:aws:elasticloadbalancing:us-east-1', 'an ARN is'],
    ['another account’s', 'arn:aws:elasticloadbalancing:us-east-1:999999999999:x', 'another account'],
    ['in a partition that hasn’t the region', 'arn:aws-cn:elasticloadbalancing:us-east-1::x', 'partition'],
    ['in no region', 'arn:aws:elasticloadbalancing:mars:999999999999:x', 'region'],
  ])('an ARN that is %s is refused', async (_, resourceArn, said) => {
    await using given = await managedPorts()
    const { id } = await given.request()
    await expect(associate(given.ports, given.admin, { id, resourceArn })).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringContaining(said) as string,
    })
  })
})

describe('the region lock', () => {
  it('names the region that the certificate would have to be in', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const { id } = await given.request()
    const resourceArn = `arn:aws:elasticloadbalancing:${EU}:${admin.account}:loadbalancer/app/a/1`
    await expect(associate(ports, admin, { id, resourceArn })).rejects.toMatchObject({
      code: 'policy_refused',
      details: { region: EU },
      message: expect.stringContaining(EU) as string,
    })
  })

  it('a content distribution takes only certificates of the global region', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const resourceArn = `arn:aws:cloudfront::${admin.account}:distribution/E1`
    const { id } = await given.request()
    expect((await associate(ports, admin, { id, resourceArn })).inUseBy).toEqual([resourceArn])
    const there = { ...admin, region: EU }
    await createAuthority(ports, there, { kind: 'root', name: 'r', subject: { commonName: 'R' } })
    await createAuthority(ports, there, {
      kind: 'subordinate',
      parent: 'r',
      name: 'i',
      subject: { commonName: 'I' },
      makeDefault: true,
    })
    const other = await requestManaged(ports, there, { domainName: 'eu.example.com' })
    await expect(associate(ports, there, { id: other.id, resourceArn })).rejects.toMatchObject({
      details: { region: 'us-east-1' },
    })
  })

  it('can be turned off', async () => {
    await using given = await managedPorts({ settings: { regionLock: false } })
    const { id } = await given.request()
    const resourceArn = `arn:aws:elasticloadbalancing:${EU}:${given.admin.account}:loadbalancer/app/a/1`
    expect((await associate(given.ports, given.admin, { id, resourceArn })).inUseBy).toEqual([resourceArn])
  })

  it('treats whatever has no region as global', () => {
    const account = '111122223333' as never
    const resource = resourceArnFrom('arn:aws:globalaccelerator::111122223333:accelerator/x', account)
    expect(regionLockRefusal(resource, EU, 'us-east-1' as Region)?.region).toBe('us-east-1')
    expect(regionLockRefusal(resource, 'us-east-1' as Region, 'us-east-1' as Region)).toBeUndefined()
  })
})

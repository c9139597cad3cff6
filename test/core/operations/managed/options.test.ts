import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { AWS_PASSPHRASE_RULE } from '../../../../src/core/domain/exports.ts'
import type { KeyAlgorithm } from '../../../../src/core/domain/key-algorithms.ts'
import { DAY, HOUR, MINUTE } from '../../../../src/core/domain/time.ts'
import { tellApproachingExpirations } from '../../../../src/core/operations/events/tell-expirations.ts'
import {
  chooseManagedSettings,
  managedSettings,
} from '../../../../src/core/operations/managed/account-settings.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import {
  advanceMethodChanges,
  changeValidationMethod,
  newRecords,
} from '../../../../src/core/operations/managed/change-method.ts'
import { deleteManaged } from '../../../../src/core/operations/managed/delete-managed.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { importManaged } from '../../../../src/core/operations/managed/import-managed.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { revokeManaged } from '../../../../src/core/operations/managed/revoke-managed.ts'
import {
  addManagedTags,
  managedTags,
  removeManagedTags,
} from '../../../../src/core/operations/managed/tags.ts'
import { certificatePem } from '../../../../src/core/operations/certificates/certificate-facts.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import { decideApproval } from '../../../../src/core/operations/validation/decide-approval.ts'
import { cname } from '../../../support/zone-resolver.ts'
import { approvalWorld, type ApprovalWorld } from '../validation/approval-world.ts'
import { DNS, managedPorts } from './managed.ts'

const HOSTMASTER = 'hostmaster@example.com'
const FROM = { sourceAddress: '192.0.2.1', userAgent: 'a browser' }

/** A certificate that was approved by mail. */
async function approved(world: ApprovalWorld) {
  const managed = await world.asked('example.com')
  await decideApproval(world.ports, await world.token(HOSTMASTER), 'approve', FROM)
  await world.turn()
  const issued = await world.now(managed)
  expect(issued.status).toBe('ISSUED')
  return issued
}

describe('from approval by mail to a DNS record (contract §1: UpdateCertificateOptions)', () => {
  it('the mail counts until every record is seen, then the record does: a renewal asks nobody', async () => {
    await using world = await approvalWorld()
    const { ports, admin } = world
    const managed = await approved(world)
    const change = await changeValidationMethod(ports, admin, { id: managed.id, method: 'DNS' })
    expect(change).toMatchObject({ from: 'EMAIL', to: 'DNS', status: 'PENDING_DOMAIN_VALIDATION' })
    await expect(
      changeValidationMethod(ports, admin, { id: managed.id, method: 'DNS' }),
    ).rejects.toMatchObject({
      code: 'state_conflict',
    })
    expect(await advanceMethodChanges(ports)).toEqual({ changed: 0, failed: 0 })
    expect((await world.now(managed)).validationMethod).toBe('EMAIL')
    expect((await ports.store.reads.methodChanges.of(managed.id))?.proofs).toMatchObject([
      {
        domain: 'example.com',
        status: 'PENDING_VALIDATION',
        reason: expect.stringContaining('CNAME') as string,
      },
    ])
    for (const record of (await newRecords(ports, managed)).values())
      world.zone[record.name] = [cname(record.value)]
    world.pass(MINUTE)
    expect(await advanceMethodChanges(ports)).toEqual({ changed: 1, failed: 0 })
    expect((await world.now(managed)).validationMethod).toBe('DNS')
    expect(await ports.store.reads.methodChanges.of(managed.id)).toMatchObject({
      status: 'SUCCESS',
      dueAt: undefined,
    })
    const { items } = await ports.store.reads.audit.find(
      { place: admin, name: 'UpdateCertificateOptions' },
      { limit: 10, after: undefined },
    )
    // The newest first: what came of it, and before that what was asked for.
    expect(items.map((each) => JSON.parse(each.record) as unknown)).toMatchObject([
      { eventType: 'AwsServiceEvent', responseElements: { validationMethodBefore: 'EMAIL' } },
      { eventType: 'AwsApiCall', requestParameters: { validationMethod: 'DNS' } },
    ])
    const sent = world.sent.length
    const renewed = await renewManaged(ports, admin, managed.id)
    expect([renewed.current?.number, world.sent.length]).toEqual([2, sent])
  })

  it('fails after 72 hours, and may be tried again; what was deleted leaves nothing', async () => {
    await using world = await approvalWorld()
    const { ports, admin } = world
    const managed = await approved(world)
    await changeValidationMethod(ports, admin, { id: managed.id, method: 'DNS' })
    world.pass(72 * HOUR)
    await advanceMethodChanges(ports)
    expect(await ports.store.reads.methodChanges.of(managed.id)).toMatchObject({
      status: 'FAILED',
      proofs: [{ status: 'FAILED' }],
    })
    expect((await world.now(managed)).validationMethod).toBe('EMAIL')
    await changeValidationMethod(ports, admin, { id: managed.id, method: 'DNS' })
    await deleteManaged(ports, admin, managed.id)
    expect(await ports.store.reads.methodChanges.of(managed.id)).toBeUndefined()
  })

  it('is for issued certificates that are approved by mail, and in that direction only', async () => {
    await using world = await approvalWorld()
    const { ports, admin } = world
    const change = (id: string, method: 'DNS' | 'EMAIL' = 'DNS') =>
      changeValidationMethod(ports, admin, { id, method })
    const pending = await world.asked('example.com')
    await expect(change(pending.id)).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(change(pending.id, 'EMAIL')).rejects.toMatchObject({ violations: [{ field: 'method' }] })
    await expect(change((await world.request(DNS)).id)).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(change((await world.request()).id)).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(change(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('what an account chooses', () => {
  const told = async ({ ports, admin }: Awaited<ReturnType<typeof managedPorts>>) => {
    const filter = { names: ['APPROACHING_EXPIRATION'] } as const
    const { items } = await ports.store.reads.events.list(admin, filter, { limit: 100, after: undefined })
    return items.map(({ detail }) => ('daysToExpiry' in detail ? detail.daysToExpiry : undefined))
  }

  it.each([
    [60, [60, 45]],
    [10, [10, 7]],
    [undefined, [45, 30]],
  ])('%s days before the end it is first told', async (daysBeforeExpiry, first) => {
    await using given = await managedPorts()
    const { ports, admin } = given
    expect(await managedSettings(ports, admin)).toEqual({ daysBeforeExpiry: 45 })
    const before = await given.request()
    if (daysBeforeExpiry !== undefined) await chooseManagedSettings(ports, admin, { daysBeforeExpiry })
    for (let day = 0; day < 394 && (await told(given)).length < 2; day++) {
      given.pass(DAY)
      await tellApproachingExpirations(ports)
    }
    expect(await told(given)).toEqual(first)
    expect((await given.now(before)).current?.number).toBe(1)
  })

  it.each([0, 91, 1.5, -1])('isn’t %d days', async (daysBeforeExpiry) => {
    await using given = await managedPorts()
    await expect(chooseManagedSettings(given.ports, given.admin, { daysBeforeExpiry })).rejects.toMatchObject(
      {
        violations: [{ field: 'daysBeforeExpiry' }],
      },
    )
  })
})

describe('tags of a managed certificate', () => {
  it('are added, replaced, and taken away by key, or by key and value', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const { id } = await given.request({ tags: { a: '1', b: '2' } })
    await addManagedTags(ports, admin, { id, tags: { b: '3', c: '4' } })
    expect(await managedTags(ports, admin, id)).toEqual({ a: '1', b: '3', c: '4' })
    await removeManagedTags(ports, admin, { id, tags: { a: undefined, b: '2', c: '4', d: undefined } })
    expect(await managedTags(ports, admin, id)).toEqual({ b: '3' })
  })

  it('are 50 at most, all together', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`k${from + at}`, 'v']))
    const { id } = await given.request({ tags: many(0) })
    await expect(addManagedTags(ports, admin, { id, tags: many(21) })).rejects.toMatchObject({
      violations: [{ code: 'tags_count' }],
    })
    await addManagedTags(ports, admin, { id, tags: many(20) })
    expect(Object.keys(await managedTags(ports, admin, id))).toHaveLength(50)
  })
})

describe('as AWS has it (contract §7.4, §7.5, §7.7)', () => {
  it('only what would be renewed by itself is renewed, and only what was exported and isn’t used is revoked', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const { id } = await given.request()
    const renew = () => renewManaged(ports, admin, id, { eligibleOnly: true })
    const revoke = () => revokeManaged(ports, admin, { id, reason: 'superseded', sparing: true })
    await expect(renew()).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(revoke()).rejects.toMatchObject({ code: 'policy_refused' })
    await exportManaged(ports, admin, { id, form: { format: 'pem' } })
    expect((await renew()).current?.number).toBe(2)
    const resourceArn = `arn:aws:elasticloadbalancing:${admin.region}:${admin.account}:loadbalancer/app/a/1`
    const used = await given.request()
    await associate(ports, admin, { id: used.id, resourceArn })
    await expect(
      revokeManaged(ports, admin, { id: used.id, reason: 'superseded', sparing: true }),
    ).rejects.toMatchObject({ code: 'resource_in_use' })
    expect((await revoke()).revocation).toMatchObject({ reason: 'superseded' })
  })

  it.each([
    ['abc', 'passphrase_short'],
    ['a'.repeat(129), 'passphrase_long'],
    ['abc#', 'passphrase_characters'],
    ['pässword', 'passphrase_characters'],
  ])('the passphrase %j is refused', async (passphrase, code) => {
    await using given = await managedPorts()
    const { id } = await given.request()
    const form = { format: 'pkcs8-encrypted-pem', passphrase } as const
    await expect(
      exportManaged(given.ports, given.admin, { id, form, rule: AWS_PASSPHRASE_RULE }),
    ).rejects.toMatchObject({ violations: [{ code }] })
  })

  it.each([
    ['RSA_2048', 'pkcs1', ''],
    [
      'EC_prime256v1',
      'sec1',
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n',
    ],
  ] as const)('a key of %s may come in the older form %s', async (algorithm, type, before) => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const { certificate, chain, exported } = await issueCertificate(ports, admin, {
      key: { algorithm: algorithm satisfies KeyAlgorithm },
      names: { dns: ['old.example.com'] },
      export: { format: 'pem', parts: ['key'] },
    })
    const key = createPrivateKey(Buffer.from(exported?.bytes ?? []))
    const pem = String(key.export({ type: type as 'sec1', format: 'pem' }))
    const file = { certificate: certificatePem(certificate.der), chain: chain.map(certificatePem).join('') }
    expect(await importManaged(ports, admin, { ...file, key: before + pem })).toMatchObject({
      kind: 'imported',
    })
    const broken = pem.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA')
    await expect(importManaged(ports, admin, { ...file, key: broken })).rejects.toMatchObject({
      violations: [{ code: 'key_form', message: 'can’t be read as a private key' }],
    })
  })
})

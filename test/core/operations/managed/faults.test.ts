import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../../src/core/x509/digest.ts'
import { DAY, MINUTE } from '../../../../src/core/domain/time.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import { requestManaged } from '../../../../src/core/operations/managed/request-managed.ts'
import { runDueManaged } from '../../../../src/core/operations/managed/run-due-managed.ts'
import { validateNow } from '../../../../src/core/operations/managed/validate-now.ts'
import type { Resolver } from '../../../../src/core/ports/resolver.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { cname, perspectivesOn, zoneResolver, type Zone } from '../../../support/zone-resolver.ts'
import { rowsOf } from '../database.ts'
import { failing } from '../failing-store.ts'
import { DNS, managedPorts, type ManagedPorts } from './managed.ts'

/** Each leaf that was issued is a version of a managed certificate, and each version is a leaf that was issued. */
function expectSound({ database }: ManagedPorts): void {
  const strays = rowsOf(
    database,
    `SELECT c.id FROM Certificate c LEFT JOIN ManagedVersion v ON v.serial = c.serial AND v.authorityId = c.authorityId
       WHERE c.keyId IS NOT NULL AND (c.state = 1) <> (v.managedId IS NOT NULL)`,
  )
  expect(strays).toEqual([])
  expect(rowsOf(database, 'SELECT 1 FROM Certificate WHERE state = 0')).toEqual([])
}
const versions = ({ database }: ManagedPorts): number =>
  rowsOf(database, 'SELECT 1 FROM ManagedVersion').length

describe.each(['before', 'after'] as const)('a commit that fails %s it is durable', (when) => {
  describe.each([1, 2, 3])('number %i', (n) => {
    it('of a request: the same key gives one certificate', async () => {
      await using given = await managedPorts()
      const { store } = failing(given.ports.store, n, when)
      const ports = { ...given.ports, store }
      const request = () =>
        requestManaged(ports, given.admin, {
          domainName: 'a.example.com',
          idempotency: { key: 'k', bodyHash: sha256('body') },
        })
      await request().catch(() => {})
      const managed = await request()
      expect((await request()).id).toBe(managed.id)
      expect([managed.status, versions(given)]).toEqual(['ISSUED', 1])
      expectSound(given)
    })

    it('of a validation: it goes on in a later turn, and one certificate comes of it', async () => {
      await using given = await managedPorts()
      const managed = await given.request(DNS)
      await given.prove(managed)
      // The installation's own authority is there: its making isn't what is tried here.
      const ports = { ...given.ports, store: failing(given.ports.store, n, when).store }
      const turn = () => runDueManaged(ports, new AbortController().signal).catch(() => {})
      for (let turns = 0; turns < 4; turns++) {
        await turn()
        given.pass(10 * MINUTE)
      }
      expect((await given.now(managed)).status).toBe('ISSUED')
      expect(versions(given)).toBe(1)
      expectSound(given)
    })

    it('of a renewal: it is made in a later turn, once', async () => {
      await using given = await managedPorts()
      const { id } = await given.request()
      const resourceArn = `arn:aws:elasticloadbalancing:us-east-1:${given.admin.account}:loadbalancer/a`
      await associate(given.ports, given.admin, { id, resourceArn })
      given.pass(345 * DAY)
      const ports = { ...given.ports, store: failing(given.ports.store, n, when).store }
      for (let turns = 0; turns < 4; turns++) {
        await runDueManaged(ports, new AbortController().signal).catch(() => {})
        given.pass(10 * MINUTE)
      }
      expect((await given.now({ id })).current?.number).toBe(2)
      expect(versions(given)).toBe(2)
      expectSound(given)
    })
  })
})

describe('two that work on one certificate at the same time', () => {
  it('make one version of it', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    await Promise.all([
      given.turn(),
      validateNow(given.ports, given.admin, managed.id),
      validateNow(given.ports, given.admin, managed.id),
    ])
    expect((await given.now(managed)).current?.number).toBe(1)
    expect(versions(given)).toBe(1)
    expectSound(given)
  })

  it('who asks to look now is told how it is now, though the job stored what it saw before meanwhile', async () => {
    const zone: Record<string, Zone[string]> = {}
    const inner = zoneResolver(zone)
    let meanwhile: (() => Promise<unknown>) | undefined
    const resolver: Resolver = {
      resolve: async (question) => {
        const turn = meanwhile
        meanwhile = undefined
        await turn?.()
        return inner.resolve(question)
      },
    }
    await using given = await managedPorts({ perspectives: perspectivesOn(resolver) })
    const managed = await given.request(DNS)
    meanwhile = async () => {
      expect(await given.turn()).toMatchObject({ waiting: 1 })
      const { validations } = await describeManaged(given.ports, given.admin, managed.id)
      for (const { record } of validations)
        if (record !== undefined) zone[record.name] = [cname(record.value)]
    }
    expect(await validateNow(given.ports, given.admin, managed.id)).toMatchObject({ status: 'ISSUED' })
    expect(versions(given)).toBe(1)
    expectSound(given)
  })
})

it('a resolver that is down half of the time holds it up, and no more', async () => {
  const zone: Record<string, Zone[string]> = {}
  const inner = zoneResolver(zone)
  const chance = seededRandom('flaky')
  const flaky: Resolver = {
    resolve: async (question) =>
      (chance.bytes(1)[0] ?? 0) < 128
        ? { outcome: 'failed', reason: 'timeout', resolver: 'flaky', milliseconds: 0 }
        : inner.resolve(question),
  }
  await using given = await managedPorts({ perspectives: perspectivesOn(flaky) })
  const managed = await given.request({ names: ['a.example.org', '*.b.example.net'], ...DNS })
  const { validations } = await describeManaged(given.ports, given.admin, managed.id)
  for (const { record } of validations) if (record !== undefined) zone[record.name] = [cname(record.value)]
  for (let turns = 0; turns < 60 && (await given.now(managed)).status !== 'ISSUED'; turns++) {
    given.pass(15 * MINUTE)
    await given.turn()
  }
  expect((await given.now(managed)).status).toBe('ISSUED')
})

it('a calendar moved by 400 days, both ways, loses nothing and issues nothing unproved', async () => {
  await using given = await managedPorts()
  const pending = await given.request(DNS)
  const private_ = await given.request()
  given.pass(-400 * DAY)
  await given.turn()
  expect((await given.now(pending)).status).toBe('PENDING_VALIDATION')
  expect((await given.now(private_)).current?.number).toBe(1)
  given.pass(800 * DAY)
  await given.turn()
  expect((await given.now(pending)).status).toBe('VALIDATION_TIMED_OUT')
  given.pass(-400 * DAY)
  await given.turn()
  expect((await given.now(pending)).status).toBe('VALIDATION_TIMED_OUT')
  expect((await given.now(private_)).status).toBe('ISSUED')
  expectSound(given)
})

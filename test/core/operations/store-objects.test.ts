import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ObjectStorageOptions } from '../../../src/adapters/s3/object-storage.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import type { RevocationWishes } from '../../../src/core/domain/revocation-configuration.ts'
import { MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { lookAtStoredObjects } from '../../../src/core/operations/buckets/outgoing.ts'
import { storeDueObjects } from '../../../src/core/operations/buckets/store-objects.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { listEvents } from '../../../src/core/operations/events/read-events.ts'
import { createAuditReport } from '../../../src/core/operations/reports/create-report.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
import { publishDueCrls, publishFirstCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { crlFile } from '../../../src/core/operations/revocation/crl-file.ts'
import { crlDer } from '../../../src/core/operations/revocation/read-back.ts'
import { createWebhook } from '../../../src/core/operations/webhooks/create-webhook.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { aTestStorage, type TestStorage } from '../../support/object-storage.ts'
import { auditTrail } from './database.ts'
import {
  advance,
  aLeaf,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  secondServer,
  type TestPorts,
} from './ports.ts'

const BUCKET = 'pki-example'
let given: TestPorts
let storage: TestStorage
let authority: Authority

const going = new AbortController().signal
/** A turn of a server. */
const turn = (ports = given.ports, more: Partial<ObjectStorageOptions> = {}) =>
  storeDueObjects(ports, storage.client(more), going)
const crlKeyOf = (name: string = authority.id) => `${BUCKET}/crl/${name}.crl`
const stored = (name = crlKeyOf()) => storage.objects.get(name)
const crlThere = (name = crlKeyOf()) => [...parseCrl(new Uint8Array(stored(name)?.body ?? [])).entries()]
/** As the public repository serves it. */
async function served(name: string): Promise<Buffer> {
  const file = await crlFile(given.ports, [name])
  if (file === undefined) throw new Error(`${name} isn’t served`)
  return Buffer.from(await crlDer(given.ports, file.crl))
}
const revoked = async (ports = given.ports) => {
  const { certificate } = await aLeaf(ports, given.admin, { authority: 's' })
  await revokeCertificate(ports, given.admin, { id: idOf(certificate), reason: 'superseded' })
  return certificate
}
const reconfigured = (crl: NonNullable<RevocationWishes['crl']>) =>
  updateAuthority(given.ports, given.admin, { reference: 's', revocation: { crl } })
const waiting = () => given.ports.store.reads.outgoingObjects.count()
const alarms = () => given.ports.store.reads.repository.alarms(10)

beforeEach(async () => {
  given = await barePorts({ settings: { storedBuckets: ['pki-*'] } })
  storage = await aTestStorage(() => given.clock.now())
  storage.buckets.add(BUCKET)
  await aRoot(given)
  authority = await aSubordinate(given, { revocation: { crl: { bucket: BUCKET } } })
  await publishDueCrls(given.ports)
})
afterEach(async () => {
  await storage.close()
  await given[Symbol.asyncDispose]()
})

describe('a CRL in a bucket that lies in a storage', () => {
  test('is written there as it is served, under AWS’s key, for everybody', async () => {
    expect(await turn()).toEqual({ stored: 1, failed: 0 })
    expect(stored()?.body).toEqual(await served(`${authority.id}.crl`))
    expect(stored()?.headers).toMatchObject({
      'content-type': 'application/pkix-crl',
      'x-amz-acl': 'public-read',
      'x-amz-meta-crl-number': '1',
    })
    expect(await waiting()).toBe(0)
    expect(await turn()).toEqual({ stored: 0, failed: 0 })
  })

  test('follows each revocation; of several in a row the last one is written', async () => {
    await turn()
    const serials = [(await revoked()).serial, (await revoked()).serial, (await revoked()).serial]
    storage.asked.length = 0
    expect(await turn()).toEqual({ stored: 1, failed: 0 })
    expect(storage.asked.filter((asked) => asked.startsWith('PUT'))).toHaveLength(1)
    expect(
      crlThere()
        .map(({ serial }) => serial)
        .sort(),
    ).toEqual(serials.sort())
  })

  test('comes with the CRLs of shards and with deltas', async () => {
    await reconfigured({ kind: 'PARTITIONED', deltaHours: 24 })
    const { serial } = await revoked()
    await publishFirstCrls(given.ports)
    await publishDueCrls(given.ports)
    expect((await turn()).failed).toBe(0)
    const shard = (await given.ports.store.reads.shards.open(authority.id))?.shard.name ?? ''
    const names = [authority.id, `${authority.id}-delta`, shard, `${shard}-delta`]
    expect([...storage.objects.keys()].sort()).toEqual(names.map(crlKeyOf).sort())
    for (const name of names) expect(stored(crlKeyOf(name))?.body).toEqual(await served(`${name}.crl`))
    expect(crlThere(crlKeyOf(shard))).toMatchObject([{ serial }])
  })

  test('moves with its configuration: bucket, path, and who may read it', async () => {
    await turn()
    storage.buckets.add('pki-two')
    await reconfigured({ bucket: 'pki-two', path: 'lists/of~ours', objectAcl: 'BUCKET_OWNER_FULL_CONTROL' })
    expect(await turn()).toEqual({ stored: 1, failed: 0 })
    const moved = stored(`pki-two/lists/of~ours/${authority.id}.crl`)
    expect(moved?.headers['x-amz-acl']).toBe('bucket-owner-full-control')
    await reconfigured({ objectAcl: 'PUBLIC_READ', path: '/' })
    await turn()
    expect(stored(`pki-two/${authority.id}.crl`)?.headers['x-amz-acl']).toBe('public-read')
    // What certificates may name stays where it was.
    expect(stored()).toBeDefined()
  })

  test('isn’t written to a bucket that the operator hasn’t named, whatever accounts call theirs', async () => {
    storage.buckets.add('backups')
    await turn()
    await reconfigured({ bucket: 'backups' })
    await revoked()
    expect(await turn()).toEqual({ stored: 0, failed: 0 })
    expect([await waiting(), storage.objects.size]).toEqual([0, 1])
  })

  test('isn’t written any more once its bucket isn’t named', async () => {
    const ports = { ...given.ports, settings: { ...given.ports.settings, storedBuckets: ['pki-other'] } }
    expect((await turn(ports)).failed).toBe(0)
    expect([await waiting(), storage.objects.size]).toEqual([0, 0])
  })

  test('that others have removed or changed is written again when it is looked at', async () => {
    await turn()
    const right = stored()
    for (const spoil of [
      () => storage.objects.delete(crlKeyOf()),
      () => storage.objects.set(crlKeyOf(), { body: Buffer.from('else'), headers: {} }),
    ]) {
      spoil()
      await lookAtStoredObjects(given.ports)
      expect(await turn()).toEqual({ stored: 1, failed: 0 })
      expect(stored()?.body).toEqual(right?.body)
    }
    storage.asked.length = 0
    await lookAtStoredObjects(given.ports)
    await turn()
    expect(storage.asked).toEqual([`HEAD ${crlKeyOf()}`])
  })
})

describe('an audit report in a bucket that lies in a storage', () => {
  test.each(['CSV', 'JSON'] as const)(
    'is written there once it is made, for its owner: %s',
    async (format) => {
      const { ports, admin } = given
      await turn()
      const report = await createAuditReport(ports, admin, { authority: 's', format, bucket: BUCKET })
      expect(await waiting()).toBe(0)
      await makeDueReports(ports)
      expect(await turn()).toEqual({ stored: 1, failed: 0 })
      const kept = stored(`${BUCKET}/audit-report/${authority.id}/${report.id}.${format.toLowerCase()}`)
      expect(kept?.body.toString()).toContain(format === 'CSV' ? 'awsAccountId,' : '[')
      expect(kept?.headers['content-type']).toBe(format === 'CSV' ? 'text/csv' : 'application/json')
      expect(kept?.headers['x-amz-acl']).toBeUndefined()
    },
  )
})

describe('a storage that fails', () => {
  beforeEach(async () => {
    await turn()
    await revoked()
  })
  const failing = (status: number, code = '') => {
    storage.before = (_, response) => (
      response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`),
      'answered'
    )
  }

  test('is asked again, less and less, and has all of it as soon as it is back', async () => {
    failing(503)
    let turns = 0
    for (; turns < 3600; turns++) {
      await turn()
      advance(given, SECOND)
    }
    // After 5 s, doubled up to five minutes; each time it is asked once.
    expect(storage.asked.length).toBeGreaterThan(14)
    expect(storage.asked.length).toBeLessThan(32)
    storage.before = () => undefined
    advance(given, 5 * MINUTE)
    expect(await turn()).toEqual({ stored: 1, failed: 0 })
    expect(crlThere()).toHaveLength(1)
  })

  test('is an alarm from the second time on, in health, audit trail and log, until it is over', async () => {
    failing(403, 'AccessDenied')
    expect(await turn()).toEqual({ stored: 0, failed: 1 })
    expect(await alarms()).toEqual([])
    advance(given, 10 * SECOND)
    await turn()
    const alarm = {
      subject: `object/${authority.id}`,
      reason: 'unwritten',
      detail: `${crlKeyOf()}: the storage answered 403`,
    }
    expect(await alarms()).toMatchObject([alarm])
    storage.before = () => undefined
    advance(given, MINUTE)
    await turn()
    expect(await alarms()).toEqual([])
    const told = auditTrail(given.database).filter(({ eventName }) => eventName.endsWith('RepositoryAlarm'))
    expect(told).toMatchObject([
      { eventName: 'RaiseRepositoryAlarm', responseElements: alarm },
      { eventName: 'EndRepositoryAlarm', responseElements: alarm },
    ])
    expect(given.log.some(({ message }) => message === 'an object could not be stored yet')).toBe(true)
  })

  test.each([
    [403, 'Failed to write CRL to S3. Check your S3 bucket permissions.'],
    [500, 'Failed to write CRL to S3. Internal failure.'],
  ])('tells the account in AWS’s words, once for each CRL: %i', async (status, reason) => {
    const { ports, admin } = given
    await createWebhook(ports, admin, {
      url: 'https://hooks.example.com/',
      shape: 'eventbridge',
      events: ['CRL_GENERATION'],
    })
    failing(status)
    for (let attempts = 0; attempts < 4; attempts++) {
      await turn()
      advance(given, 5 * MINUTE)
    }
    const { items } = await listEvents(ports, admin, { page: { limit: 100, after: undefined } })
    expect(items.map(({ detail }) => detail)).toMatchObject([
      { result: 'failure', reason, crl: authority.id },
    ])
  })

  test('that is down is left alone until the next turn; one that refuses an object takes the others', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `x${index}`)
    for (const name of names)
      await aSubordinate(given, {
        name,
        subject: { commonName: name },
        revocation: { crl: { bucket: BUCKET } },
      })
    await publishDueCrls(given.ports)
    storage.asked.length = 0
    failing(503)
    await turn()
    expect(storage.asked.length).toBeLessThan(9)
    failing(403)
    advance(given, MINUTE)
    expect(await turn()).toEqual({ stored: 0, failed: 9 })
  })
})

describe('an older CRL', () => {
  /** Holds the next PUT of a server until it is let go. */
  function held(): { readonly asked: Promise<void>; go(): void } {
    let [go, asked] = [() => {}, () => {}]
    const going = new Promise<void>((resolve) => (go = resolve))
    const arrived = new Promise<void>((resolve) => (asked = resolve))
    let first = true
    storage.before = async (request) => {
      if (request.method !== 'PUT' || !first) return
      first = false
      asked()
      await going
    }
    return { asked: arrived, go }
  }

  test.each(['kept', 'ignored', 'refused'] as const)(
    'never stands over a newer one, also where a server is late with it: conditions are %s',
    async (conditions) => {
      await turn()
      storage.conditions = conditions
      const other = await secondServer(given)
      await revoked()
      const late = held()
      const lateTurn = turn()
      await late.asked
      // Its lease has lapsed: another server goes on.
      await revoked(other.ports)
      expect((await turn(other.ports)).stored).toBe(1)
      expect(crlThere()).toHaveLength(2)
      late.go()
      await lateTurn
      if (conditions === 'kept') expect(crlThere()).toHaveLength(2)
      advance(given, MINUTE)
      await turn()
      expect(crlThere()).toHaveLength(2)
      expect(await waiting()).toBe(0)
      await other.store.close()
    },
  )

  test('isn’t written over one with a higher number, and somebody hears of it', async () => {
    await turn()
    await revoked()
    const there = stored()
    if (there === undefined) throw new Error('nothing is stored')
    const headers = { ...there.headers, 'x-amz-meta-crl-number': '99999999999999999999' }
    storage.objects.set(crlKeyOf(), { ...there, headers })
    for (let attempts = 0; attempts < 2; attempts++) {
      expect(await turn()).toEqual({ stored: 0, failed: 1 })
      advance(given, MINUTE)
    }
    expect(stored()?.body).toEqual(there.body)
    expect(await alarms()).toMatchObject([{ detail: expect.stringContaining('higher number') as string }])
  })
})

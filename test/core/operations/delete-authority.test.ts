import Database from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY, HOUR, SECOND } from '../../../src/core/domain/time.ts'
import {
  beginCreation,
  completeCreation,
  createPendingAuthority,
} from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { deleteAuthority } from '../../../src/core/operations/authorities/delete-authority.ts'
import { failUnfinishedCreations } from '../../../src/core/operations/authorities/fail-creation.ts'
import { purgeDeletedAuthorities } from '../../../src/core/operations/authorities/purge-authorities.ts'
import {
  describeAuthority,
  listAuthorities,
} from '../../../src/core/operations/authorities/read-authorities.ts'
import { restoreAuthority } from '../../../src/core/operations/authorities/restore-authority.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { readCaFile } from '../../../src/core/operations/revocation/ca-files.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import type { AuthorityFilter } from '../../../src/core/ports/store.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { keepServerLease } from '../../../src/faces/jobs/jobs.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { auditTrail, rowsOf } from './database.ts'
import {
  aLeaf,
  aRoot,
  aSubordinate,
  advance,
  barePorts,
  idOf,
  secondServer,
  type TestPorts,
} from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
beforeEach(async () => {
  given = await barePorts()
  await aRoot(given)
})
afterEach(() => given[Symbol.asyncDispose]())

const PENDING = { kind: 'subordinate', name: 'p', subject: { commonName: 'P' } } as const
const remove = (reference: string, restoreDays?: number) =>
  deleteAuthority(given.ports, given.admin, {
    reference,
    ...(restoreDays === undefined ? {} : { restoreDays }),
  })
const disable = (reference: string) =>
  updateAuthority(given.ports, given.admin, { reference, status: 'DISABLED' })
const restore = (reference: string, name?: string) =>
  restoreAuthority(given.ports, given.admin, { reference, ...(name === undefined ? {} : { name }) })
const listed = async (filter: AuthorityFilter = {}): Promise<string[]> =>
  (await listAuthorities(given.ports, given.admin, { limit: 10, after: undefined }, filter)).items
    .map(({ name }) => name)
    .sort()

describe('a deleted authority', () => {
  test.each([
    [undefined, 30],
    [7, 7],
    [30, 30],
  ])('for %s days can be restored for %i, to what it was', async (asked, days) => {
    await disable('r')
    const { restorableUntil, authority } = await remove('r', asked)
    expect(restorableUntil).toBe(given.calendar.now() + days * DAY)
    advance(given, days * DAY)
    expect(await purgeDeletedAuthorities(given.ports)).toEqual({ purged: 0, failed: 0 })
    expect(await restore(authority.id)).toMatchObject({ status: 'DISABLED', deletion: undefined })
    await updateAuthority(given.ports, given.admin, { reference: 'r', status: 'ACTIVE' })
    expect((await aSubordinate(given)).status).toBe('ACTIVE')
  })

  test.each([0, 6, 31, 7.5, Number.NaN])('can’t be restored for %d days', async (days) => {
    await disable('r')
    await expectRefusal(remove('r', days), 'request_invalid', ['restoreDays restore_days'])
  })

  test('is described, and listed only for who asks', async () => {
    await aSubordinate(given)
    await disable('s')
    await remove('s')
    expect(await listed()).toEqual(['r'])
    expect(await listed({ includeDeleted: true })).toEqual(['r', 's'])
    expect(await listed({ status: 'DELETED' })).toEqual(['s'])
    expect(await listed({ kind: 'subordinate', includeDeleted: true })).toEqual(['s'])
    expect((await describeAuthority(given.ports, given.admin, 's')).authority.status).toBe('DELETED')
  })

  test('is no default any more, and issues nothing', async () => {
    const authority = await aSubordinate(given)
    await disable('s')
    await remove('s')
    await expectRefusal(aLeaf(given.ports, given.admin), 'not_found')
    await expectRefusal(aLeaf(given.ports, given.admin, { authority: authority.id }), 'state_conflict')
  })

  test('gives its name up; restored, it takes it back or another one', async () => {
    const first = await aSubordinate(given)
    await disable('s')
    await remove('s')
    const second = await aSubordinate(given, { subject: { commonName: 'S 2' } })
    expect((await describeAuthority(given.ports, given.admin, 's')).authority.id).toBe(second.id)
    await expectRefusal(restore(first.id), 'already_exists', ['name name_taken'])
    await expectRefusal(restore(first.id, ' s'), 'request_invalid', ['name name'])
    expect((await restore(first.id, 'first s')).name).toBe('first s')
    expect(await listed()).toEqual(['first s', 'r', 's'])
    await disable('s')
    await remove('s')
    expect((await restore('s')).id).toBe(second.id)
  })

  test('says what stands below it and what is still valid', async () => {
    await aSubordinate(given)
    const quiet = await aRoot(given, { name: 'quiet', subject: { commonName: 'Quiet' } })
    for (const name of ['r', 'quiet']) await disable(name)
    const { warnings } = await remove('r')
    expect(warnings.map((text) => text.split(':')[0])).toEqual(['authority_below', 'certificates_valid'])
    // Its own certificate is one that it issued.
    expect((await remove(quiet.id)).warnings).toHaveLength(1)
  })

  test('keeps publishing its CRL and revokes nothing, as long as it has its key', async () => {
    const authority = await aSubordinate(given)
    const leaf = await aLeaf(given.ports, given.admin)
    await disable('s')
    await remove('s')
    expect(await publishDueCrls(given.ports)).toEqual({ published: 2, failed: 0 })
    advance(given, 5 * DAY)
    expect(await publishDueCrls(given.ports)).toEqual({ published: 2, failed: 0 })
    expect((await readCrl(given.ports, authority.id))?.number).toBe(2n)
    await expectRefusal(
      revokeCertificate(given.ports, given.admin, { id: idOf(leaf.certificate), reason: 'superseded' }),
      'state_conflict',
    )
  })
})

describe('when the time is over', () => {
  test('its key is destroyed, its last CRL stands until its certificate ends (RFC 5280 §3.3), and the rest stays', async () => {
    const authority = await aSubordinate(given)
    const leaf = await aLeaf(given.ports, given.admin, { validity: { days: 1000 } })
    const gone = await aLeaf(given.ports, given.admin)
    await revokeCertificate(given.ports, given.admin, { id: idOf(gone.certificate), reason: 'superseded' })
    await disable('s')
    await remove('s', 7)
    advance(given, 7 * DAY + 1)
    const { sealed } = (await given.ports.store.reads.keys.get(authority.key)) ?? { sealed: undefined }
    expect(sealed?.length).toBeGreaterThan(100)
    expect(await purgeDeletedAuthorities(given.ports)).toEqual({ purged: 1, failed: 0 })
    expect(await purgeDeletedAuthorities(given.ports)).toEqual({ purged: 0, failed: 0 })
    expect(rowsOf(given.database, 'SELECT id FROM Key WHERE id = ?', authority.key)).toEqual([])

    await expectRefusal(restore(authority.id), 'state_conflict')
    const crl = await readCrl(given.ports, authority.id)
    expect(crl?.nextUpdate).toBe(authority.certificate?.notAfter)
    expect([...parseCrl(crl?.der ?? new Uint8Array()).entries()]).toHaveLength(1)
    advance(given, 900 * DAY)
    expect(await publishDueCrls(given.ports)).toEqual({ published: 1, failed: 0 })
    expect((await readCrl(given.ports, authority.id))?.number).toBe(crl?.number)
    const file = { kind: 'certificate', authority: authority.id, form: 'cer' } as const
    expect(await readCaFile(given.ports, file)).toBeDefined()
    const { chain } = leaf
    expect(chain).toHaveLength(2)
    const event = auditTrail(given.database).find((each) => each.eventName === 'PurgeCertificateAuthority')
    expect(event).toMatchObject({ responseElements: { kms: 'local' } })
  })

  test('the octets of its key are nowhere in the database’s files', async () => {
    const authority = await createPendingAuthority(given.ports, given.admin, PENDING)
    const sealed = (await given.ports.store.reads.keys.get(authority.key))?.sealed ?? new Uint8Array()
    const holds = (): boolean =>
      [given.database, `${given.database}-wal`].some((file) => readFileSync(file).includes(sealed))
    expect(holds()).toBe(true)
    await remove('p')
    advance(given, 31 * DAY)
    await purgeDeletedAuthorities(given.ports)
    const db = new Database(given.database)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    expect(holds()).toBe(false)
  })

  test('a key management service that is down only puts it off; a key that is lost doesn’t', async () => {
    const authority = await aSubordinate(given)
    await disable('s')
    await remove('s')
    advance(given, 31 * DAY)
    const failing = (retryable: boolean): Ports => ({
      ...given.ports,
      vault: {
        ...given.ports.vault,
        sign: () => Promise.reject(new ChanceryError('kms_unavailable', 'down', { details: { retryable } })),
      },
    })
    expect(await purgeDeletedAuthorities(failing(true))).toEqual({ purged: 0, failed: 1 })
    expect(await given.ports.store.reads.keys.get(authority.key)).toBeDefined()
    expect(await purgeDeletedAuthorities(failing(false))).toEqual({ purged: 1, failed: 0 })
    expect(await given.ports.store.reads.keys.get(authority.key)).toBeUndefined()
  })
})

describe('a creation that fails', () => {
  const broken = (error: Error): Ports => ({
    ...given.ports,
    vault: { ...given.ports.vault, generate: () => Promise.reject(error) },
  })
  const status = async () => (await describeAuthority(given.ports, given.admin, 'p')).authority

  test.each([
    ['OTHER', new ChanceryError('kms_unavailable', 'down')],
    ['OTHER', new Error('a driver’s')],
    [
      'UNSUPPORTED_ALGORITHM',
      new ChanceryError('request_invalid', 'no', {
        violations: [{ code: 'key_algorithm_kms', field: 'keyAlgorithm', message: 'no' }],
      }),
    ],
  ])('is FAILED because of %s, holds no name, and is gone when deleted', async (reason, error) => {
    const request = { ...PENDING, idempotency: { key: 'k', bodyHash: sha256('b') } }
    await expect(createPendingAuthority(broken(error), given.admin, request)).rejects.toBe(error)
    const failed = await status()
    expect(failed).toMatchObject({ status: 'FAILED', failureReason: reason })
    // The same key makes a new attempt, under the same name.
    const made = await createPendingAuthority(given.ports, given.admin, request)
    expect([made.name, made.status]).toEqual(['p', 'PENDING_CERTIFICATE'])
    expect((await createPendingAuthority(given.ports, given.admin, request)).id).toBe(made.id)
    expect(await remove(failed.id)).toMatchObject({ restorableUntil: undefined, warnings: [] })
    await expectRefusal(describeAuthority(given.ports, given.admin, failed.id), 'not_found')
  })

  test('leaves nothing to a key that comes too late', async () => {
    const creating = await beginCreation(given.ports, given.admin, PENDING)
    await remove(creating.id)
    const late = completeCreation(given.ports, given.admin, creating, PENDING)
    await expectRefusal(late, 'state_conflict')
    expect(await given.ports.store.reads.keys.get(creating.key)).toBeUndefined()
  })

  test('is closed by another server when this one has died, and not before', async () => {
    const other = await secondServer(given)
    await keepServerLease(given.ports)
    const creating = await beginCreation(given.ports, given.admin, PENDING)
    expect(await failUnfinishedCreations(given.ports)).toEqual({ failed: 0 })
    expect(await failUnfinishedCreations(other.ports)).toEqual({ failed: 0 })
    advance(given, 15 * SECOND)
    expect(await failUnfinishedCreations(other.ports)).toEqual({ failed: 1 })
    expect(await status()).toMatchObject({ status: 'FAILED', failureReason: 'REQUEST_TIMED_OUT' })
    await expectRefusal(completeCreation(given.ports, given.admin, creating, PENDING), 'state_conflict')
    await other.store.close()
  })
})

describe('a short-lived authority', () => {
  const shortLived = { usageMode: 'SHORT_LIVED_CERTIFICATE' } as const

  test('issues for seven days at most, names no CRL, and asks for no warning', async () => {
    await aSubordinate(given, shortLived)
    const now = given.calendar.now()
    const { certificate } = await aLeaf(given.ports, given.admin)
    expect(certificate).toMatchObject({ notAfter: now + 7 * DAY, warnings: [] })
    expect(Buffer.from(certificate.der).includes('.crl')).toBe(false)
    expect(Buffer.from(certificate.der).includes('.cer')).toBe(true)
    const last = await aLeaf(given.ports, given.admin, { validity: { days: 7 } })
    expect(last.certificate.notAfter).toBe(now + 7 * DAY)
    for (const validity of [{ days: 8 }, { seconds: 7 * 86_400 + 1 }, { notAfter: now + 7 * DAY + HOUR }]) {
      const [member] = Object.keys(validity)
      await expectRefusal(aLeaf(given.ports, given.admin, { validity }), 'request_invalid', [
        `validity.${member} validity_short_lived`,
      ])
    }
  })

  test('certifies subordinates for no longer', async () => {
    await aRoot(given, { name: 'short', subject: { commonName: 'Short' }, ...shortLived })
    const below = await aSubordinate(given, { name: 'below', parent: 'short' })
    expect(below.certificate?.notAfter).toBe(given.calendar.now() + 7 * DAY)
    await expectRefusal(
      aSubordinate(given, { name: 'longer', parent: 'short', validity: { days: 8 } }),
      'request_invalid',
      ['validity.days validity_short_lived'],
    )
  })

  test('has no CRL to configure', async () => {
    await expectRefusal(
      aSubordinate(given, { ...shortLived, revocation: { crl: { omitExtension: false } } }),
      'request_invalid',
      ['revocation.crl.omitExtension crl_short_lived'],
    )
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SYSTEM_ACCOUNT, type AuthorityId } from '../../../../src/core/domain/ids.ts'
import { responderRenewalAt } from '../../../../src/core/domain/ocsp.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../../src/core/domain/time.ts'
import { crossSignAuthority } from '../../../../src/core/operations/authorities/cross-sign-authority.ts'
import { deleteAuthority } from '../../../../src/core/operations/authorities/delete-authority.ts'
import { purgeDeletedAuthorities } from '../../../../src/core/operations/authorities/purge-authorities.ts'
import { renewAuthority } from '../../../../src/core/operations/authorities/renew-authority.ts'
import {
  advanceRotation,
  startRotation,
} from '../../../../src/core/operations/authorities/rotate-authority.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { searchCertificates } from '../../../../src/core/operations/certificates/read-certificates.ts'
import { listenerCertificate } from '../../../../src/core/operations/installation/listener-certificate.ts'
import { renewDueResponders } from '../../../../src/core/operations/ocsp/renew-due-responders.ts'
import { parseOcspResponse } from '../../../../src/core/x509/ocsp-response-parser.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { faulty } from '../../../support/faulty-kms.ts'
import { checkedAnswer } from '../../../support/ocsp-client.ts'
import { auditTrail, rowsOf } from '../database.ts'
import { advance, aLeaf, aRoot, aSubordinate, barePorts, secondServer, type TestPorts } from '../ports.ts'
import { ask, derOf, statusOf } from './asking.ts'

let given: TestPorts
beforeEach(async () => {
  given = await barePorts()
  await aRoot(given)
})
afterEach(() => given[Symbol.asyncDispose]())

const responder = async (id: AuthorityId, ports: Ports = given.ports) => {
  const found = await ports.store.reads.ocsp.responder(id)
  if (found === undefined) throw new Error('nobody answers')
  return found
}
const responderKeys = () =>
  rowsOf<{ id: string; accountId: string }>(
    given.database,
    "SELECT id, accountId FROM Key WHERE purpose = 'responder'",
  )
const outcome = async (authority: Parameters<typeof ask>[1], serial: string, ports: Ports = given.ports) =>
  (await ask(ports, authority, serial)).outcome

describe('the job', () => {
  test('makes one for each authority whose certificates name one, and replaces it at half of its life', async () => {
    const authority = await aSubordinate(given)
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 2, failed: 0 })
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 0, failed: 0 })
    const first = await responder(authority.id)
    expect(first.notAfter - given.calendar.now()).toBe(14 * DAY)
    expect(responderRenewalAt(first) - first.notBefore).toBe((14 * DAY + HOUR) / 2)
    given.calendar.set(responderRenewalAt(first) - SECOND)
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 0, failed: 0 })
    given.calendar.set(responderRenewalAt(first))
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 2, failed: 0 })
    const second = await responder(authority.id)
    expect(second.serial).not.toBe(first.serial)
    // The key of before can sign nothing any more.
    const keys = responderKeys()
    expect(keys).toHaveLength(2)
    expect(keys.map(({ id }) => id)).not.toContain(first.key)
  })

  test('leaves out the listener’s, and those whose certificates name none until somebody has asked', async () => {
    await listenerCertificate(given.ports, { dns: ['localhost'] })
    await updateAuthority(given.ports, given.admin, {
      reference: 'r',
      revocation: { ocsp: { enabled: false } },
    })
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 0, failed: 0 })
    const root = await given.ports.store.reads.authorities.byName(given.admin, 'r')
    if (root === undefined) throw new Error('no root')
    expect(await statusOf(given.ports, root, root.certificate?.serial ?? '')).toEqual({ kind: 'good' })
    advance(given, 8 * DAY)
    expect(await renewDueResponders(given.ports)).toEqual({ renewed: 1, failed: 0 })
  })

  test('an answer never outlives its responder, whose life is long enough for the longest', async () => {
    const authority = await aSubordinate(given)
    await updateAuthority(given.ports, given.admin, { reference: 's', revocation: { ocsp: { hours: 720 } } })
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    await renewDueResponders(given.ports)
    const { notAfter } = await responder(authority.id)
    expect(notAfter - given.calendar.now()).toBe(60 * DAY)
    advance(given, 45 * DAY)
    const late = (await ask(given.ports, authority, serial)).keepable
    expect(late?.nextUpdate).toBe(notAfter)
    expect(late?.refreshAt).toBeLessThan(notAfter)
  })

  test('its certificates are in nobody’s list, and on record in the authority’s account', async () => {
    const authority = await aSubordinate(given)
    await renewDueResponders(given.ports)
    const page = { limit: 100, after: undefined }
    const found = await searchCertificates(given.ports, given.admin, { filter: {}, page })
    expect(found.items.map(({ profile }) => profile)).not.toContain('ocsp-responder')
    expect(responderKeys().map(({ accountId }) => accountId)).toEqual([SYSTEM_ACCOUNT, SYSTEM_ACCOUNT])
    const issued = auditTrail(given.database).filter(({ requestParameters }) =>
      JSON.stringify(requestParameters).includes('ocsp-responder'),
    )
    const { account, region, id } = authority
    expect(issued.map((event) => event['recipientAccountId'])).toEqual([account, account])
    expect(JSON.stringify(issued)).toContain(
      `arn:aws:acm-pca:${region}:${account}:certificate-authority/${id}`,
    )
    expect(JSON.stringify(issued)).not.toContain(SYSTEM_ACCOUNT)
  })

  test('two servers at once make one, without a certificate that is abandoned', async () => {
    const authority = await aSubordinate(given)
    const second = await secondServer(given)
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    const outcomes = await Promise.all(
      [given.ports, second.ports, given.ports, second.ports].map((ports) =>
        outcome(authority, serial, ports),
      ),
    )
    for (const each of outcomes) expect(['good', 'tryLater']).toContain(each)
    expect(outcomes).toContain('good')
    await Promise.all([renewDueResponders(given.ports), renewDueResponders(second.ports)])
    expect(rowsOf(given.database, "SELECT 1 FROM Certificate WHERE profile = 'ocsp-responder'")).toHaveLength(
      2,
    )
    expect(rowsOf(given.database, 'SELECT 1 FROM Certificate WHERE state <> 1')).toEqual([])
    for (const ports of [given.ports, second.ports])
      expect(await statusOf(ports, authority, serial)).toEqual({ kind: 'good' })
    // What one of them replaces is new to the other at once.
    advance(given, 8 * DAY)
    await renewDueResponders(second.ports)
    const answer = checkedAnswer((await ask(given.ports, authority, serial)).der, derOf(authority))
    const { certificateDer } = await responder(authority.id)
    expect(answer.certificates.map((each) => Buffer.from(each).equals(certificateDer))).toEqual([true])
    await second.store.close()
  })
})

describe('faults', () => {
  test('a server that slept beyond its responder’s end answers at once, with a new one', async () => {
    const authority = await aSubordinate(given, { validity: { days: 1000 } })
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    await renewDueResponders(given.ports)
    const { notAfter } = await responder(authority.id)
    for (const at of [notAfter - SECOND, notAfter, notAfter + 100 * DAY]) {
      given.calendar.set(at)
      const answer = checkedAnswer((await ask(given.ports, authority, serial)).der, derOf(authority))
      for (const { nextUpdate } of answer.responses) expect(nextUpdate).toBeGreaterThan(given.calendar.now())
    }
  })

  test('while the KMS is down: tryLater for what must be signed, and what was signed before goes on', async () => {
    await using faults = await withFaultyKms()
    const { ports, admin, kms } = faults
    const authority = await aSubordinate(faults)
    const { serial } = (await aLeaf(ports, admin)).certificate
    expect(await outcome(authority, serial, ports)).toBe('good')
    kms.fault = 'down'
    ports.vault.forget()
    expect(await ask(ports, authority, serial)).toMatchObject({ outcome: 'good', fromCache: true })
    const other = await ask(ports, authority, serial, { nonce: Uint8Array.of(1) })
    expect(parseOcspResponse(other.der)).toEqual({ status: 'tryLater' })
    // A responder that must be made can't be, either.
    advance(faults, 30 * DAY)
    expect(await outcome(authority, serial, ports)).toBe('tryLater')
    expect(await renewDueResponders(ports)).toEqual({ renewed: 0, failed: 2 })
    expect(faults.log.some(({ message }) => message === 'could not answer an OCSP request')).toBe(true)
    expect(rowsOf(faults.database, 'SELECT 1 FROM Certificate WHERE state = 0')).toEqual([])
    kms.fault = 'none'
    expect(await outcome(authority, serial, ports)).toBe('good')
    expect(rowsOf(faults.database, "SELECT 1 FROM Key WHERE purpose = 'responder'")).toHaveLength(2 - 1)
  })

  test('many requests for a responder that is missing make one', async () => {
    const authority = await aSubordinate(given)
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(authority, serial)))
    expect(new Set(outcomes)).toEqual(new Set(['good']))
    expect(responderKeys()).toHaveLength(1)
  })

  test('a failure is logged once a second, however many ask', async () => {
    const authority = await aSubordinate(given)
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    const broken: Ports = {
      ...given.ports,
      vault: { ...given.ports.vault, sign: () => Promise.reject(new Error('the device is gone')) },
    }
    const failures = () =>
      given.log.filter(({ message }) => message === 'could not answer an OCSP request').length
    for (let turn = 0; turn < 5; turn++) expect(await outcome(authority, serial, broken)).toBe('tryLater')
    expect(failures()).toBe(1)
    given.clock.advance(SECOND)
    await outcome(authority, serial, broken)
    expect(failures()).toBe(2)
  })
})

async function withFaultyKms() {
  let kms: ReturnType<typeof faulty> | undefined
  const made = await barePorts({
    kms: (local) => {
      kms = faulty(local)
      return { preferred: kms.provider, all: [kms.provider] }
    },
  })
  await aRoot(made)
  return Object.assign(made, { kms: kms as ReturnType<typeof faulty> })
}

describe('an authority that changes', () => {
  test('renewed: what it issued before and after is found, under either of its certificates', async () => {
    const before = await aSubordinate(given, { validity: { days: 200 } })
    const first = (await aLeaf(given.ports, given.admin)).certificate
    await statusOf(given.ports, before, first.serial)
    advance(given, 150 * DAY)
    const after = await renewAuthority(given.ports, given.admin, { reference: 's' })
    const second = (await aLeaf(given.ports, given.admin)).certificate
    for (const certificate of [before, after])
      for (const { serial } of [first, second])
        expect(await statusOf(given.ports, certificate, serial)).toEqual({ kind: 'good' })
  })

  test('cross-signed: its own and the one that signed it each answer for what they issued', async () => {
    const other = await aRoot(given, { name: 'other', subject: { commonName: 'Other' } })
    const authority = await aSubordinate(given)
    const cross = await crossSignAuthority(given.ports, given.admin, { subject: 's', issuer: 'other' })
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'good' })
    expect(await statusOf(given.ports, other, cross.certificate.serial)).toEqual({ kind: 'good' })
    expect(await statusOf(given.ports, authority, cross.certificate.serial)).toEqual({ kind: 'unknown' })
  })

  test('rotated: old and new answer, each for its own', async () => {
    const before = await aSubordinate(given)
    const old = (await aLeaf(given.ports, given.admin)).certificate
    await startRotation(given.ports, given.admin, { reference: 's' })
    let report = await advanceRotation(given.ports, given.admin, { reference: 's' })
    while (report.rotation.step !== 'switch')
      report = await advanceRotation(given.ports, given.admin, { reference: 's' })
    const now = report.successor
    if (now === undefined) throw new Error('no successor')
    const fresh = (await aLeaf(given.ports, given.admin, { authority: now.id })).certificate
    expect(await statusOf(given.ports, before, old.serial)).toEqual({ kind: 'good' })
    expect(await statusOf(given.ports, now, fresh.serial)).toEqual({ kind: 'good' })
    expect(await statusOf(given.ports, now, old.serial)).toEqual({ kind: 'unknown' })
  })

  test('disabled and deleted: goes on; purged: until its certificate ends, by a last responder', async () => {
    const authority = await aSubordinate(given, { validity: { days: 400 } })
    const { serial } = (await aLeaf(given.ports, given.admin)).certificate
    await updateAuthority(given.ports, given.admin, { reference: 's', status: 'DISABLED' })
    expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'good' })
    await deleteAuthority(given.ports, given.admin, { reference: 's', restoreDays: 7 })
    advance(given, 5 * DAY)
    await renewDueResponders(given.ports)
    expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'good' })
    advance(given, 3 * DAY)
    expect(await purgeDeletedAuthorities(given.ports)).toEqual({ purged: 1, failed: 0 })
    const ends = authority.certificate?.notAfter ?? 0
    const last = await responder(authority.id)
    expect(last.notAfter).toBe(ends)
    const [event] = auditTrail(given.database).filter(
      ({ eventName }) => eventName === 'PurgeCertificateAuthority',
    )
    expect(event?.['responseElements']).toMatchObject({ lastResponder: new Date(ends).toISOString() })
    for (const at of [given.calendar.now() + 200 * DAY, ends - MINUTE]) {
      given.calendar.set(at)
      await renewDueResponders(given.ports)
      expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'good' })
    }
    given.calendar.set(ends + MINUTE)
    expect(await outcome(authority, serial)).toBe('unauthorized')
  })

  test('expired: unauthorized, since nobody can prove an answer any more', async () => {
    const authority = await aSubordinate(given, { validity: { days: 100 } })
    const { serial } = (await aLeaf(given.ports, given.admin, { validity: { days: 30 } })).certificate
    expect(await outcome(authority, serial)).toBe('good')
    given.calendar.set((authority.certificate?.notAfter ?? 0) + MINUTE)
    expect(await outcome(authority, serial)).toBe('unauthorized')
  })
})

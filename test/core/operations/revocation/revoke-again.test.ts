import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import {
  REVOCATION_REASON_NAMES,
  revocationChange,
  type RevocationReason,
} from '../../../../src/core/domain/revocation.ts'
import { completeScope } from '../../../../src/core/domain/crl-scopes.ts'
import { DAY, HOUR } from '../../../../src/core/domain/time.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { liftHold } from '../../../../src/core/operations/certificates/lift-hold.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { publishAwaited } from '../../../../src/core/operations/revocation/publish-awaited.ts'
import { readCrl } from '../../../../src/core/operations/revocation/public-repository.ts'
import { parseCrl } from '../../../../src/core/x509/crl-parser.ts'
import { serialFrom } from '../../../../src/core/domain/ids.ts'
import { auditTrail } from '../database.ts'
import {
  aLeaf,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  testPorts,
  type TestPorts,
} from '../ports.ts'
import { expectRefusal } from '../refusals.ts'

let given: TestPorts
beforeAll(async () => {
  given = await testPorts()
})
afterAll(() => given[Symbol.asyncDispose]())

const leaf = async () => (await aLeaf(given.ports, given.admin)).certificate
const revoke = (certificate: Certificate, reason: RevocationReason) =>
  revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason })
const lift = (certificate: Certificate) => liftHold(given.ports, given.admin, { id: idOf(certificate) })
const entryOf = async ({ authority, serial }: Certificate) => {
  const crl = parseCrl((await readCrl(given.ports, authority))?.der ?? new Uint8Array())
  return [...crl.entries()].find((each) => serialFrom(each.serial) === serial)
}

describe('revoking what is revoked', () => {
  const pairs = REVOCATION_REASON_NAMES.flatMap((standing) =>
    REVOCATION_REASON_NAMES.map((wanted) => [standing, wanted, revocationChange(standing, wanted)] as const),
  )
  test.each(pairs)('for %s, then for %s: %s', async (standing, wanted, outcome) => {
    const certificate = await leaf()
    const first = await revoke(certificate, standing)
    const since = given.calendar.now()
    const events = auditTrail(given.database).length
    given.calendar.advance(1000)
    if (outcome === 'refused') {
      const error = await expectRefusal(revoke(certificate, wanted), 'already_revoked')
      expect(error.details).toMatchObject({ reason: standing })
    } else {
      const again = await revoke(certificate, wanted)
      const reason = outcome === 'stands' ? standing : wanted
      expect(again.certificate.revocation).toEqual({ reason, revokedAt: since })
      expect(again.crl?.number).toBeGreaterThanOrEqual(first.crl?.number ?? 0n)
    }
    const reason = outcome === 'changes' ? wanted : standing
    expect(await entryOf(certificate)).toMatchObject({ reason, revokedAt: since })
    const told = auditTrail(given.database)
      .slice(events)
      .filter(({ eventName }) => eventName === 'RevokeCertificate')
    expect(told).toHaveLength(outcome === 'changes' ? 1 : 0)
  })

  test('only ever says more: nothing becomes a hold again, and a compromise stays one', () => {
    for (const standing of REVOCATION_REASON_NAMES.filter((each) => each !== 'certificateHold')) {
      expect(revocationChange(standing, 'certificateHold')).toBe('refused')
      for (const wanted of REVOCATION_REASON_NAMES)
        if (revocationChange(standing, wanted) === 'changes') expect(wanted).toBe('keyCompromise')
    }
  })
})

describe('a hold', () => {
  test('is lifted, put on again, and made final', async () => {
    const certificate = await leaf()
    await revoke(certificate, 'certificateHold')
    const lifted = await lift(certificate)
    expect(lifted.certificate.revocation).toBeUndefined()
    expect(await entryOf(certificate)).toBeUndefined()
    given.calendar.advance(HOUR)
    await revoke(certificate, 'certificateHold')
    expect(await entryOf(certificate)).toMatchObject({ revokedAt: given.calendar.now() })
    await revoke(certificate, 'superseded')
    const error = await expectRefusal(lift(certificate), 'state_conflict')
    expect(error.message).toMatch(/superseded\), and that is final/)
    expect(auditTrail(given.database).map(({ eventName }) => eventName)).toContain('LiftCertificateHold')
  })

  test('is nothing that a valid certificate has, nor an unknown or another account’s', async () => {
    const certificate = await leaf()
    await expectRefusal(lift(certificate), 'state_conflict')
    await revoke(certificate, 'certificateHold')
    const elsewhere = liftHold(given.ports, aPrincipal({ role: 'administrator' }), { id: idOf(certificate) })
    await expectRefusal(elsewhere, 'not_found')
    await expectRefusal(liftHold(given.ports, given.admin, { id: 'x' }), 'not_found')
  })

  test('ends once, also for two callers at the same time', async () => {
    const certificate = await leaf()
    await revoke(certificate, 'certificateHold')
    const both = await Promise.allSettled([lift(certificate), lift(certificate)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('of an authority’s certificate leaves it disabled until it is enabled', async () => {
    await using place = await barePorts()
    const root = await aRoot(place)
    const below = await aSubordinate(place)
    const id = `${root.id}.${below.certificate?.serial}`
    await revokeCertificate(place.ports, place.admin, { id, reason: 'certificateHold' })
    const enable = () => updateAuthority(place.ports, place.admin, { reference: 's', status: 'ACTIVE' })
    await expectRefusal(enable(), 'state_conflict')
    await liftHold(place.ports, place.admin, { id })
    expect((await place.ports.store.reads.authorities.public(below.id))?.status).toBe('DISABLED')
    await enable()
    expect((await aLeaf(place.ports, place.admin, { authority: 's' })).certificate.state).toBe('issued')
  })
})

describe('the answer', () => {
  test('says how long copies elsewhere may say otherwise', async () => {
    const first = await revoke(await leaf(), 'superseded')
    const before = given.calendar.now()
    given.calendar.advance(HOUR)
    const { staleUntil, ocsp } = await revoke(await leaf(), 'superseded')
    // The CRL that was current until now is good for the usual seven days; an OCSP answer of a moment ago for one.
    expect(staleUntil.crl).toBe(Math.floor(before / 1000) * 1000 + 7 * DAY)
    expect(staleUntil.ocsp).toBe(given.calendar.now() + DAY)
    expect(ocsp.url).toBe('http://pki.example.com/ocsp')
    expect(first.crl).toMatchObject({ published: true })
  })

  test('without waiting: the first number that will have it', async () => {
    const certificate = await leaf()
    const order = { id: idOf(certificate), reason: 'superseded', wait: 'recorded' } as const
    const { crl } = await revokeCertificate(given.ports, given.admin, order)
    expect(crl).toMatchObject({ published: false, url: expect.stringMatching(/\.crl$/) as string })
    expect(await entryOf(certificate)).toBeUndefined()
    expect(await publishAwaited(given.ports)).toEqual({ published: 1, failed: 0 })
    expect(await entryOf(certificate)).toBeDefined()
    const published = await given.ports.store.reads.crls.lastNumber(completeScope(certificate.authority))
    expect(published).toBeGreaterThanOrEqual(crl?.number ?? 0n)
    expect(await publishAwaited(given.ports)).toEqual({ published: 0, failed: 0 })
  })

  test('without waiting, then with: what is still to be published is', async () => {
    const certificate = await leaf()
    const order = { id: idOf(certificate), reason: 'superseded', wait: 'recorded' } as const
    const { crl } = await revokeCertificate(given.ports, given.admin, order)
    const again = await revoke(certificate, 'superseded')
    expect(again.crl?.number).toBeGreaterThanOrEqual(crl?.number ?? 0n)
    expect(await entryOf(certificate)).toBeDefined()
  })
})

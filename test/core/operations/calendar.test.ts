import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authorityStatus } from '../../../src/core/domain/authorities.ts'
import { certificateStatus } from '../../../src/core/domain/certificates.ts'
import { DAY, HOUR, LAST_MOMENT } from '../../../src/core/domain/time.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { searchCertificates } from '../../../src/core/operations/certificates/read-certificates.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { aLeaf, aRoot, aSubordinate, barePorts, idOf } from './ports.ts'
import { expectRefusal, refusal } from './refusals.ts'

const at = (iso: string): number => Date.parse(iso)
const page = { limit: 100, after: undefined }

describe('encodings of time', () => {
  test.each([
    ['2049-12-31T23:59:59Z', 'utc'],
    ['2050-01-01T00:00:00Z', 'generalized'],
    ['2052-02-29T12:00:00Z', 'generalized'],
  ] as const)('a leaf that ends at %s (RFC 5280 §4.1.2.5)', async (end, tag) => {
    await using given = await barePorts({ now: at('2048-02-29T23:59:59.999Z') })
    await aRoot(given, { validity: { days: 3000 } })
    await aSubordinate(given, { validity: { days: 2900 } })
    const { certificate } = await aLeaf(given.ports, given.admin, { validity: { notAfter: at(end) } })
    expect(parseCertificate(certificate.der).notAfter).toEqual({ time: at(end), tag })
    expect(Date.parse(new X509Certificate(certificate.der).validTo)).toBe(at(end))
    expect(certificate.notBefore).toBe(at('2048-02-29T22:59:59Z'))
  })

  test('at the end of 9999 an authority still gets a certificate, shortened', async () => {
    await using given = await barePorts({ now: LAST_MOMENT - DAY })
    expect((await aRoot(given)).certificate?.notAfter).toBe(LAST_MOMENT)
    await expectRefusal(aRoot(given, { name: 'late', validity: { days: 2 } }), 'request_invalid', [
      'validity.days validity_too_long',
    ])
  })
})

describe('a calendar that is moved', () => {
  test('forward: statuses follow, and an authority that ended issues no more', async () => {
    await using given = await barePorts()
    await aRoot(given)
    const issuing = await aSubordinate(given, { validity: { days: 200 } })
    const { certificate } = await aLeaf(given.ports, given.admin)
    const statusNow = () => certificateStatus(certificate, given.calendar.now())
    expect(statusNow()).toBe('valid')
    given.calendar.set(certificate.notAfter)
    expect(statusNow()).toBe('valid')
    given.calendar.set(certificate.notAfter + 1)
    expect(statusNow()).toBe('expired')
    given.calendar.set(issuing.certificate?.notAfter ?? 0)
    await expectRefusal(aLeaf(given.ports, given.admin), 'request_invalid', [
      'validity validity_issuer_expired',
    ])
    given.calendar.advance(1)
    expect(authorityStatus(issuing, given.calendar.now())).toBe('EXPIRED')
    const error = await expectRefusal(aLeaf(given.ports, given.admin), 'state_conflict')
    expect(error.details).toEqual({ status: 'EXPIRED' })
    await expectRefusal(
      updateAuthority(given.ports, given.admin, { reference: issuing.id, status: 'DISABLED' }),
      'state_conflict',
    )
    given.calendar.advance(-100 * DAY)
    expect((await aLeaf(given.ports, given.admin)).certificate.state).toBe('issued')
  })

  test('back: nothing begins before its issuer, and nothing ends before it begins', async () => {
    await using given = await barePorts()
    const root = await aRoot(given)
    await aSubordinate(given)
    const begin = root.certificate?.notBefore ?? 0
    given.calendar.advance(-30 * 60_000)
    const { certificate } = await aLeaf(given.ports, given.admin)
    expect(certificate.notBefore).toBe(begin)
    given.calendar.set(begin - DAY)
    const early = await aLeaf(given.ports, given.admin)
    expect(early.certificate.notBefore).toBe(begin)
    expect(certificateStatus(early.certificate, given.calendar.now())).toBe('not_yet_valid')
    const error = await refusal(aLeaf(given.ports, given.admin, { validity: { seconds: 60 } }))
    expect(error.code).toMatch(/request_invalid|lint_failed/)
  })

  test('searches by status ask the calendar', async () => {
    await using given = await barePorts()
    await aRoot(given)
    await aSubordinate(given)
    const { certificate } = await aLeaf(given.ports, given.admin, { validity: { days: 1 } })
    const found = async (status: 'valid' | 'expired' | 'not_yet_valid') => {
      const { items } = await searchCertificates(given.ports, given.admin, { filter: { status }, page })
      return items.map(idOf).includes(idOf(certificate))
    }
    expect([await found('valid'), await found('expired')]).toEqual([true, false])
    given.calendar.advance(DAY + HOUR)
    expect([await found('valid'), await found('expired')]).toEqual([false, true])
    given.calendar.advance(-2 * DAY)
    expect([await found('valid'), await found('not_yet_valid')]).toEqual([false, true])
  })
})

import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY } from '../../../src/core/domain/time.ts'
import { authorityStatus } from '../../../src/core/domain/authorities.ts'
import {
  authorityRenewalAt,
  renewAuthority,
  renewDueAuthorities,
} from '../../../src/core/operations/authorities/renew-authority.ts'
import {
  crossSignAuthority,
  listCrossCertificates,
} from '../../../src/core/operations/authorities/cross-sign-authority.ts'
import { describeAuthority } from '../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import {
  advance,
  aLeaf,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  TEST_NOW,
  type TestPorts,
} from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
beforeEach(async () => {
  given = await barePorts()
  await aRoot(given)
})
afterEach(() => given[Symbol.asyncDispose]())
const current = async (reference: string) =>
  (await describeAuthority(given.ports, given.admin, reference)).authority
const x509 = (der: Uint8Array | undefined) => new X509Certificate(der ?? new Uint8Array())

describe('renewing an authority', () => {
  test('a new certificate for the same key and name: what it issued goes on verifying', async () => {
    const before = await aSubordinate(given, {
      validity: { days: 200 },
      nameConstraints: { permitted: { dns: ['example.com'] } },
    })
    const leaf = await aLeaf(given.ports, given.admin)
    advance(given, 100 * DAY)
    const renewed = await renewAuthority(given.ports, given.admin, { reference: 's' })
    const certificate = x509(renewed.certificate?.der)
    expect(certificate.serialNumber).not.toBe(x509(before.certificate?.der).serialNumber)
    expect(certificate.publicKey.equals(x509(before.certificate?.der).publicKey)).toBe(true)
    expect(x509(leaf.certificate.der).checkIssued(certificate)).toBe(true)
    expect(renewed.certificate?.notAfter).toBe(TEST_NOW + 300 * DAY)
    const stored = await current('s')
    expect(stored.certificate?.serial).toBe(renewed.certificate?.serial)
    // Constraints and all, byte for byte, but for serial, validity and signature.
    await expectRefusal(aLeaf(given.ports, given.admin, { names: { dns: ['example.org'] } }), 'lint_failed')
    expect((await aLeaf(given.ports, given.admin)).chain[0]).toEqual(stored.certificate?.der)
  })

  test('a root signs itself anew; an expired authority comes back', async () => {
    advance(given, 3660 * DAY)
    expect(authorityStatus(await current('r'), given.ports.calendar.now())).toBe('EXPIRED')
    const renewed = await renewAuthority(given.ports, given.admin, {
      reference: 'r',
      validity: { days: 3650 },
    })
    const certificate = x509(renewed.certificate?.der)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(authorityStatus(await current('r'), given.ports.calendar.now())).toBe('ACTIVE')
  })

  test('never beyond its parent: refused when asked for, shortened when not', async () => {
    await aSubordinate(given, { validity: { days: 3000 } })
    advance(given, 2000 * DAY)
    await expectRefusal(
      renewAuthority(given.ports, given.admin, { reference: 's', validity: { days: 3000 } }),
      'request_invalid',
      ['validity.days validity_beyond_issuer'],
    )
    const renewed = await renewAuthority(given.ports, given.admin, { reference: 's' })
    expect(renewed.certificate?.notAfter).toBe((await current('r')).certificate?.notAfter)
  })

  test('takes rights on the authority and on its parent', async () => {
    await aSubordinate(given)
    const issuer = aPrincipal({ ...given.admin, role: 'issuer' })
    await expectRefusal(renewAuthority(given.ports, issuer, { reference: 's' }), 'forbidden')
    await expectRefusal(renewAuthority(given.ports, given.admin, { reference: 'nobody' }), 'not_found')
  })
})

describe('by itself', () => {
  test('when the longest leaf and a month don’t fit any more; in the last third of a short life', async () => {
    const long = await aSubordinate(given)
    expect(long.certificate).toBeDefined()
    expect(authorityRenewalAt(long)).toBe((long.certificate?.notAfter ?? 0) - 120 * DAY)
    const short = await aSubordinate(given, {
      name: 'short',
      subject: { commonName: 'short' },
      validity: { days: 30 },
    })
    const { notBefore = 0, notAfter = 0 } = short.certificate ?? {}
    expect(authorityRenewalAt(short)).toBe(notAfter - (notAfter - notBefore) / 3)
  })

  test('each once, and not before', async () => {
    await aSubordinate(given, { validity: { days: 400 } })
    const before = await current('s')
    advance(given, 279 * DAY)
    expect(await renewDueAuthorities(given.ports)).toEqual({ renewed: 0, ending: 0 })
    advance(given, 2 * DAY)
    expect(await renewDueAuthorities(given.ports)).toEqual({ renewed: 1, ending: 0 })
    expect(await renewDueAuthorities(given.ports)).toEqual({ renewed: 0, ending: 0 })
    const after = await current('s')
    expect(after.certificate?.serial).not.toBe(before.certificate?.serial)
    expect(after.key).toBe(before.key)
  })

  test('what can’t be renewed is said with reason and cure: a root, a manual one, one whose parent ends', async () => {
    await aSubordinate(given, { validity: { days: 3653 } })
    await aSubordinate(given, { name: 'manual', subject: { commonName: 'M' }, validity: { days: 3600 } })
    await updateAuthority(given.ports, given.admin, { reference: 'manual', renewal: 'MANUAL' })
    await aSubordinate(given, {
      name: 'last',
      subject: { commonName: 'L' },
      validity: { seconds: 3653 * 86_400 - 60 },
    })
    advance(given, 3580 * DAY)
    given.log.length = 0
    expect(await renewDueAuthorities(given.ports)).toEqual({ renewed: 0, ending: 4 })
    const said = given.log.map(({ message }) => message)
    expect(said.sort()).toEqual([
      expect.stringMatching(/“last” ends at .*: its parent “r” ends at .*; rotate that one first/),
      expect.stringMatching(/“manual” ends at .*: its renewal is MANUAL/),
      expect.stringMatching(/“r” ends at .*: a root is not renewed by itself.*rotate it/),
      expect.stringMatching(/“s” ends at .*: its parent “r” ends at .*; rotate that one first/),
    ])
  })
})

describe('cross-signing', () => {
  test('one key under another root, within both lives; revocable with the right to change authorities', async () => {
    const other = await aRoot(given, {
      name: 'other',
      subject: { commonName: 'Other' },
      validity: { days: 100 },
    })
    const signed = await crossSignAuthority(given.ports, given.admin, { subject: 'r', issuer: 'other' })
    const cross = signed.certificate
    const certificate = x509(cross.der)
    expect(certificate.verify(x509(other.certificate?.der).publicKey)).toBe(true)
    expect(certificate.subject).toBe('CN=R')
    expect(cross.notAfter).toBe(other.certificate?.notAfter)
    const { certificates } = await listCrossCertificates(given.ports, given.admin, 'r')
    expect(certificates.map(({ serial }) => serial)).toEqual([cross.serial])
    const issuer = aPrincipal({ ...given.admin, role: 'issuer' })
    const revoking = { id: idOf(cross), reason: 'superseded' as const }
    await expectRefusal(revokeCertificate(given.ports, issuer, revoking), 'forbidden')
    await revokeCertificate(given.ports, given.admin, revoking)
    expect((await current('r')).status).toBe('ACTIVE')
  })

  test('path lengths are shortened to what the signer allows', async () => {
    await aRoot(given, { name: 'narrow', subject: { commonName: 'Narrow' }, pathLength: 2 })
    const signed = await crossSignAuthority(given.ports, given.admin, { subject: 'r', issuer: 'narrow' })
    const cross = signed.certificate
    expect(Buffer.from(cross.der).toString('hex')).toContain('30060101ff020101')
  })

  test.each([
    ['itself', { subject: 'r', issuer: 'r' }, 'request_invalid', ['issuer cross_issuer']],
    ['its parent', { subject: 's', issuer: 'r' }, 'request_invalid', ['issuer cross_issuer']],
    ['one that may not certify authorities', { subject: 'r', issuer: 's' }, 'state_conflict', undefined],
    ['one that is unknown', { subject: 'r', issuer: 'x' }, 'not_found', undefined],
    [
      'longer than both last',
      { subject: 'r', issuer: 'o', validity: { days: 9999 } },
      'request_invalid',
      ['validity.days validity_beyond_issuer'],
    ],
  ] as const)('not by %s', async (_, request, code, violations) => {
    await aSubordinate(given)
    await aRoot(given, { name: 'o', subject: { commonName: 'O' } })
    await expectRefusal(crossSignAuthority(given.ports, given.admin, request), code, violations)
  })
})

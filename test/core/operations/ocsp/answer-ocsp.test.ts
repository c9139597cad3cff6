import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import { KEY_ALGORITHM_NAMES, type KeyAlgorithm } from '../../../../src/core/domain/key-algorithms.ts'
import { goodUntil } from '../../../../src/core/domain/ocsp.ts'
import { REVOCATION_REASON_NAMES } from '../../../../src/core/domain/revocation.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../../src/core/domain/time.ts'
import { importAuthority } from '../../../../src/core/operations/authorities/import-authority.ts'
import { importCertificates } from '../../../../src/core/operations/authorities/import-certificates.ts'
import { importRevocations } from '../../../../src/core/operations/authorities/import-revocations.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { answerOcsp } from '../../../../src/core/operations/ocsp/answer-ocsp.ts'
import { publishDueCrls } from '../../../../src/core/operations/revocation/publish-due-crls.ts'
import { newSerial } from '../../../../src/core/operations/new-ids.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { encodeCertId, issuerHashes } from '../../../../src/core/x509/ocsp-cert-id.ts'
import { encodeOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { parseOcspResponse } from '../../../../src/core/x509/ocsp-response-parser.ts'
import { element, oid, sequence } from '../../../../src/core/x509/der/writer.ts'
import { hasTool } from '../../../support/tools.ts'
import { opensslCa } from '../openssl-ca.ts'
import { aQuestion, checkedAnswer, statusesIn } from '../../../support/ocsp-client.ts'
import {
  advance,
  aLeaf,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  secondServer,
  type TestPorts,
} from '../ports.ts'
import { ask, derOf, statusOf } from './asking.ts'

const NONCE = Uint8Array.of(1, 2, 3, 4)
let given: TestPorts
let authority: Authority
beforeEach(async () => {
  given = await barePorts()
  await aRoot(given)
  authority = await aSubordinate(given)
})
afterEach(() => given[Symbol.asyncDispose]())

const leaf = async () => (await aLeaf(given.ports, given.admin)).certificate
const revoke = (
  certificate: Parameters<typeof idOf>[0],
  reason: (typeof REVOCATION_REASON_NAMES)[number] = 'superseded',
) => revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason })

describe('what is said', () => {
  test.each(['sha1', 'sha256'] as const)('good, by %s, with the nonce and without', async (hash) => {
    const { serial } = await leaf()
    const plain = checkedAnswer((await ask(given.ports, authority, serial, { hash })).der, derOf(authority))
    expect(plain.responses).toMatchObject([{ status: { kind: 'good' }, certId: { hash } }])
    expect(plain.nonce).toBeUndefined()
    const { der } = await ask(given.ports, authority, serial, { hash, nonce: NONCE })
    expect(checkedAnswer(der, derOf(authority)).nonce).toEqual(NONCE)
  })

  test.each(REVOCATION_REASON_NAMES)('revoked for %s, with the moment', async (reason) => {
    const certificate = await leaf()
    await revoke(certificate, reason)
    expect(await statusOf(given.ports, authority, certificate.serial)).toEqual({
      kind: 'revoked',
      revokedAt: given.calendar.now(),
      reason,
    })
  })

  test('unknown for what was never issued, is negative, or longer than any serial of ours', async () => {
    const { serial } = await leaf()
    const issuer = parseCertificate(derOf(authority))
    const hashes = issuerHashes('sha256', issuer.subject, issuer.publicKey.spki)
    const made = Buffer.from(newSerial(given.ports.random)).toString('hex')
    for (const never of [made, `${serial.slice(0, -2)}ff`, `01${serial}`, '00', '01'])
      expect(await statusOf(given.ports, authority, never)).toEqual({ kind: 'unknown' })
    // The octets of a serial with its top bit set, read as a negative number.
    let high = await leaf()
    while (Number.parseInt(high.serial.slice(0, 2), 16) < 0x80) high = await leaf()
    const negative = sequence(
      sequence(oid('2.16.840.1.101.3.4.2.1')),
      hashes,
      element(2, Buffer.from(high.serial, 'hex')),
    )
    const { der } = await answerOcsp(given.ports, encodeOcspRequest([negative]))
    expect(statusesIn(der, derOf(authority))).toEqual([{ kind: 'unknown' }])
    expect(await statusOf(given.ports, authority, high.serial)).toEqual({ kind: 'good' })
    expect(encodeCertId('sha256', hashes, Buffer.from(high.serial, 'hex'))).not.toEqual(negative)
  })

  test('RFC 6960 §2.3: unauthorized for a foreign issuer, an unknown hash, and several issuers at once', async () => {
    const { serial } = await leaf()
    const root = await given.ports.store.reads.authorities.byName(given.admin, 'r')
    const own = parseCertificate(derOf(authority))
    const [mine, others] = [issuerHashes('sha256', own.subject, own.publicKey.spki), new Uint8Array(68)]
    const octets = Buffer.from(serial, 'hex')
    const foreign = issuerHashes('sha256', own.issuer, own.publicKey.spki)
    const md5 = sequence(sequence(oid('1.2.840.113549.2.5')), mine, element(2, octets.subarray(1)))
    const ofRoot = parseCertificate(root?.certificate?.der ?? others)
    const above = issuerHashes('sha1', ofRoot.subject, ofRoot.publicKey.spki)
    for (const certIds of [
      [encodeCertId('sha256', foreign, octets)],
      [md5],
      [encodeCertId('sha256', mine, octets), encodeCertId('sha1', above, octets)],
      [encodeCertId('sha256', mine, octets), md5],
    ]) {
      const answer = await answerOcsp(given.ports, encodeOcspRequest(certIds))
      expect(answer).toMatchObject({ outcome: 'unauthorized', keepable: undefined })
      expect(parseOcspResponse(answer.der)).toEqual({ status: 'unauthorized' })
    }
  })

  test('about several certificates of one issuer, by whichever hash, in one answer', async () => {
    const [one, two] = [await leaf(), await leaf()]
    await revoke(two)
    const { der, ...rest } = await ask(given.ports, authority, [one.serial, two.serial, '01'])
    expect(rest).toEqual({ outcome: 'several', keepable: undefined, fromCache: false })
    expect(statusesIn(der, derOf(authority)).map(({ kind }) => kind)).toEqual(['good', 'revoked', 'unknown'])
    const own = parseCertificate(derOf(authority))
    const both = (['sha1', 'sha256'] as const).map((hash) =>
      encodeCertId(hash, issuerHashes(hash, own.subject, own.publicKey.spki), Buffer.from(one.serial, 'hex')),
    )
    const mixed = await answerOcsp(given.ports, encodeOcspRequest(both))
    expect(statusesIn(mixed.der, derOf(authority)).map(({ kind }) => kind)).toEqual(['good', 'good'])
  })

  test.each([new Uint8Array(), Uint8Array.of(0x30, 0), Buffer.from('{}'), new Uint8Array(40_000)])(
    'malformedRequest for what is none (%#)',
    async (body) => {
      const answer = await answerOcsp(given.ports, body)
      expect(parseOcspResponse(answer.der)).toEqual({ status: 'malformedRequest' })
    },
  )

  test('unknown while it is being signed, revoked once it was abandoned', async () => {
    const { store } = given.ports
    const serial = Buffer.from(newSerial(given.ports.random)).toString('hex') as never
    const now = given.calendar.now()
    await store.transact((writes) => [
      writes.certificates.reserve({
        authority: authority.id,
        serial,
        account: authority.account,
        region: authority.region,
        tbs: new Uint8Array(3),
        notBefore: now,
        notAfter: now + DAY,
        issuedAt: now,
        key: undefined,
        profile: 'tls-server',
        warnings: [],
        spkiSha256: new Uint8Array(32),
        shard: undefined,
      }),
    ])
    expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'unknown' })
    await store.transact((writes) => [writes.certificates.abandon(authority.id, serial, now)])
    expect(await statusOf(given.ports, authority, serial)).toMatchObject({ kind: 'revoked' })
  })

  test('still good after it has expired', async () => {
    const { serial, notAfter } = await leaf()
    given.calendar.set(notAfter + DAY)
    expect(await statusOf(given.ports, authority, serial)).toEqual({ kind: 'good' })
  })
})

describe('answers that are kept', () => {
  test('until half of their life, and no longer', async () => {
    const { serial } = await leaf()
    const first = await ask(given.ports, authority, serial)
    if (first.keepable === undefined) throw new Error(first.outcome)
    expect(first.fromCache).toBe(false)
    const { nextUpdate, thisUpdate, refreshAt, digest } = first.keepable
    expect([nextUpdate - thisUpdate, refreshAt - thisUpdate]).toEqual([24 * HOUR, 12 * HOUR])
    advance(given, 12 * HOUR - SECOND)
    expect(await ask(given.ports, authority, serial)).toMatchObject({ fromCache: true, keepable: { digest } })
    advance(given, SECOND)
    expect(await ask(given.ports, authority, serial)).toMatchObject({
      fromCache: false,
      keepable: { thisUpdate: given.calendar.now() },
    })
  })

  test('are replaced at once by a revocation, a hold, its end and another reason', async () => {
    const certificate = await leaf()
    const kind = async () => (await statusOf(given.ports, authority, certificate.serial))?.kind
    expect(await kind()).toBe('good')
    await revoke(certificate, 'certificateHold')
    expect(await statusOf(given.ports, authority, certificate.serial)).toMatchObject({
      kind: 'revoked',
      reason: 'certificateHold',
    })
    const { store, calendar } = given.ports
    await store.transact((writes) => [writes.revocations.lift(certificate, calendar.now())])
    expect(await kind()).toBe('good')
    await revoke(certificate, 'superseded')
    expect(await kind()).toBe('revoked')
    await store.transact((writes) => [
      writes.revocations.changeReason(
        { ...certificate, revocation: { revokedAt: calendar.now(), reason: 'superseded' } },
        'keyCompromise',
        calendar.now(),
      ),
    ])
    expect(await statusOf(given.ports, authority, certificate.serial)).toMatchObject({
      reason: 'keyCompromise',
    })
  })

  test('two servers on one database: revoked on one, the other says so in its next answer', async () => {
    const second = await secondServer(given)
    const certificate = await leaf()
    for (const ports of [given.ports, second.ports])
      for (const fromCache of [false, true])
        expect(await ask(ports, authority, certificate.serial)).toMatchObject({ outcome: 'good', fromCache })
    await revoke(certificate)
    expect(await statusOf(second.ports, authority, certificate.serial)).toMatchObject({ kind: 'revoked' })
    expect(await statusOf(given.ports, authority, certificate.serial)).toMatchObject({ kind: 'revoked' })
    await second.store.close()
  })

  test('those with a nonce, about several and about nothing known are not', async () => {
    const { serial } = await leaf()
    expect(await ask(given.ports, authority, serial, { nonce: NONCE })).toMatchObject({ keepable: undefined })
    for (let turn = 0; turn < 2; turn++)
      expect(await ask(given.ports, authority, '01')).toMatchObject({ outcome: 'unknown', fromCache: false })
    const unknown = await ask(given.ports, authority, '01')
    if (unknown.keepable === undefined) throw new Error(unknown.outcome)
    expect(unknown.keepable.nextUpdate - unknown.keepable.thisUpdate).toBe(5 * MINUTE)
  })

  test('follow the authority’s configuration', async () => {
    const { serial } = await leaf()
    await ask(given.ports, authority, serial)
    await updateAuthority(given.ports, given.admin, { reference: 's', revocation: { ocsp: { hours: 2 } } })
    const answer = await ask(given.ports, authority, serial)
    if (answer.keepable === undefined) throw new Error(answer.outcome)
    expect([answer.fromCache, answer.keepable.nextUpdate - answer.keepable.thisUpdate]).toEqual([
      false,
      2 * HOUR,
    ])
  })

  test('a calendar that is set back makes them anew, and the responder where it must', async () => {
    const { serial } = await leaf()
    const responderAt = async (days: number) => {
      given.calendar.advance(days * DAY)
      const { der } = await ask(given.ports, authority, serial)
      const { producedAt, certificates } = checkedAnswer(der, derOf(authority))
      expect(producedAt).toBe(given.calendar.now())
      return certificates[0] ?? new Uint8Array()
    }
    const first = await responderAt(5)
    expect(await responderAt(-1 / 48)).toEqual(first)
    const earlier = await responderAt(-5 + 1 / 24)
    expect(earlier).not.toEqual(first)
    given.calendar.advance(-30 * DAY)
    const { der } = await ask(given.ports, authority, serial)
    expect(parseOcspResponse(der)).toEqual({ status: 'tryLater' })
  })

  test('the latest that one says good is known beforehand', async () => {
    const certificate = await leaf()
    given.calendar.advance(999)
    const before = await ask(given.ports, authority, certificate.serial)
    await revoke(certificate)
    if (before.keepable === undefined) throw new Error(before.outcome)
    expect(before.keepable.nextUpdate).toBe(goodUntil(given.calendar.now(), authority.revocation.ocsp.hours))
  })
})

describe.runIf(hasTool('openssl'))('an authority that openssl kept', () => {
  test('is silent until its revocations are here, then says what openssl had revoked', async () => {
    using ca = opensslCa()
    await using mine = await barePorts({ now: Date.now() + 60_000 })
    const { ports, admin } = mine
    const [fine, bad] = [ca.issue('good.example.com'), ca.issue('bad.example.com')]
    ca.revoke(bad, 'keyCompromise')
    const crl = ca.crl()
    const imported = await importAuthority(ports, admin, {
      name: 'old',
      key: ca.read('ca.key'),
      certificate: ca.read('ca.pem'),
    })
    const certificates = [fine, bad].map((each) => ca.read(`newcerts/${each}.pem`))
    await importCertificates(ports, admin, { authority: 'old', certificates })
    const outcomes = async () =>
      (await Promise.all([fine, bad].map((each) => ask(ports, imported.authority, each)))).map(
        (answer) => answer.outcome,
      )
    expect(await outcomes()).toEqual(['unauthorized', 'unauthorized'])
    await importRevocations(ports, admin, { authority: 'old', crl })
    await updateAuthority(ports, admin, { reference: 'old', status: 'ACTIVE' })
    expect(await outcomes()).toEqual(['good', 'revoked'])
    await publishDueCrls(ports)
    await updateAuthority(ports, admin, { reference: 'old', status: 'DISABLED' })
    expect(await outcomes()).toEqual(['good', 'revoked'])
  })
})

describe('an authority of each kind of key', () => {
  const QUICK = KEY_ALGORITHM_NAMES.filter((name) => !/^RSA_[34]/.test(name))
  test.each(QUICK)('%s answers with a responder of the same kind', async (keyAlgorithm: KeyAlgorithm) => {
    const root = await aRoot(given, { name: keyAlgorithm, keyAlgorithm })
    const serial = root.certificate?.serial ?? ''
    expect(await statusOf(given.ports, root, serial)).toEqual({ kind: 'good' })
    expect(await statusOf(given.ports, root, serial, { nonce: NONCE })).toEqual({ kind: 'good' })
  })

  test('of RSA signs as its authority does, PSS included, with the smallest key', async () => {
    const root = await aRoot(given, {
      name: 'pss',
      keyAlgorithm: 'RSA_3072',
      signatureAlgorithm: 'SHA384WITHRSA_PSS',
    })
    const { der } = await ask(given.ports, root, root.certificate?.serial ?? '')
    const { certificates } = checkedAnswer(der, derOf(root))
    expect(parseCertificate(certificates[0] ?? new Uint8Array()).publicKey.algorithm).toBe('RSA_2048')
  })

  test('whose hosts and directory are constrained has a responder within them', async () => {
    const constrained = await aSubordinate(given, {
      name: 'c',
      subject: { commonName: 'Narrow', organization: 'Example' },
      nameConstraints: { permitted: { dns: ['example.com'], directory: ['O=Example'] } },
    })
    const question = aQuestion(derOf(constrained), [constrained.certificate?.serial ?? ''])
    const { certificates } = checkedAnswer((await answerOcsp(given.ports, question)).der, derOf(constrained))
    const { subject } = parseCertificate(certificates[0] ?? new Uint8Array())
    expect(Buffer.from(subject).toString('latin1')).not.toContain(
      Buffer.from('550403', 'hex').toString('latin1'),
    )
  })
})

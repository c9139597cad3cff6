import { completeScope } from '../../../src/core/domain/crl-scopes.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { REVOCATION_REASON_NAMES } from '../../../src/core/domain/revocation.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { reconcile } from '../../../src/core/operations/certificates/reconcile.ts'
import { describeCertificate } from '../../../src/core/operations/certificates/read-certificates.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { publishCrl } from '../../../src/core/operations/revocation/publish-crl.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { serialFrom } from '../../../src/core/domain/ids.ts'
import { decodeCrlNumber } from '../../../src/core/x509/extension-decoders.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import type { RevocationReason } from '../../../src/core/domain/revocation.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { auditTrail, recordedSerials } from './database.ts'
import {
  advance,
  aLeaf,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  secondServer,
  testPorts,
  type TestPorts,
} from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
const revoke = (
  certificate: Certificate,
  reason: RevocationReason = 'superseded',
  ports: Ports = given.ports,
) => revokeCertificate(ports, given.admin, { id: idOf(certificate), reason })
const leaf = async (wishes: Parameters<typeof aLeaf>[2] = {}) =>
  (await aLeaf(given.ports, given.admin, wishes)).certificate
const crlOf = async (certificate: Pick<Certificate, 'authority'>, ports: Ports = given.ports) =>
  parseCrl((await readCrl(ports, certificate.authority))?.der ?? new Uint8Array())
const serialsIn = (crl: ReturnType<typeof parseCrl>): string[] =>
  [...crl.entries()].map((entry) => serialFrom(entry.serial) ?? '')
const numberIn = (crl: ReturnType<typeof parseCrl>): bigint =>
  decodeCrlNumber(crl.extensions.find(({ oid }) => oid === OID.cRLNumber)?.value ?? new Uint8Array())

beforeAll(async () => {
  given = await testPorts()
})
afterAll(() => given[Symbol.asyncDispose]())

describe('revoking', () => {
  test.each(REVOCATION_REASON_NAMES)('for %s stands in the CRL when it returns', async (reason) => {
    const certificate = await leaf()
    const revoked = await revoke(certificate, reason)
    const crl = await crlOf(certificate)
    const entry = [...crl.entries()].find((each) => serialFrom(each.serial) === certificate.serial)
    expect(entry).toMatchObject({ reason, revokedAt: given.calendar.now() })
    expect(numberIn(crl)).toBe(revoked.crl?.number)
    expect(revoked.crl?.url).toBe(`http://pki.example.com/crl/${certificate.authority}.crl`)
    expect(revoked.certificate.revocation).toEqual({ reason, revokedAt: given.calendar.now() })
    const read = await describeCertificate(given.ports, given.admin, { id: idOf(certificate) })
    expect(read.certificate.revocation).toEqual(revoked.certificate.revocation)
  })

  test('happens once, also to two callers at the same time', async () => {
    const certificate = await leaf()
    const both = await Promise.allSettled([revoke(certificate), revoke(certificate, 'affiliationChanged')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expectRefusal(revoke(certificate, 'privilegeWithdrawn'), 'already_revoked')
    const crl = await crlOf(certificate)
    expect(serialsIn(crl).filter((serial) => serial === certificate.serial)).toHaveLength(1)
  })

  test('what is unknown, expired, another account’s or self-signed', async () => {
    const certificate = await leaf({ validity: { seconds: 10 } })
    const elsewhere = aPrincipal({ role: 'administrator' })
    const id = idOf(certificate)
    await expectRefusal(revokeCertificate(given.ports, elsewhere, { id, reason: 'superseded' }), 'not_found')
    for (const unknown of ['', 'x', `${certificate.authority}.${'0'.repeat(32)}`])
      await expectRefusal(
        revokeCertificate(given.ports, given.admin, { id: unknown, reason: 'superseded' }),
        'not_found',
      )
    given.calendar.advance(11_000)
    await expectRefusal(revoke(certificate), 'state_conflict')
    given.calendar.advance(-11_000)
    const root = await given.ports.store.reads.authorities.byName(given.admin, 'root')
    const own = `${root?.id}.${root?.certificate?.serial}`
    await expectRefusal(
      revokeCertificate(given.ports, given.admin, { id: own, reason: 'superseded' }),
      'state_conflict',
    )
  })

  test('says that it stands when only its CRL fails, and the job makes good for it', async () => {
    await publishDueCrls(given.ports)
    const certificate = await leaf()
    const ports: Ports = {
      ...given.ports,
      vault: { ...given.ports.vault, sign: () => Promise.reject(new Error('the device is gone')) },
    }
    const error = await expectRefusal(revoke(certificate, 'superseded', ports), 'kms_unavailable')
    expect(error.message).toMatch(/is recorded and in force/)
    expect(serialsIn(await crlOf(certificate))).not.toContain(certificate.serial)
    expect(await publishDueCrls(ports)).toMatchObject({ failed: 1 })
    expect(await publishDueCrls(given.ports)).toEqual({ published: 1, failed: 0 })
    expect(serialsIn(await crlOf(certificate))).toContain(certificate.serial)
  })
})

describe('an authority whose certificate is revoked', () => {
  const revokeAuthority = async (place: TestPorts, name: string) => {
    const authority = await place.ports.store.reads.authorities.byName(place.admin, name)
    const id = `${authority?.parent}.${authority?.certificate?.serial}`
    return (principal = place.admin) =>
      revokeCertificate(place.ports, principal, { id, reason: 'cACompromise' })
  }

  test('issues no more, nor does anything below it; its CRLs go on', async () => {
    await using place = await barePorts()
    await aRoot(place)
    const middle = await aSubordinate(place, { name: 'middle', pathLength: 1 })
    await aSubordinate(place, { name: 'below', parent: 'middle', subject: { commonName: 'B' } })
    expect((await aLeaf(place.ports, place.admin, { authority: 'below' })).certificate.state).toBe('issued')
    const { certificate } = await (await revokeAuthority(place, 'middle'))()
    expect(certificate.revocation?.reason).toBe('cACompromise')
    const disabled = await place.ports.store.reads.authorities.byName(place.admin, 'middle')
    expect(disabled?.status).toBe('DISABLED')
    for (const authority of ['middle', 'below'])
      await expectRefusal(aLeaf(place.ports, place.admin, { authority }), 'state_conflict')
    const update = { reference: 'middle', status: 'ACTIVE' } as const
    await expectRefusal(updateAuthority(place.ports, place.admin, update), 'state_conflict')
    expect((await publishCrl(place.ports, completeScope(middle.id))).number).toBeGreaterThan(0n)
  })

  test('was revoked by somebody who may change authorities', async () => {
    await using place = await barePorts()
    await aRoot(place)
    await aSubordinate(place)
    const revokeIt = await revokeAuthority(place, 's')
    await expectRefusal(revokeIt(aPrincipal({ account: place.admin.account })), 'forbidden')
    expect((await aLeaf(place.ports, place.admin)).certificate.state).toBe('issued')
  })
})

describe('CRL numbers', () => {
  test('grow through twenty revocations at once, over two servers', async () => {
    const other = await secondServer(given)
    const leaves = await Promise.all(Array.from({ length: 20 }, () => leaf()))
    const seen: bigint[] = []
    await Promise.all(
      leaves.map(async (certificate, i) => {
        const { crl } = await revoke(certificate, 'superseded', i % 2 === 0 ? given.ports : other.ports)
        seen.push(crl?.number ?? 0n)
      }),
    )
    const crl = await crlOf(leaves[0] as Certificate)
    for (const { serial } of leaves) expect(serialsIn(crl)).toContain(serial)
    expect(numberIn(crl)).toBe(seen.reduce((a, b) => (a > b ? a : b)))
    const published = auditTrail(given.database)
      .filter(({ eventName }) => eventName === 'PublishCertificateRevocationList')
      .filter((event) => JSON.stringify(event['resources']).includes(leaves[0]?.authority ?? ''))
      .map((event) => BigInt((event['responseElements'] as { number: string }).number))
    expect(new Set(published).size).toBe(published.length)
    expect([...published].sort((a, b) => Number(a - b))).toEqual(published)
    await other.store.close()
  })
})

describe('entries', () => {
  let place: TestPorts
  beforeEach(async () => {
    place = await testPorts()
    return () => place[Symbol.asyncDispose]()
  })

  test('stay until they stood in one CRL after their certificate’s end', async () => {
    const { certificate } = await aLeaf(place.ports, place.admin, { validity: { days: 1 } })
    await revokeCertificate(place.ports, place.admin, { id: idOf(certificate), reason: 'superseded' })
    const listed = async () => {
      await publishCrl(place.ports, completeScope(certificate.authority))
      return serialsIn(await crlOf(certificate, place.ports)).includes(certificate.serial)
    }
    advance(place, DAY / 2)
    expect(await listed()).toBe(true)
    advance(place, DAY)
    expect(await listed()).toBe(true)
    expect(await listed()).toBe(false)
  })

  test('are not lost when the calendar was set back before they were made', async () => {
    const { certificate } = await aLeaf(place.ports, place.admin, { validity: { days: 1 } })
    place.calendar.advance(3 * DAY)
    await publishCrl(place.ports, completeScope(certificate.authority))
    place.calendar.advance(-3 * DAY)
    await revokeCertificate(place.ports, place.admin, { id: idOf(certificate), reason: 'superseded' })
    expect(serialsIn(await crlOf(certificate, place.ports))).toContain(certificate.serial)
  })

  test('CRLs are due when there is none, at half their life, and when they come from the future', async () => {
    expect(await publishDueCrls(place.ports)).toEqual({ published: 2, failed: 0 })
    expect(await publishDueCrls(place.ports)).toEqual({ published: 0, failed: 0 })
    place.calendar.advance(3.5 * DAY)
    expect(await publishDueCrls(place.ports)).toEqual({ published: 2, failed: 0 })
    place.calendar.advance(-DAY)
    expect(await publishDueCrls(place.ports)).toEqual({ published: 2, failed: 0 })
    place.calendar.advance(3652 * DAY)
    expect(await publishDueCrls(place.ports)).toEqual({ published: 0, failed: 0 })
  })

  test('the public repository answers by id, and nothing else', async () => {
    for (const id of ['', 'root', '../etc', '01900000-0000-7000-8000-000000000001'])
      expect(await readCrl(place.ports, id)).toBeUndefined()
  })
})

describe('reconciling', () => {
  test('abandons what a dead server was signing: revoked in the CRL, never issued', async () => {
    await using place = await testPorts()
    const dead = await secondServer(place, 'dead')
    const never = new Promise<never>(() => {})
    const hanging: Ports = { ...dead.ports, vault: { ...dead.ports.vault, sign: () => never } }
    const now = place.clock.now()
    const lease = (until: number) =>
      dead.store.transact((writes) => [writes.leases.take('server/dead', 'dead', now, until)])
    await lease(now + 15_000)
    void aLeaf(hanging, place.admin).catch(() => {})
    await expect.poll(() => [...recordedSerials(place.database).values()].includes(0)).toBe(true)
    const serial = [...recordedSerials(place.database)].find(([, state]) => state === 0)?.[0] as string
    expect(await reconcile(place.ports)).toEqual({ abandoned: 0 })
    advance(place, 15_001)
    const both = await Promise.all([reconcile(place.ports), reconcile(dead.ports)])
    expect(both.map(({ abandoned }) => abandoned).sort((a, b) => a - b)).toEqual([0, 1])
    expect(recordedSerials(place.database).get(serial)).toBe(2)
    await publishDueCrls(place.ports)
    const issuing = await place.ports.store.reads.authorities.byName(place.admin, 'issuing')
    expect(
      serialsIn(await crlOf({ authority: issuing?.id as Certificate['authority'] }, place.ports)),
    ).toContain(serial)
    await dead.store.close()
  })

  test('a signature that comes after that is discarded', async () => {
    await using place = await testPorts()
    const slow = await secondServer(place, 'slow')
    const { promise, resolve } = Promise.withResolvers<void>()
    const vault: Ports['vault'] = {
      ...place.ports.vault,
      sign: async (...all) => {
        await promise
        return place.ports.vault.sign(...all)
      },
    }
    const work = aLeaf({ ...slow.ports, vault }, place.admin)
    await expect.poll(() => [...recordedSerials(place.database).values()].includes(0)).toBe(true)
    expect(await reconcile(place.ports)).toEqual({ abandoned: 1 })
    resolve()
    await expectRefusal(work, 'unavailable')
    await slow.store.close()
  })
})

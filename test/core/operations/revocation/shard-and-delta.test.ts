import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import { MOST_DELTA_ENTRIES } from '../../../../src/core/domain/published-crls.ts'
import { DAY, HOUR } from '../../../../src/core/domain/time.ts'
import { publishFinalCrls } from '../../../../src/core/operations/revocation/publish-crl.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { certificatePem } from '../../../../src/core/operations/certificates/certificate-facts.ts'
import { pemEncode } from '../../../../src/core/x509/pem.ts'
import {
  decodeCrlDistributionPoints,
  decodeCrlNumber,
  decodeIssuingDistributionPoint,
} from '../../../../src/core/x509/extension-decoders.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { OID } from '../../../../src/core/x509/oids.ts'
import type { CrlOutline } from '../../../../src/core/x509/crl-outline.ts'
import { hasTool, runTool } from '../../../support/tools.ts'
import { advance } from '../ports.ts'
import { crlScene, entriesOf, shardOf, type CrlScene } from './crl-scene.ts'

const extension = ({ extensions }: Pick<CrlOutline, 'extensions'>, oid: string) =>
  extensions.find((each) => each.oid === oid)
const valueOf = (crl: Pick<CrlOutline, 'extensions'>, oid: string): Uint8Array =>
  extension(crl, oid)?.value ?? new Uint8Array()

let scene: CrlScene
afterEach(() => scene[Symbol.asyncDispose]())

/** Whether openssl takes a certificate for revoked, by these CRLs and no others. */
function opensslSays(certificate: Certificate, crls: readonly Uint8Array[], ...flags: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-crl-'))
  try {
    const at = (name: string) => join(folder, name)
    writeFileSync(at('ca.pem'), certificatePem(scene.authority.certificate?.der ?? new Uint8Array()))
    writeFileSync(at('leaf.pem'), certificatePem(certificate.der))
    writeFileSync(at('crls.pem'), crls.map((der) => pemEncode('X509 CRL', der)).join(''))
    const { stdout, stderr } = runTool('openssl', [
      'verify',
      '-crl_check',
      ...flags,
      '-partial_chain',
      '-attime',
      String(Math.floor(scene.calendar.now() / 1000) + 1),
      '-CAfile',
      at('ca.pem'),
      '-CRLfile',
      at('crls.pem'),
      at('leaf.pem'),
    ])
    return stdout + stderr
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a shard’s CRL', () => {
  beforeEach(async () => {
    scene = await crlScene({ crl: { kind: 'PARTITIONED' } })
  })

  test('RFC 5280 §5.2.5: names critically the very URL that its certificates name', async () => {
    const certificate = await scene.leaf()
    await scene.revoke(certificate)
    const crl = await scene.current(shardOf(certificate))
    const named = valueOf(parseCertificate(certificate.der), OID.cRLDistributionPoints)
    expect(extension(crl, OID.issuingDistributionPoint)?.critical).toBe(true)
    expect(decodeIssuingDistributionPoint(valueOf(crl, OID.issuingDistributionPoint))).toEqual({
      urls: decodeCrlDistributionPoints(named),
      limits: [],
    })
    expect([...entriesOf(crl)]).toEqual([[certificate.serial, 'superseded']])
  })

  test('is the only one that a revocation publishes', async () => {
    const certificate = await scene.leaf()
    const { crl } = await scene.revoke(certificate)
    const shard = await scene.ports.store.reads.shards.get(certificate.shard ?? (0 as never))
    expect(crl).toEqual({ url: shard?.url, number: 1n, published: true })
    expect(await scene.ports.store.reads.crls.latest(scene.complete, 'complete')).toBeUndefined()
  })

  test('counts by itself, beside a complete one that has every revocation', async () => {
    const certificate = await scene.leaf()
    await scene.revoke(certificate)
    scene.revokedRows(3)
    const complete = await scene.publish()
    const shard = await scene.publish(shardOf(certificate))
    expect([complete.number, shard.number]).toEqual([1n, 2n])
    expect([complete.entries, shard.entries]).toEqual([4, 1])
  })

  test.skipIf(!hasTool('openssl'))('openssl verifies it and believes it', async () => {
    const [revoked, good] = [await scene.leaf(), await scene.leaf()]
    await scene.revoke(revoked)
    const { der } = await scene.current(shardOf(revoked))
    expect(opensslSays(revoked, [der])).toMatch(/certificate revoked/)
    expect(opensslSays(good, [der])).toMatch(/leaf\.pem: OK/)
  })
})

describe('delta CRLs', () => {
  beforeEach(async () => {
    scene = await crlScene({ crl: { hours: 168, deltaHours: 12 } })
  })

  test('RFC 5280 §5.2.4, §5.2.6: a revocation publishes one, to the complete one that points to it', async () => {
    const complete = await scene.publish()
    const certificate = await scene.leaf()
    const { crl } = await scene.revoke(certificate)
    const delta = await scene.current(scene.complete, 'delta')
    const url = `http://pki.example.com/crl/${scene.authority.id}-delta.crl`
    expect(crl).toEqual({ url, number: delta.published.number, published: true })
    expect(delta.published).toMatchObject({ base: complete.number, number: complete.number + 1n })
    expect([...entriesOf(delta)]).toEqual([[certificate.serial, 'superseded']])
    const whole = await scene.current()
    expect(whole.published.number).toBe(complete.number)
    expect(decodeCrlDistributionPoints(valueOf(whole, OID.freshestCRL))).toEqual([url])
    expect(extension(whole, OID.freshestCRL)?.critical).toBe(false)
    expect(extension(delta, OID.freshestCRL)).toBeUndefined()
    expect(extension(delta, OID.deltaCRLIndicator)?.critical).toBe(true)
    expect(decodeCrlNumber(valueOf(delta, OID.deltaCRLIndicator))).toBe(complete.number)
    expect(delta.published.nextUpdate - delta.published.thisUpdate).toBe(12 * HOUR)
  })

  test('RFC 5280 §5.2.4: one that is issued with a complete one has its number', async () => {
    const { number } = await scene.publish()
    expect((await scene.current(scene.complete, 'delta')).published.number).toBe(number)
  })

  test('RFC 5280 §5.2.4: what was lifted is removed, whether the base had it or only a delta', async () => {
    const [inBase, inDelta] = [await scene.leaf(), await scene.leaf()]
    await scene.revoke(inBase, 'certificateHold')
    advance(scene, 4 * DAY)
    await scene.publish()
    await scene.revoke(inDelta, 'certificateHold')
    await scene.lift(inDelta)
    await scene.lift(inBase)
    expect(entriesOf(await scene.current(scene.complete, 'delta'))).toEqual(
      new Map([
        [inDelta.serial, 'removeFromCRL'],
        [inBase.serial, 'removeFromCRL'],
      ]),
    )
    await scene.revoke(inBase, 'keyCompromise')
    expect(entriesOf(await scene.current(scene.complete, 'delta')).get(inBase.serial)).toBe('keyCompromise')
    advance(scene, 4 * DAY)
    await scene.publish()
    expect(entriesOf(await scene.current())).toEqual(new Map([[inBase.serial, 'keyCompromise']]))
  })

  test('a changed reason is an entry, not a removal', async () => {
    const certificate = await scene.leaf()
    await scene.revoke(certificate, 'certificateHold')
    await scene.revoke(certificate, 'superseded')
    const delta = await scene.current(scene.complete, 'delta')
    expect([...entriesOf(delta)]).toEqual([[certificate.serial, 'superseded']])
    expect(delta.entryCount).toBe(1)
  })

  test('go back to the complete one before, as long as somebody may hold that', async () => {
    const first = await scene.publish()
    const certificate = await scene.leaf()
    await scene.revoke(certificate)
    advance(scene, 4 * DAY)
    const second = await scene.publish()
    const delta = await scene.current(scene.complete, 'delta')
    expect(delta.published).toMatchObject({ number: second.number, base: first.number })
    expect(entriesOf(delta).has(certificate.serial)).toBe(true)
    advance(scene, 3 * DAY)
    scene.revokedRows(1)
    await scene.publish()
    const later = await scene.current(scene.complete, 'delta')
    expect(later.published).toMatchObject({ base: second.number, entries: 1 })
  })

  test('a complete one comes when they have grown large', async () => {
    const first = await scene.publish()
    scene.revokedRows(MOST_DELTA_ENTRIES)
    expect(await scene.publish()).toMatchObject({ kind: 'delta', entries: MOST_DELTA_ENTRIES })
    scene.revokedRows(1)
    const next = await scene.publish()
    expect(next).toMatchObject({ kind: 'complete', entries: MOST_DELTA_ENTRIES + 1 })
    const delta = await scene.current(scene.complete, 'delta')
    expect(delta.published).toMatchObject({ base: next.number, number: next.number, entries: 0 })
    expect(next.number).toBeGreaterThan(first.number)
  })

  test('numbers of both kinds never repeat, but for a pair that was issued together', async () => {
    const seen: bigint[] = []
    for (let i = 0; i < 6; i++) {
      scene.revokedRows(1)
      advance(scene, DAY)
      seen.push((await scene.publish()).number)
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual([...seen].sort((one, other) => Number(one - other)))
  })

  test('of a shard have its scope, and its file’s name', async () => {
    const crl = { kind: 'PARTITIONED' } as const
    await updateAuthority(scene.ports, scene.admin, { reference: 's', revocation: { crl } })
    const certificate = await scene.leaf()
    const scope = shardOf(certificate)
    await scene.publish(scope)
    const { crl: where } = await scene.revoke(certificate)
    const [whole, delta] = [await scene.current(scope), await scene.current(scope, 'delta')]
    expect(delta.published.base).toBe(whole.published.number)
    expect(valueOf(delta, OID.issuingDistributionPoint)).toEqual(valueOf(whole, OID.issuingDistributionPoint))
    expect(where?.url).toBe(decodeCrlDistributionPoints(valueOf(whole, OID.freshestCRL))[0])
    expect(where?.url).toMatch(/-delta\.crl$/)
  })

  test.skipIf(!hasTool('openssl'))('openssl combines them with the complete one', async () => {
    const [held, late] = [await scene.leaf(), await scene.leaf()]
    await scene.revoke(held, 'certificateHold')
    advance(scene, 4 * DAY)
    await scene.publish()
    const { der: complete } = await scene.current()
    await scene.revoke(late)
    await scene.lift(held)
    const { der: delta } = await scene.current(scene.complete, 'delta')
    const flags = ['-use_deltas', '-extended_crl']
    expect(opensslSays(late, [complete])).toMatch(/OK/)
    expect(opensslSays(held, [complete])).toMatch(/certificate revoked/)
    expect(opensslSays(late, [complete, delta], ...flags)).toMatch(/certificate revoked/)
    expect(opensslSays(held, [complete, delta], ...flags)).toMatch(/OK/)
  })
})

test('RFC 5280 §3.3: the last CRLs of every scope are good until the authority ends, and have no deltas to come', async () => {
  scene = await crlScene({ crl: { deltaHours: 12 } })
  await scene.leaf()
  await scene.publish()
  const crl = { kind: 'PARTITIONED' } as const
  await updateAuthority(scene.ports, scene.admin, { reference: 's', revocation: { crl } })
  const certificate = await scene.leaf()
  const [whole, part] = [scene.complete, shardOf(certificate)]
  await scene.publish(part)
  const ends = scene.authority.certificate?.notAfter
  expect(await publishFinalCrls(scene.ports, scene.authority.id)).toBe(ends)
  for (const scope of [whole, part])
    for (const kind of ['complete', 'delta'] as const) {
      const last = await scene.current(scope, kind)
      expect(last.nextUpdate).toBe(ends)
      expect(extension(last, OID.freshestCRL)).toBeUndefined()
    }
})

import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { chainTo } from '../../../src/core/operations/authorities/cross-sign-authority.ts'
import {
  advanceRotation,
  describeRotation,
  reverseRotation,
  startRotation,
  type RotationReport,
} from '../../../src/core/operations/authorities/rotate-authority.ts'
import { describeAuthority } from '../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import type { RotationStep } from '../../../src/core/domain/rotations.ts'
import {
  aLeaf,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  secondServer,
  type TestPorts,
} from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
let root: Authority
let issuing: Authority
beforeEach(async () => {
  given = await barePorts()
  await aRoot(given, { name: 'Root', subject: { commonName: 'Root', organization: 'O' } })
  await aSubordinate(given, { parent: 'Root', name: 'Issuing', subject: { commonName: 'Issuing' } })
  // As the database gives them, for comparing.
  root = await current('Root')
  issuing = await current('Issuing')
})
afterEach(() => given[Symbol.asyncDispose]())

const start = (reference: string, more = {}) =>
  startRotation(given.ports, given.admin, { reference, ...more })
const advance = (reference: string, more = {}) =>
  advanceRotation(given.ports, given.admin, { reference, ...more })
const reverse = (reference: string) => reverseRotation(given.ports, given.admin, { reference })
const current = async (reference: string) =>
  (await describeAuthority(given.ports, given.admin, reference)).authority
const x509 = (der: Uint8Array | undefined) => new X509Certificate(der ?? new Uint8Array())

/** Goes on until a step is done. */
async function until(reference: string, step: RotationStep): Promise<RotationReport> {
  for (;;) {
    const report = await advance(reference)
    if (report.rotation.step === step) return report
  }
}

describe('an issuing authority is rotated', () => {
  test('golden: create, publish, switch, reissue, retire; requests by its old name come from the successor', async () => {
    const held = await aLeaf(given.ports, given.admin, {
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: ['held.test'] },
    })
    const other = await aLeaf(given.ports, given.admin)
    const started = await start('Issuing')
    expect(started).toMatchObject({
      next: 'create',
      successor: undefined,
      dependents: { total: 2, reissuable: 1 },
    })
    const { successor } = await until('Issuing', 'create')
    expect(successor).toMatchObject({
      name: 'Issuing G2',
      subject: 'CN=Issuing G2',
      kind: 'subordinate',
      parent: root.id,
      status: 'ACTIVE',
      pathLength: 0,
    })
    expect(successor?.id).toBe(started.rotation.successor)
    expect(successor?.key).not.toBe(issuing.key)
    await until('Issuing', 'publish')
    expect(await readCrl(given.ports, started.rotation.successor)).toBeDefined()
    expect((await aLeaf(given.ports, given.admin, { authority: 'Issuing' })).certificate.authority).toBe(
      issuing.id,
    )

    await until('Issuing', 'switch')
    for (const authority of [undefined, 'Issuing', issuing.id, 'Issuing G2']) {
      const leaf = await aLeaf(given.ports, given.admin, authority === undefined ? {} : { authority })
      expect(leaf.certificate.authority).toBe(successor?.id)
      expect(x509(leaf.certificate.der).verify(x509(leaf.chain[0]).publicKey)).toBe(true)
    }
    expect(await current('Issuing G2')).toMatchObject({ isDefault: true })

    const reissued = await until('Issuing', 'reissue')
    expect(reissued).toMatchObject({ reissued: 1, dependents: { total: 2, reissuable: 0 }, next: 'retire' })
    const { rotations, certificates } = given.ports.store.reads
    const replacement = await rotations.replacementOf(held.certificate.authority, held.certificate.serial)
    const anew = await certificates.get(
      given.admin,
      idOf({
        authority: replacement?.newIssuer ?? issuing.id,
        serial: replacement?.newSerial ?? held.certificate.serial,
      }) as never,
    )
    expect(anew).toMatchObject({
      key: held.certificate.key,
      notAfter: held.certificate.notAfter,
      profile: 'tls-server',
    })
    expect(x509(anew?.der).subjectAltName).toBe('DNS:held.test')
    expect(x509(anew?.der).publicKey.equals(x509(held.certificate.der).publicKey)).toBe(true)
    expect(x509(anew?.der).issuer).toBe('CN=Issuing G2')

    await expectRefusal(advance('Issuing'), 'state_conflict')
    await revokeCertificate(given.ports, given.admin, { id: idOf(other.certificate), reason: 'superseded' })
    expect((await describeRotation(given.ports, given.admin, 'Issuing')).dependents.total).toBe(1)
    const done = await advance('Issuing', { force: true })
    expect(done).toMatchObject({ rotation: { end: { outcome: 'completed' } }, next: undefined })
    expect(await current('Issuing')).toMatchObject({ status: 'DISABLED', successor: successor?.id })
    expect((await aLeaf(given.ports, given.admin, { authority: 'Issuing' })).certificate.authority).toBe(
      successor?.id,
    )
    await expectRefusal(reverse('Issuing'), 'state_conflict')
    await expectRefusal(advance('Issuing'), 'state_conflict')
    await expectRefusal(start('Issuing'), 'state_conflict')
  })

  test('no cross-certificates where neither may certify authorities', async () => {
    await start('Issuing')
    const { successor } = await until('Issuing', 'cross-sign')
    expect(await given.ports.store.reads.crossCertificates.of(issuing.id)).toEqual([])
    expect(await given.ports.store.reads.crossCertificates.of(successor?.id ?? issuing.id)).toEqual([])
  })

  test.each<RotationStep>(['create', 'publish', 'switch', 'reissue'])(
    'reversed after %s: all is as before',
    async (step) => {
      await start('Issuing')
      const { successor } = await until('Issuing', step)
      const report = await reverse('Issuing')
      expect(report).toMatchObject({
        rotation: { end: { outcome: 'reversed' } },
        reissued: 0,
        next: undefined,
      })
      expect(await current('Issuing')).toEqual(issuing)
      expect(await current(successor?.id ?? '')).toMatchObject({ status: 'DISABLED', isDefault: false })
      expect((await aLeaf(given.ports, given.admin)).certificate.authority).toBe(issuing.id)
      // And once more, under another name.
      await expectRefusal(start('Issuing'), 'already_exists', ['name name_taken'])
      await start('Issuing', { name: 'Issuing 2', subject: { commonName: 'Issuing 2' } })
      expect((await until('Issuing', 'switch')).successor?.name).toBe('Issuing 2')
    },
  )

  test('a reversal before anything was done ends it', async () => {
    await start('Issuing')
    expect(await reverse('Issuing')).toMatchObject({
      rotation: { end: { outcome: 'reversed' } },
      successor: undefined,
    })
  })

  test('steps are taken once, also by two servers at the same time', async () => {
    await start('Issuing')
    const second = await secondServer(given)
    const results = await Promise.allSettled([
      advance('Issuing'),
      advanceRotation(second.ports, given.admin, { reference: 'Issuing' }),
    ])
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
    for (const result of results)
      if (result.status === 'rejected')
        expect(['state_conflict', 'already_exists']).toContain((result.reason as { code: string }).code)
    const all = await given.ports.store.reads.authorities.all()
    expect(all.filter(({ name }) => name === 'Issuing G2')).toHaveLength(1)
    await second.store.close()
  })

  test('another key, place of the key, name and length on request', async () => {
    await start('Issuing', {
      keyAlgorithm: 'ED25519',
      name: 'New',
      subject: { commonName: 'N' },
      days: 30,
      kms: 'local',
    })
    const { successor } = await until('Issuing', 'create')
    expect(successor).toMatchObject({
      keyAlgorithm: 'ED25519',
      signatureAlgorithm: 'ED25519',
      name: 'New',
      subject: 'CN=N',
    })
    expect((successor?.certificate?.notAfter ?? 0) - given.ports.calendar.now()).toBe(30 * DAY)
  })
})

describe('a root is rotated', () => {
  test('golden: cross-signed both ways; its authorities are certified by the successor, and their leaves verify under both', async () => {
    const before = await aLeaf(given.ports, given.admin)
    await start('Root')
    const crossed = await until('Root', 'cross-sign')
    const { crossCertificates } = given.ports.store.reads
    const successor = crossed.successor as Authority
    const [newByOld] = await crossCertificates.of(successor.id)
    const [oldByNew] = await crossCertificates.of(root.id)
    expect(x509(newByOld?.certificate.der).verify(x509(root.certificate?.der).publicKey)).toBe(true)
    expect(x509(newByOld?.certificate.der).publicKey.equals(x509(successor.certificate?.der).publicKey)).toBe(
      true,
    )
    expect(x509(oldByNew?.certificate.der).verify(x509(successor.certificate?.der).publicKey)).toBe(true)
    expect(x509(oldByNew?.certificate.der).publicKey.equals(x509(root.certificate?.der).publicKey)).toBe(true)
    expect(crossed.dependents.total).toBe(1)

    const switched = await until('Root', 'switch')
    expect(switched).toMatchObject({ moved: 1, dependents: { total: 0 } })
    const moved = await current('Issuing')
    expect(moved.parent).toBe(successor.id)
    expect(moved.key).toBe(issuing.key)
    expect(x509(moved.certificate?.der).verify(x509(successor.certificate?.der).publicKey)).toBe(true)
    // Both certificates of the issuing authority have the same name and key: the leaf verifies under either.
    for (const der of [issuing.certificate?.der, moved.certificate?.der])
      expect(x509(before.certificate.der).checkIssued(x509(der))).toBe(true)
    const after = await aLeaf(given.ports, given.admin)
    expect(after.chain.map((der) => x509(der).subject.replaceAll('\n', ','))).toEqual([
      'CN=Issuing',
      'O=O,CN=Root G2',
    ])

    // Who trusts the old root only: over the bridge.
    const bridged = await chainTo(given.ports, given.admin, moved, 'Root')
    expect(bridged.map((der) => x509(der).fingerprint256)).toEqual(
      [moved.certificate?.der, newByOld?.certificate.der, root.certificate?.der].map(
        (der) => x509(der).fingerprint256,
      ),
    )
    await until('Root', 'reissue')
    expect(await advance('Root')).toMatchObject({ rotation: { end: { outcome: 'completed' } } })
    // A new authority asked for below the old root comes below its successor.
    const child = await aSubordinate(given, {
      parent: 'Root',
      name: 'Later',
      subject: { commonName: 'Later' },
    })
    expect(child.parent).toBe(successor.id)
  })

  test('reversed after the switch: authorities get their former certificates back, the bridges are revoked', async () => {
    await start('Root')
    const { successor } = await until('Root', 'switch')
    await reverse('Root')
    expect(await current('Issuing')).toEqual(issuing)
    expect(await current('Root')).toEqual(root)
    for (const id of [root.id, successor?.id ?? root.id]) {
      const crosses = await given.ports.store.reads.crossCertificates.of(id)
      expect(crosses).toHaveLength(1)
      expect(crosses[0]?.certificate.revocation?.reason).toBe('cessationOfOperation')
    }
    await expectRefusal(
      chainTo(given.ports, given.admin, await current('Issuing'), successor?.id),
      'state_conflict',
    )
  })
})

describe('refused', () => {
  test('of an authority that is unknown, disabled, rotated or being rotated, without a trace', async () => {
    await expectRefusal(start('nobody'), 'not_found')
    await expectRefusal(describeRotation(given.ports, given.admin, 'Issuing'), 'not_found')
    await start('Issuing')
    await expectRefusal(start('Issuing', { name: 'Third' }), 'state_conflict')
    await updateAuthority(given.ports, given.admin, { reference: 'Root', status: 'DISABLED' })
    await expectRefusal(start('Root'), 'state_conflict')
    await expectRefusal(advance('Issuing'), 'state_conflict')
  })

  test('of a caller without the right', async () => {
    const issuer = aPrincipal({ ...given.admin, role: 'issuer' })
    await expectRefusal(startRotation(given.ports, issuer, { reference: 'Issuing' }), 'forbidden')
    await start('Issuing')
    await expectRefusal(advanceRotation(given.ports, issuer, { reference: 'Issuing' }), 'forbidden')
    await expectRefusal(reverseRotation(given.ports, issuer, { reference: 'Issuing' }), 'forbidden')
  })
})

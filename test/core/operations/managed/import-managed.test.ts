import { describe, expect, it } from 'vitest'
import type { KeyAlgorithm } from '../../../../src/core/domain/key-algorithms.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { certificatePem } from '../../../../src/core/operations/certificates/certificate-facts.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import { deleteManaged } from '../../../../src/core/operations/managed/delete-managed.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { importManaged, reimportManaged } from '../../../../src/core/operations/managed/import-managed.ts'
import { describeManaged, versionFileAt } from '../../../../src/core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { revokeManaged } from '../../../../src/core/operations/managed/revoke-managed.ts'
import { managedPorts, type ManagedPorts } from './managed.ts'

type Wishes = {
  readonly dns?: string
  readonly algorithm?: KeyAlgorithm
  readonly profile?: string
  readonly days?: number
}

/** A certificate with its key and chain as files, as another program would have them. */
async function files(
  { ports, admin }: ManagedPorts,
  { dns = 'shop.example.com', algorithm = 'EC_prime256v1', profile = 'tls', days = 90 }: Wishes = {},
) {
  const { certificate, chain, exported } = await issueCertificate(ports, admin, {
    key: { algorithm },
    names: { dns: [dns] },
    profile,
    validity: { days },
    export: { format: 'pem', parts: ['key'] },
  })
  return {
    certificate: certificatePem(certificate.der),
    chain: chain.map(certificatePem).join(''),
    key: Buffer.from(exported?.bytes ?? []).toString('latin1'),
  }
}

describe('an import (contract §7.6)', () => {
  it('keeps certificate, chain and key; it is neither renewed, revoked nor exported here', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const given1 = await files(given)
    const managed = await importManaged(ports, admin, { ...given1, tags: { from: 'elsewhere' } })
    expect(managed).toMatchObject({
      kind: 'imported',
      status: 'ISSUED',
      names: ['shop.example.com'],
      tags: { from: 'elsewhere' },
    })
    const { file } = await describeManaged(ports, admin, managed.id)
    expect(certificatePem(file?.der ?? new Uint8Array())).toBe(given1.certificate)
    expect(file?.chain).toHaveLength(2)
    await expect(renewManaged(ports, admin, managed.id)).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(
      revokeManaged(ports, admin, { id: managed.id, reason: 'unspecified' }),
    ).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(
      exportManaged(ports, admin, { id: managed.id, form: { format: 'pem' } }),
    ).rejects.toMatchObject({ code: 'policy_refused' })
    const plain = await exportManaged(ports, admin, {
      id: managed.id,
      form: { format: 'pem', parts: ['certificate', 'chain'] },
    })
    expect(Buffer.from(plain.bytes).toString()).toContain(given1.certificate)
  })

  it.each([
    [
      'another key',
      async (given: ManagedPorts) => ({ key: (await files(given)).key }),
      'request_invalid',
      'key_mismatch',
    ],
    ['no chain', async () => ({ chain: '' }), 'certificate_invalid', 'chain_missing'],
    [
      'the certificate in its chain',
      async (_: ManagedPorts, { certificate, chain }: { certificate: string; chain: string }) => ({
        chain: certificate + chain,
      }),
      'certificate_invalid',
      'chain_certificate',
    ],
    [
      'a chain in the wrong order',
      async (_: ManagedPorts, { chain }: { chain: string }) => ({
        chain: chain
          .split(/(?=-----BEGIN)/)
          .reverse()
          .join(''),
      }),
      'certificate_invalid',
      'chain_order',
    ],
    ['no certificate', async () => ({ certificate: 'none' }), 'certificate_invalid', undefined],
    ['no key', async () => ({ key: '-----BEGIN RSA PRIVATE KEY-----\n' }), 'request_invalid', 'key_form'],
    ['a reserved tag', async () => ({ tags: { 'aws:x': 'y' } }), 'request_invalid', 'tag_key'],
  ] as const)('with %s is refused', async (_, change, code, violation) => {
    await using given = await managedPorts()
    const right = await files(given)
    const wrong = { ...right, ...(await change(given, right)) }
    await expect(importManaged(given.ports, given.admin, wrong)).rejects.toMatchObject({
      code,
      ...(violation === undefined
        ? {}
        : { violations: expect.arrayContaining([expect.objectContaining({ code: violation })]) as unknown }),
    })
  })

  it('of one that has expired or isn’t valid yet is refused', async () => {
    await using given = await managedPorts()
    const right = await files(given)
    given.pass(91 * DAY)
    await expect(importManaged(given.ports, given.admin, right)).rejects.toMatchObject({
      violations: [{ code: 'certificate_expired' }],
    })
    given.pass(-100 * DAY)
    await expect(importManaged(given.ports, given.admin, right)).rejects.toMatchObject({
      violations: [{ code: 'certificate_not_yet_valid' }],
    })
  })
})

describe('another import in its place', () => {
  it('keeps the ARN and the old version; its names may be others', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const first = await files(given)
    const { id } = await importManaged(ports, admin, first)
    const again = await reimportManaged(ports, admin, {
      ...(await files(given, { dns: 'other.example' })),
      id,
    })
    expect(again).toMatchObject({ id, names: ['other.example'], current: { number: 2 } })
    const { der } = await versionFileAt(ports, admin, { id, number: 1 })
    expect(certificatePem(der)).toBe(first.certificate)
  })

  it.each([
    ['another kind of key', { algorithm: 'EC_secp384r1' }, 'key_type_changed'],
    ['fewer usages', { profile: 'tls-client' }, 'usages_removed'],
  ] as const)('with %s is refused', async (_, wishes, code) => {
    await using given = await managedPorts()
    const { id } = await importManaged(given.ports, given.admin, await files(given))
    await expect(
      reimportManaged(given.ports, given.admin, { ...(await files(given, wishes)), id }),
    ).rejects.toMatchObject({ code: 'certificate_invalid', violations: [{ code }] })
  })

  it('of one that wasn’t imported is refused', async () => {
    await using given = await managedPorts()
    const { id } = await given.request()
    await expect(
      reimportManaged(given.ports, given.admin, { ...(await files(given)), id }),
    ).rejects.toMatchObject({ code: 'state_conflict' })
  })
})

describe('deletion', () => {
  it('forgets the certificate; what was issued stays on record', async () => {
    await using given = await managedPorts()
    const { ports, admin } = given
    const managed = await given.request()
    await deleteManaged(ports, admin, managed.id)
    await expect(given.now(managed)).rejects.toMatchObject({ code: 'not_found' })
    const { authority, serial } = managed.current ?? {}
    expect(await ports.store.reads.certificates.recorded(authority as never, serial as never)).toMatchObject({
      state: 'issued',
      revocation: undefined,
    })
  })
})

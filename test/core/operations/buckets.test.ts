import { describe, expect, test } from 'vitest'
import { MAX_BUCKETS } from '../../../src/core/domain/buckets.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { deleteAuthority } from '../../../src/core/operations/authorities/delete-authority.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { deleteBucket, listBuckets } from '../../../src/core/operations/buckets/buckets.ts'
import { createAuditReport } from '../../../src/core/operations/reports/create-report.ts'
import { deleteAuditReport } from '../../../src/core/operations/reports/delete-report.ts'
import { crlUrl } from '../../../src/core/operations/revocation/repository-urls.ts'
import { decodeCrlDistributionPoints } from '../../../src/core/x509/extension-decoders.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { auditTrail } from './database.ts'
import { aLeaf, aPrincipal, aRoot, aSubordinate, barePorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

const other = aPrincipal({ role: 'administrator', account: '999988887777' as AccountId })
const kept = (bucket: string) => ({ revocation: { crl: { bucket } } })
const audited = ({ database }: TestPorts, name: string) =>
  auditTrail(database).filter(({ eventName }) => eventName === name)
const namesOf = async ({ ports, admin }: TestPorts, principal = admin) =>
  (await listBuckets(ports, principal, { after: undefined, limit: 100 })).items.map(({ name }) => name)

describe('a bucket', () => {
  test('is the account’s that uses it first, in every region, whatever else it does with it', async () => {
    await using given = await barePorts()
    const { ports, admin } = given
    const root = await aRoot(given, kept('pki-one'))
    await aSubordinate(given, kept('pki-one'))
    await aRoot({ ports, admin: { ...admin, region: 'eu-west-3' as typeof admin.region } }, kept('pki-one'))
    await updateAuthority(ports, admin, { reference: root.id, ...kept('pki-two') })
    await createAuditReport(ports, admin, { authority: root.id, format: 'CSV', bucket: 'reports' })
    expect(await namesOf(given)).toEqual(['pki-one', 'pki-two', 'reports'])
    expect(await namesOf(given, other)).toEqual([])
    expect(audited(given, 'CreateCertificateAuthority')[0]).toMatchObject({
      requestParameters: { revocation: { crl: { bucket: 'pki-one' } } },
    })
  })

  test('isn’t another account’s: it is told where the name stood, and nothing is stored', async () => {
    await using given = await barePorts()
    const { ports } = given
    await aRoot(given, kept('pki'))
    const refused = (work: Promise<unknown>, field = 'revocation.crl.bucket') =>
      expectRefusal(work, 'request_invalid', [`${field} bucket_taken`])
    const basics = { kind: 'root', name: 'o', subject: { commonName: 'O' } } as const
    await refused(aRoot({ ports, admin: other }, kept('pki')))
    await refused(createPendingAuthority(ports, other, { ...basics, ...kept('pki') }))
    const theirs = await aRoot({ ports, admin: other }, kept('theirs'))
    await refused(updateAuthority(ports, other, { reference: theirs.id, ...kept('pki') }))
    const report = { authority: theirs.id, format: 'CSV', bucket: 'pki' } as const
    await refused(createAuditReport(ports, other, report), 'bucket')
    const stored = await ports.store.reads.authorities.all()
    expect(stored.filter(({ account }) => account === other.account)).toMatchObject([
      { id: theirs.id, revocation: { crl: { bucket: 'theirs' } } },
    ])
    expect(await namesOf(given, other)).toEqual(['theirs'])
  })

  test('two accounts ask for at once is one’s, and the other is told', async () => {
    await using given = await barePorts()
    const { ports, admin } = given
    const made = await Promise.allSettled(
      [admin, other].map((who) => aRoot({ ports, admin: who }, kept('pki'))),
    )
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'request_invalid', violations: [{ code: 'bucket_taken' }] },
    })
    const owner = (await ports.store.reads.buckets.get('pki'))?.account
    const stored = (await ports.store.reads.authorities.all()).filter(({ name }) => name === 'r')
    expect(stored).toMatchObject([{ account: owner }])
  })

  test('is one of a hundred at most', async () => {
    await using given = await barePorts()
    const { ports, admin } = given
    const root = await aRoot(given)
    await ports.store.transact((writes) =>
      Array.from({ length: MAX_BUCKETS }, (_, index) =>
        writes.buckets.claim({ name: `pki-${index}`, account: admin.account, createdAt: 1 }),
      ),
    )
    await expectRefusal(
      updateAuthority(ports, admin, { reference: root.id, ...kept('one-more') }),
      'limit_exceeded',
    )
    await updateAuthority(ports, admin, { reference: root.id, ...kept('pki-7') })
    const page = await listBuckets(ports, admin, { after: undefined, limit: 60 })
    const rest = await listBuckets(ports, admin, { after: page.next, limit: 60 })
    expect([page.items.length, rest.items.length, rest.next]).toEqual([60, 40, undefined])
  })

  test('is given up when nothing names it any more, and then anybody’s', async () => {
    await using given = await barePorts()
    const { ports, admin } = given
    const root = await aRoot(given, kept('pki'))
    await expectRefusal(deleteBucket(ports, admin, 'pki'), 'state_conflict')
    await expectRefusal(deleteBucket(ports, other, 'pki'), 'not_found')
    await expectRefusal(deleteBucket(ports, admin, 'nobodys'), 'not_found')
    const report = await createAuditReport(ports, admin, { authority: root.id, format: 'CSV', bucket: 'pki' })
    await updateAuthority(ports, admin, {
      reference: root.id,
      status: 'DISABLED',
      revocation: { crl: { bucket: null } },
    })
    await expectRefusal(deleteBucket(ports, admin, 'pki'), 'state_conflict')
    await deleteAuditReport(ports, admin, { authority: root.id, report: report.id })
    await deleteBucket(ports, admin, 'pki')
    expect(audited(given, 'DeleteBucket')).toMatchObject([{ requestParameters: { bucketName: 'pki' } }])
    await aRoot({ ports, admin: other }, kept('pki'))
    expect([await namesOf(given), await namesOf(given, other)]).toEqual([[], ['pki']])
  })

  test('stays an authority’s that is deleted as long as it can be restored', async () => {
    await using given = await barePorts()
    const { ports, admin } = given
    const root = await aRoot(given, kept('pki'))
    await updateAuthority(ports, admin, { reference: root.id, status: 'DISABLED' })
    await deleteAuthority(ports, admin, { reference: root.id })
    await expectRefusal(deleteBucket(ports, admin, 'pki'), 'state_conflict')
  })
})

describe('the URL of a CRL', () => {
  const settings = { publicUrl: 'http://pki.example.com' }
  test.each([
    [{ bucket: 'pki' }, 'http://pki.example.com/pki/crl/ID.crl'],
    [{ bucket: 'pki', path: 'a/b' }, 'http://pki.example.com/pki/a/b/ID.crl'],
    [{ bucket: 'pki', path: '/' }, 'http://pki.example.com/pki/ID.crl'],
    [{ path: '/' }, 'http://pki.example.com/ID.crl'],
    [{ bucket: 'pki', host: 'crl.example.com' }, 'http://crl.example.com/crl/ID.crl'],
    [{ bucket: 'pki', host: 'crl.example.com', path: 'a' }, 'http://crl.example.com/a/ID.crl'],
  ])('with %j is %s, in certificates too', async (crl, url) => {
    await using given = await barePorts({ settings })
    await aRoot(given)
    const authority = await aSubordinate(given, { revocation: { crl } })
    const expected = url.replace('ID', authority.id)
    expect(crlUrl(settings, authority)).toBe(expected)
    const { certificate } = await aLeaf(given.ports, given.admin, { authority: authority.id })
    const { extensions } = parseCertificate(certificate.der, 'leaf')
    const point = extensions.find(({ oid }) => oid === '2.5.29.31')
    expect(point && decodeCrlDistributionPoints(point.value)).toEqual([expected])
  })
})

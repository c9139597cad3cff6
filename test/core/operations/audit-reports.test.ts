import { describe, expect, test } from 'vitest'
import {
  MAX_ATTEMPTS,
  MAX_REPORTS,
  REPORT_KEPT,
  type AuditReport,
} from '../../../src/core/domain/audit-reports.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { serialFrom, type ReportId, type Serial } from '../../../src/core/domain/ids.ts'
import type { RevocationReason } from '../../../src/core/domain/revocation.ts'
import { MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import { createAuditReport } from '../../../src/core/operations/reports/create-report.ts'
import { deleteAuditReport, forgetAuditReports } from '../../../src/core/operations/reports/delete-report.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
import {
  describeAuditReport,
  listAuditReports,
  readAuditReport,
} from '../../../src/core/operations/reports/read-reports.ts'
import { deleteManaged } from '../../../src/core/operations/managed/delete-managed.ts'
import { describeManaged } from '../../../src/core/operations/managed/read-managed.ts'
import { requestManaged } from '../../../src/core/operations/managed/request-managed.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { inlineReportMaker } from '../../../src/main/reports.ts'
import type { ReportFiles } from '../../../src/core/ports/report-files.ts'
import { anIntent } from '../../adapters/prisma/rows.ts'
import { auditTrail } from './database.ts'
import { failing } from './failing-store.ts'
import { aLeaf, advance, aPrincipal, secondServer, TEST_NOW, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

type Row = Readonly<Record<string, string>>

/** Id of the authority in the test at hand. */
let issuing = ''
const asked = ({ ports, admin }: TestPorts): Promise<AuditReport> =>
  createAuditReport(ports, admin, { authority: issuing, format: 'JSON' })

const now = ({ ports, admin }: TestPorts, { id }: AuditReport): Promise<AuditReport> =>
  describeAuditReport(ports, admin, { authority: issuing, report: id })

async function textOf({ ports, admin }: TestPorts, { id }: AuditReport): Promise<string> {
  const { pieces, size } = await readAuditReport(ports, admin, { authority: issuing, report: id })
  const chunks: Uint8Array[] = []
  for await (const piece of pieces) chunks.push(piece)
  const octets = Buffer.concat(chunks)
  expect(octets).toHaveLength(size)
  return octets.toString()
}
const rowsOf = async (given: TestPorts, report: AuditReport): Promise<readonly Row[]> =>
  JSON.parse(await textOf(given, report)) as readonly Row[]

const leaf = async (given: TestPorts, more: Parameters<typeof aLeaf>[2] = {}): Promise<Certificate> =>
  (await aLeaf(given.ports, given.admin, { authority: issuing, ...more })).certificate

const revoke = ({ ports }: TestPorts, certificate: Certificate, reason: RevocationReason, at = TEST_NOW) =>
  ports.store.transact((writes) => [writes.certificates.revoke(certificate, reason, at)])

/** A world with the issuing authority's name as the tests have it. */
async function world(options: Parameters<typeof testPorts>[0] = {}): Promise<TestPorts> {
  const given = await testPorts(options)
  const all = await given.ports.store.reads.authorities.all()
  const authority = all.find(({ kind, account }) => kind === 'subordinate' && account === given.admin.account)
  if (authority === undefined) throw new Error('there is no issuing authority')
  issuing = authority.id
  return given
}

describe('an audit report', () => {
  test('has everything that the authority issued, whoever’s it is, and nothing else', async () => {
    await using given = await world()
    const { ports } = given
    const subject = { organization: 'Example, Inc.', commonName: 'www.example.com' }
    const plain = await leaf(given, { subject })
    const templated = await leaf(given, { template: 'EndEntityCertificate/V1' })
    const revoked = await leaf(given)
    await revoke(given, revoked, 'affiliationChanged', TEST_NOW + MINUTE)
    // Of another account, as with an authority that is shared.
    const theirs = anIntent({ authority: plain.authority })
    const abandoned = anIntent({ authority: plain.authority })
    const signing = anIntent({ authority: plain.authority })
    await ports.store.transact((writes) => [
      writes.certificates.reserve(theirs),
      writes.certificates.reserve(abandoned),
      writes.certificates.reserve(signing),
      writes.certificates.abandon(abandoned.authority, abandoned.serial, TEST_NOW),
      writes.certificates.publish(theirs.authority, theirs.serial, plain.der, []),
    ])
    const report = await asked(given)
    expect(report).toMatchObject({ status: 'CREATING', rows: 0, attempts: 0 })
    expect(await makeDueReports(ports)).toEqual({ made: 1, failed: 0 })
    expect(await now(given, report)).toMatchObject({ status: 'SUCCESS', rows: 4, total: 4 })
    const rows = await rowsOf(given, report)
    const serials = rows.map(({ serial = '' }) => serial.replaceAll(':', ''))
    expect(serials).toEqual([plain.serial, templated.serial, revoked.serial, theirs.serial])
    expect(rows.map((row) => row['awsAccountId'])).toEqual([
      given.admin.account,
      given.admin.account,
      given.admin.account,
      theirs.account,
    ])
    const { region, account } = given.admin
    expect(rows[0]).toEqual({
      awsAccountId: account,
      certificateArn: `arn:aws:acm-pca:${region}:${account}:certificate-authority/${issuing}/certificate/${plain.serial}`,
      serial: plain.serial.replace(/..(?!$)/g, '$&:'),
      subject: 'CN=www.example.com,O=Example\\, Inc.',
      notBefore: text(plain.notBefore),
      notAfter: text(plain.notAfter),
      issuedAt: text(plain.issuedAt),
    })
    expect(rows[1]).toMatchObject({ templateArn: 'arn:aws:acm-pca:::template/EndEntityCertificate/V1' })
    expect(rows[2]).toMatchObject({
      revokedAt: text(TEST_NOW + MINUTE),
      revocationReason: 'AFFILIATION_CHANGED',
    })
  })
  const text = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}+0000`

  test('says what managed certificates asked for, also when they are deleted', async () => {
    await using given = await world()
    const { ports, admin } = given
    const other = await leaf(given)
    const requested = async () => {
      const { id } = await requestManaged(ports, admin, { domainName: 'www.example.com', authority: issuing })
      const { current } = (await describeManaged(ports, admin, id)).managed
      return { id, serial: current?.serial }
    }
    const [living, deleted] = [await requested(), await requested()]
    await deleteManaged(ports, admin, deleted.id)
    const report = await asked(given)
    await makeDueReports(ports)
    const services = new Map(
      (await rowsOf(given, report)).map((row) => [
        row['serial']?.replaceAll(':', ''),
        row['requestedByServicePrincipal'],
      ]),
    )
    expect(services).toEqual(
      new Map([
        [living.serial, 'acm.amazonaws.com'],
        [deleted.serial, 'acm.amazonaws.com'],
        [other.serial, undefined],
      ]),
    )
  })

  test('has what was issued before it was asked for, and revocations until it is made', async () => {
    await using given = await world()
    const before = await leaf(given)
    const report = await asked(given)
    await leaf(given)
    await revoke(given, before, 'keyCompromise')
    await makeDueReports(given.ports)
    const rows = await rowsOf(given, report)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ revocationReason: 'KEY_COMPROMISE' })
  })

  test('is made of many parts', async () => {
    await using given = await world()
    const { ports } = given
    const template = await leaf(given)
    const intents = Array.from({ length: 1203 }, (_, index) =>
      anIntent({ authority: template.authority, serial: serialFrom((index + 1).toString(16)) as Serial }),
    )
    await ports.store.transact((writes) => intents.map((intent) => writes.certificates.reserve(intent)))
    await ports.store.transact((writes) =>
      intents
        .filter((_, index) => index % 7 !== 0)
        .map(({ authority, serial }) => writes.certificates.publish(authority, serial, template.der, [])),
    )
    const report = await asked(given)
    await makeDueReports(ports)
    const expected = intents.filter((_, index) => index % 7 !== 0).map(({ serial }) => serial)
    expect((await rowsOf(given, report)).map(({ serial }) => serial?.replaceAll(':', ''))).toEqual([
      template.serial,
      ...expected,
    ])
  })

  test('is one at a time for each authority; the refusal names the running one', async () => {
    await using given = await world()
    const report = await asked(given)
    const refused = await expectRefusal(asked(given), 'state_conflict')
    expect(refused.message).toContain(report.id)
    expect(refused.details).toEqual({ report: report.id })
    await makeDueReports(given.ports)
    await expect(asked(given)).resolves.toMatchObject({ status: 'CREATING' })
  })

  test('is on record, and asked for once with one idempotency key', async () => {
    await using given = await world()
    const { ports, admin } = given
    const idempotency = { key: 'k', bodyHash: new Uint8Array(32) }
    const request = { authority: issuing, format: 'CSV', idempotency } as const
    const first = await createAuditReport(ports, admin, request)
    expect((await createAuditReport(ports, admin, request)).id).toBe(first.id)
    const events = auditTrail(given.database).filter(
      ({ eventName }) => eventName === 'CreateCertificateAuthorityAuditReport',
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      requestParameters: { auditReportResponseFormat: 'CSV' },
      responseElements: { auditReportId: first.id },
    })
    // Whoever deleted it and wants another one says so with another key.
    await deleteAuditReport(ports, admin, { authority: issuing, report: first.id })
    await expectRefusal(createAuditReport(ports, admin, request), 'idempotency_done')
    const another = { ...request, idempotency: { ...idempotency, key: 'k2' } }
    expect((await createAuditReport(ports, admin, another)).id).not.toBe(first.id)
  })

  test('needs rights that who issues doesn’t have, and nobody of another account', async () => {
    await using given = await world()
    const { ports, admin } = given
    const report = await asked(given)
    await makeDueReports(ports)
    const issuer = aPrincipal({ account: admin.account, role: 'issuer' })
    const stranger = aPrincipal({ role: 'administrator' })
    const reference = { authority: issuing, report: report.id }
    const page = { limit: 10, after: undefined }
    for (const [who, code] of [
      [issuer, 'forbidden'],
      [stranger, 'not_found'],
    ] as const) {
      await expectRefusal(createAuditReport(ports, who, { authority: issuing, format: 'CSV' }), code)
      await expectRefusal(listAuditReports(ports, who, { authority: issuing, page }), code)
      await expectRefusal(describeAuditReport(ports, who, reference), code)
      await expectRefusal(readAuditReport(ports, who, reference), code)
      await expectRefusal(deleteAuditReport(ports, who, reference), code)
    }
    expect(await now(given, report)).toMatchObject({ status: 'SUCCESS' })
  })

  test('is another authority’s under no name of this one', async () => {
    await using given = await world()
    const { ports, admin } = given
    const report = await asked(given)
    const root = (await ports.store.reads.authorities.all()).find(({ kind }) => kind === 'root')
    const reference = { authority: root?.id ?? '', report: report.id }
    await expectRefusal(describeAuditReport(ports, admin, reference), 'not_found')
    await expectRefusal(deleteAuditReport(ports, admin, reference), 'not_found')
  })

  test('of a disabled authority is made, and there are no more than fit', async () => {
    await using given = await world()
    const { ports, admin } = given
    await updateAuthority(ports, admin, { reference: issuing, status: 'DISABLED' })
    for (let made = 0; made < MAX_REPORTS; made++) {
      await asked(given)
      expect(await makeDueReports(ports)).toEqual({ made: 1, failed: 0 })
    }
    await expectRefusal(asked(given), 'limit_exceeded')
    const all: AuditReport[] = []
    for (let after: string | undefined; ;) {
      const page = await listAuditReports(ports, admin, { authority: issuing, page: { limit: 40, after } })
      all.push(...page.items)
      after = page.next
      if (after === undefined) break
    }
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .sort()
        .reverse(),
    )
    expect(new Set(all.map(({ id }) => id)).size).toBe(MAX_REPORTS)
  })
})

/** Files whose writing fails. */
const fullDisk = (files: ReportFiles, fails: 'create' | 'write' | 'finish'): ReportFiles => {
  const full = () =>
    Promise.reject(new ChanceryError('unavailable', 'The disk that the reports are on is full'))
  return {
    ...files,
    create: async (attempt) => {
      if (fails === 'create') return full()
      return { ...(await files.create(attempt)), [fails]: full }
    },
  }
}

describe('what goes wrong', () => {
  test.each(['create', 'write', 'finish'] as const)(
    'a full disk (%s) fails it, and nothing is left of it',
    async (fails) => {
      await using given = await world()
      const { ports, admin } = given
      await leaf(given)
      const report = await asked(given)
      const reportFiles = fullDisk(ports.reportFiles, fails)
      const reportMaker = inlineReportMaker({ rows: given.reportRows, files: reportFiles })
      expect(await makeDueReports({ ...ports, reportFiles, reportMaker })).toEqual({ made: 0, failed: 1 })
      expect(await now(given, report)).toMatchObject({
        status: 'FAILED',
        failure: 'The disk that the reports are on is full',
        finishedAt: TEST_NOW,
      })
      expect(await ports.reportFiles.list()).toEqual([])
      await expectRefusal(
        readAuditReport(ports, admin, { authority: issuing, report: report.id }),
        'state_conflict',
      )
      // The next one is none the worse for it.
      const next = await asked(given)
      await makeDueReports(ports)
      expect(await rowsOf(given, next)).toHaveLength(1)
    },
  )

  test('an error inside says nothing of itself, except in the log', async () => {
    await using given = await world()
    const report = await asked(given)
    const reportMaker = { make: () => Promise.reject(new Error('secret path')) }
    await makeDueReports({ ...given.ports, reportMaker })
    const { failure } = await now(given, report)
    expect(failure).toContain('log')
    expect(failure).not.toContain('secret')
    expect(given.log.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('a server that dies leaves it to another one, which begins anew', async () => {
    await using given = await world()
    const { ports } = given
    await leaf(given)
    const second = await secondServer(given)
    const lives = (serverId: string) =>
      ports.store.transact((writes) => [
        writes.leases.take(
          `server/${serverId}`,
          serverId,
          given.clock.now(),
          given.clock.now() + 15 * SECOND,
        ),
      ])
    await lives('second')
    const report = await asked(given)
    // It never comes back from there.
    const dead = Promise.withResolvers<never>()
    void makeDueReports({ ...second.ports, reportMaker: { make: () => dead.promise } })
    await expect.poll(async () => (await now(given, report)).attempts).toBe(1)
    const leftBehind = await ports.reportFiles.create({ report: report.id, attempt: 1, format: 'JSON' })
    await leftBehind.write('[')
    expect(await makeDueReports(ports)).toEqual({ made: 0, failed: 0 })
    advance(given, 16 * SECOND)
    expect(await makeDueReports(ports)).toEqual({ made: 1, failed: 0 })
    expect(await now(given, report)).toMatchObject({ status: 'SUCCESS', attempts: 2 })
    expect(await ports.reportFiles.list()).toEqual([{ report: report.id, attempt: 2, format: 'JSON' }])
    expect(await rowsOf(given, report)).toHaveLength(1)
    await leftBehind.discard()
    await second.store.close()
  })

  test('whoever comes second has made nothing, and removes only what is its own', async () => {
    await using given = await world()
    const { ports } = given
    await leaf(given)
    const report = await asked(given)
    const slow: Ports['reportMaker'] = {
      make: async (order, told, stopping) => {
        // Taken for dead meanwhile, though it isn't: another one makes the report.
        await makeDueReports({ ...ports, settings: { ...ports.settings, serverId: 'quick' } })
        return ports.reportMaker.make(order, told, stopping)
      },
    }
    expect(await makeDueReports({ ...ports, reportMaker: slow })).toEqual({ made: 0, failed: 0 })
    expect(await now(given, report)).toMatchObject({ status: 'SUCCESS', attempts: 2 })
    expect(await rowsOf(given, report)).toHaveLength(1)
    expect(await ports.reportFiles.list()).toHaveLength(1)
  })

  test('a server that stops gives it back', async () => {
    await using given = await world()
    const { ports } = given
    const report = await asked(given)
    const stopping = new AbortController()
    const reportMaker: Ports['reportMaker'] = {
      make: (order, told, signal) => {
        stopping.abort()
        return ports.reportMaker.make(order, told, signal)
      },
    }
    await leaf(given)
    expect(await makeDueReports({ ...ports, reportMaker }, stopping.signal)).toEqual({ made: 0, failed: 0 })
    expect(await ports.reportFiles.list()).toEqual([])
    const other = { ...ports, settings: { ...ports.settings, serverId: 'other' } }
    expect(await makeDueReports(other)).toEqual({ made: 1, failed: 0 })
    expect(await now(given, report)).toMatchObject({ status: 'SUCCESS', attempts: 2 })
  })

  test('what is deleted while it is made is given up', async () => {
    await using given = await world()
    const { ports, admin } = given
    const report = await asked(given)
    const reportMaker: Ports['reportMaker'] = {
      make: async (order, told, stopping) => {
        await deleteAuditReport(ports, admin, { authority: issuing, report: report.id })
        told({ rows: 1, total: 2 })
        await expect.poll(() => stopping.aborted).toBe(true)
        return ports.reportMaker.make(order, told, stopping)
      },
    }
    expect(await makeDueReports({ ...ports, reportMaker })).toEqual({ made: 0, failed: 0 })
    expect(await ports.reportFiles.list()).toEqual([])
    await expectRefusal(now(given, report), 'not_found')
  })

  test('progress is on record, and one that can’t be recorded stops nothing', async () => {
    await using given = await world()
    const { ports } = given
    const report = await asked(given)
    const seen: unknown[] = []
    const reportMaker: Ports['reportMaker'] = {
      make: async (order, told, stopping) => {
        told({ rows: 7, total: 9 })
        await expect.poll(async () => (await now(given, report)).rows).toBe(7)
        seen.push(await now(given, report))
        return ports.reportMaker.make(order, told, stopping)
      },
    }
    await makeDueReports({ ...ports, reportMaker })
    expect(seen).toMatchObject([{ status: 'CREATING', rows: 7, total: 9 }])
    const next = await asked(given)
    // The first commit takes the report, the second says how far it is.
    const broken = failing(ports.store, 2, 'before')
    const telling: Ports['reportMaker'] = {
      make: async (order, told, stopping) => {
        told({ rows: 1, total: 1 })
        return ports.reportMaker.make(order, () => undefined, stopping)
      },
    }
    await makeDueReports({ ...ports, store: broken.store, reportMaker: telling })
    expect(await now(given, next)).toMatchObject({ status: 'SUCCESS' })
  })

  test.each(['before', 'after'] as const)(
    'a commit that fails (%s it is made) is made up for',
    async (when) => {
      for (const commit of [1, 2]) {
        await using given = await world()
        const { ports } = given
        await leaf(given)
        const report = await asked(given)
        const broken = failing(ports.store, commit, when)
        await makeDueReports({ ...ports, store: broken.store }).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'unavailable' }),
        )
        await makeDueReports(ports)
        expect(await now(given, report)).toMatchObject({ status: 'SUCCESS' })
        expect(await rowsOf(given, report)).toHaveLength(1)
        await forgetAuditReports(ports)
        expect(await ports.reportFiles.list()).toHaveLength(1)
      }
    },
  )

  test('what ends its server each time is given up', async () => {
    await using given = await world()
    const { ports } = given
    const report = await asked(given)
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++)
      await ports.store.transact((writes) => [writes.auditReports.take({ id: report.id, attempts }, 'dead')])
    expect(await makeDueReports(ports)).toEqual({ made: 0, failed: 1 })
    expect((await now(given, report)).failure).toContain('given up')
  })

  test('a file that is gone is said to be', async () => {
    await using given = await world()
    const { ports, admin } = given
    const report = await asked(given)
    await makeDueReports(ports)
    await ports.reportFiles.remove({ report: report.id, attempt: 1, format: 'JSON' })
    const refused = await expectRefusal(
      readAuditReport(ports, admin, { authority: issuing, report: report.id }),
      'not_found',
    )
    expect(refused.message).toContain('another one')
  })
})

test('reports are kept for thirty days, and no file outlives its report', async () => {
  await using given = await world()
  const { ports, admin } = given
  const old = await asked(given)
  await makeDueReports(ports)
  advance(given, REPORT_KEPT)
  const young = await asked(given)
  await makeDueReports(ports)
  const orphan = await ports.reportFiles.create({
    report: '0197a1b2-8d10-7a4b-8c2d-5e6f70819203' as ReportId,
    attempt: 1,
    format: 'CSV',
  })
  await orphan.finish()
  expect(await forgetAuditReports(ports)).toEqual({ reports: 0, files: 1 })
  advance(given, 1)
  expect(await forgetAuditReports(ports)).toEqual({ reports: 1, files: 0 })
  const page = { limit: 10, after: undefined }
  const left = await listAuditReports(ports, admin, { authority: issuing, page })
  expect(left.items.map(({ id }) => id)).toEqual([young.id])
  expect(await ports.reportFiles.list()).toEqual([{ report: young.id, attempt: 1, format: 'JSON' }])
  await expectRefusal(now(given, old), 'not_found')
})

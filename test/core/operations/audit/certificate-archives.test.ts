import Database from 'better-sqlite3'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import { completeScope } from '../../../../src/core/domain/crl-scopes.ts'
import { serialFrom } from '../../../../src/core/domain/ids.ts'
import { StoreConflict } from '../../../../src/core/domain/errors.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { archiveCertificates } from '../../../../src/core/operations/certificates/archive-certificates.ts'
import { describeSerial } from '../../../../src/core/operations/certificates/describe-serial.ts'
import { exportCertificate } from '../../../../src/core/operations/certificates/export-certificate.ts'
import {
  describeCertificate,
  searchCertificates,
} from '../../../../src/core/operations/certificates/read-certificates.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { requestManaged } from '../../../../src/core/operations/managed/request-managed.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import { importCertificates } from '../../../../src/core/operations/authorities/import-certificates.ts'
import { fillKeyHashes } from '../../../../src/core/operations/keys/fill-key-hashes.ts'
import { publishCrl } from '../../../../src/core/operations/revocation/publish-crl.ts'
import { readCrl } from '../../../../src/core/operations/revocation/public-repository.ts'
import { parseCrl } from '../../../../src/core/x509/crl-parser.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { trailIn, verifyAudit } from '../../../../src/main/verify-audit.ts'
import { rowsOf } from '../database.ts'
import { statusOf } from '../ocsp/asking.ts'
import { advance, aLeaf, aPrincipal, idOf, secondServer, testPorts, type TestPorts } from '../ports.ts'

type Given = TestPorts & {
  /** Valid for a day, a hundred days ago. */
  readonly old: readonly Certificate[]
  readonly young: Certificate
}

/** Some that ended long ago, the first one revoked, and one that is valid. */
async function withExpired(count = 3): Promise<Given> {
  const given = await testPorts()
  const { ports, admin } = given
  const leaf = async (days: number, name: string) => {
    const wishes = { validity: { days }, names: { dns: [name] }, key: { algorithm: 'ED25519' } } as const
    return (await aLeaf(ports, admin, wishes)).certificate
  }
  const old: Certificate[] = []
  for (let n = 0; n < count; n++) old.push(await leaf(1, `old-${n}.example.com`))
  await revokeCertificate(ports, admin, { id: idOf(old[0] as Certificate), reason: 'superseded' })
  advance(given, 100 * DAY)
  return { ...given, old, young: await leaf(30, 'young.example.com') }
}
const archive = ({ ports, admin, calendar }: TestPorts, more: Partial<Ports> = {}) =>
  archiveCertificates({ ...ports, ...more }, admin, calendar.now() - 30 * DAY)
const directoryOf = ({ database }: TestPorts): string => join(dirname(database), 'audit-archives')
const fileIn = (given: TestPorts): string =>
  join(directoryOf(given), readdirSync(directoryOf(given)).at(-1) as string)
const verified = ({ database }: TestPorts) =>
  verifyAudit({
    ...trailIn(dirname(database)),
    checkpoints: [],
    publicKey: undefined,
    acceptRestores: false,
  })
const kindsOf = async (given: TestPorts) => (await verified(given)).findings.map(({ kind }) => kind)
const statesIn = ({ database }: TestPorts): number[] =>
  rowsOf<{ state: number }>(database, 'SELECT state FROM Certificate ORDER BY id').map(({ state }) => state)
const archivedIn = (given: TestPorts) => statesIn(given).filter((state) => state === 3).length
const first = ({ old }: Given): Certificate => old[0] as Certificate
const second = ({ old }: Given): Certificate => old[1] as Certificate

describe('archiving expired certificates', () => {
  it('moves them into a signed file, which has all that was on record', async () => {
    await using given = await withExpired()
    const made = await archive(given)
    expect(made).toMatchObject({ first: 1, last: 3, before: '0'.repeat(64) })
    expect(await archive(given)).toBeUndefined()
    expect(archivedIn(given)).toBe(3)
    const lines = gunzipSync(readFileSync(fileIn(given)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { record: Record<string, unknown> })
    expect(lines).toHaveLength(5)
    const { record } = lines[1] as (typeof lines)[0]
    const { authority, serial, account, region, profile, key } = first(given)
    expect(record).toMatchObject({
      ...{ authority, serial, account, region, profile, key },
      revocation: { reason: 'superseded' },
    })
    const certificate = new X509Certificate(Buffer.from(record['certificate'] as string, 'base64'))
    expect(certificate.subjectAltName).toBe('DNS:old-0.example.com')
    expect(await verified(given)).toMatchObject({
      findings: [],
      notes: [],
      certificates: { certificates: 3, archives: 1, last: { id: 3, hash: made?.hash } },
    })
  })

  it('is an event, with the hash that the certificates’ own chain has come to', async () => {
    await using given = await withExpired()
    const made = await archive(given)
    const [event] = rowsOf<{ record: string }>(
      given.database,
      "SELECT record FROM AuditEvent WHERE name = 'ArchiveCertificates'",
    )
    expect(JSON.parse(event?.record ?? '')).toMatchObject({
      requestParameters: { first: 1, last: 3 },
      responseElements: {
        hash: made?.hash,
        file: 'certificates-000000000001.jsonl.gz',
        sha256: made?.sha256,
      },
    })
  })

  it('leaves what hasn’t ended so long ago, and goes on in the next file from the last hash', async () => {
    await using given = await withExpired(2)
    const one = await archive(given)
    advance(given, 61 * DAY)
    const two = await archive(given)
    expect(two).toMatchObject({ first: 3, last: 3, before: one?.hash })
    expect(readdirSync(directoryOf(given))).toHaveLength(2)
    expect(await verified(given)).toMatchObject({
      findings: [],
      certificates: { archives: 2, certificates: 3 },
    })
  })

  it('leaves what a managed certificate’s ARN gives out', async () => {
    await using given = await withExpired()
    const managed = await requestManaged(given.ports, given.admin, {
      domainName: 'managed.example.com',
      days: 2,
    })
    advance(given, 100 * DAY)
    expect((await archive(given))?.last).toBe(4)
    const { file } = await describeManaged(given.ports, given.admin, managed.id)
    expect(file?.der.length).toBeGreaterThan(300)
  })

  it('is for administrators of the installation, and for times that are over', async () => {
    await using given = await withExpired(1)
    const { ports, admin, calendar } = given
    const now = calendar.now()
    await expect(archiveCertificates(ports, { ...admin, installation: false }, now)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(archiveCertificates(ports, admin, now + 1)).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ field: 'before' }],
    })
    expect(archivedIn(given)).toBe(0)
  })

  it('is done by one server at a time', async () => {
    await using given = await withExpired(1)
    const other = await secondServer(given)
    await other.store.transact((writes) => [
      writes.leases.take('certificate-archive', 'second', given.clock.now(), given.clock.now() + 1000),
    ])
    await expect(archive(given)).rejects.toMatchObject({ code: 'state_conflict' })
    await other.store.close()
  })
})

describe('what was promised with an archived certificate stays', () => {
  it('its serial is never used again', async () => {
    await using given = await withExpired()
    await archive(given)
    const { authority, serial, account, region, profile } = first(given)
    const intent = { ...{ authority, serial, account, region, profile }, tbs: new Uint8Array(1) }
    const times = { notBefore: 0, notAfter: 1, issuedAt: 0, key: undefined, warnings: [] }
    const reserved = given.ports.store.transact((writes) => [
      writes.certificates.reserve({ ...intent, ...times, spkiSha256: new Uint8Array(32) }),
    ])
    await expect(reserved).rejects.toThrow(StoreConflict)
  })

  it('OCSP says of it what it said (RFC 6960 §2.2)', async () => {
    await using given = await withExpired()
    const issuing = await given.ports.store.reads.authorities.public(first(given).authority)
    if (issuing === undefined) throw new Error('no authority')
    const said = () => Promise.all(given.old.map(({ serial }) => statusOf(given.ports, issuing, serial)))
    const before = await said()
    expect(before.map((status) => status?.kind)).toEqual(['revoked', 'good', 'good'])
    await archive(given)
    const other = await secondServer(given)
    expect(await said()).toEqual(before)
    expect((await statusOf(other.ports, issuing, first(given).serial))?.kind).toBe('revoked')
    expect((await statusOf(other.ports, issuing, second(given).serial))?.kind).toBe('good')
    await other.store.close()
  })

  it('its entry stays in the first CRL after its end (RFC 5280 §3.3)', async () => {
    await using given = await testPorts()
    const { ports, admin } = given
    const { certificate } = await aLeaf(ports, admin, { validity: { days: 1 } })
    await revokeCertificate(ports, admin, { id: idOf(certificate), reason: 'superseded' })
    advance(given, DAY + 1000)
    expect(await archiveCertificates(ports, admin, given.calendar.now())).toMatchObject({ last: 1 })
    const entries = async () => {
      await publishCrl(ports, completeScope(certificate.authority))
      const { der } = (await readCrl(ports, certificate.authority)) ?? {}
      return [...parseCrl(der ?? new Uint8Array()).entries()].map(({ serial }) => serialFrom(serial))
    }
    expect(await entries()).toEqual([certificate.serial])
  })

  it('whoever asks by its id, or its serial, is told where it is', async () => {
    await using given = await withExpired()
    await archive(given)
    const { ports, admin } = given
    const id = idOf(first(given))
    const told = {
      code: 'not_found',
      message: expect.stringContaining('number 1 in certificates-000000000001.jsonl.gz') as unknown,
    }
    await expect(describeCertificate(ports, admin, { id })).rejects.toMatchObject(told)
    await expect(exportCertificate(ports, admin, { id, form: { format: 'pem' } })).rejects.toMatchObject(told)
    await expect(revokeCertificate(ports, admin, { id, reason: 'superseded' })).rejects.toMatchObject(told)
    const asked = (certificate: Certificate) => describeSerial(ports, admin, certificate)
    const archiveFile = { archive: 'certificates-000000000001.jsonl.gz' }
    expect(await asked(first(given))).toMatchObject({ status: 'revoked', certificate: id, ...archiveFile })
    expect(await asked(second(given))).toMatchObject({ status: 'issued', ...archiveFile })
  })

  it('to other accounts it is as unknown as before', async () => {
    await using given = await withExpired()
    const { ports } = given
    const stranger = aPrincipal({ account: '999988887777' as Certificate['account'], role: 'administrator' })
    const asked = () => describeCertificate(ports, stranger, { id: idOf(first(given)) })
    const before = await asked().catch((error: unknown) => error)
    await archive(given)
    expect(await asked().catch((error: unknown) => error)).toEqual(before)
  })

  it('lists and searches don’t find it, nor walk through it', async () => {
    await using given = await withExpired()
    await archive(given)
    const found = async (filter: object) => {
      const page = { limit: 100, after: undefined }
      const { items } = await searchCertificates(given.ports, given.admin, { filter, page })
      return items.map(({ serial }) => serial)
    }
    const old = given.old.map(({ serial }) => serial)
    const everything = [{}, { status: 'expired' }, { status: 'revoked' }, { name: '.example.com' }]
    for (const filter of [
      ...everything,
      { serial: first(given).serial },
      { authority: first(given).authority },
    ])
      expect((await found(filter)).filter((serial) => old.includes(serial))).toEqual([])
    expect(await found({ name: 'young.example.com' })).toEqual([given.young.serial])
    const left = (sql: string) =>
      rowsOf<{ n: number }>(given.database, `SELECT COUNT(*) AS n FROM ${sql}`)[0]?.n
    expect(left("CertificateName WHERE name LIKE 'com.example.old%'")).toBe(0)
    expect(left("Certificate WHERE region <> '' AND state = 3")).toBe(0)
    expect(left("Revocation WHERE region <> ''")).toBe(0)
  })

  it('another certificate with its serial isn’t imported', async () => {
    await using given = await withExpired()
    const pem = new X509Certificate(first(given).der).toString()
    await archive(given)
    const imported = importCertificates(given.ports, given.admin, {
      authority: first(given).authority,
      certificates: [pem],
    })
    await expect(imported).rejects.toMatchObject({ violations: [{ code: 'archived' }] })
  })

  it('jobs that read certificates pass it over', async () => {
    await using given = await withExpired()
    await archive(given)
    const db = new Database(given.database)
    db.exec('UPDATE Certificate SET keyHash = NULL WHERE state = 3')
    db.close()
    await fillKeyHashes(given.ports)
    given.calendar.set(first(given).notBefore)
    expect(await given.ports.store.reads.certificates.withoutKeyHash(10)).toEqual([])
  })
})

describe('archiving that is ended in the middle', () => {
  const dies = (): never => {
    throw new Error('killed')
  }

  it('before the database knows of the file begins it anew', async () => {
    await using given = await withExpired()
    const { archiveFiles } = given.ports
    const half: Ports['archiveFiles'] = {
      ...archiveFiles,
      write: (name, lines) =>
        archiveFiles.write(
          name,
          (async function* () {
            for await (const some of lines) yield* [some, dies()]
          })(),
        ),
    }
    await expect(archive(given, { archiveFiles: half })).rejects.toThrow('killed')
    await expect(archive(given, { archiveFiles: { ...archiveFiles, lines: dies } })).rejects.toThrow('killed')
    expect(archivedIn(given)).toBe(0)
    expect(await kindsOf(given)).toEqual([])
    expect((await archive(given))?.last).toBe(3)
    expect(await kindsOf(given)).toEqual([])
  })

  it('while stubs are made goes on with these', async () => {
    await using given = await withExpired(230)
    const { store } = given.ports
    let batches = 0
    const failing: Ports['store'] = {
      ...store,
      transact: (build) =>
        store.transact((writes) => {
          const advanced: typeof writes.certificateArchives.advance = (...values) =>
            ++batches > 1 ? dies() : writes.certificateArchives.advance(...values)
          return build({
            ...writes,
            certificateArchives: { ...writes.certificateArchives, advance: advanced },
          })
        }),
    }
    await expect(archive(given, { store: failing })).rejects.toThrow('killed')
    expect(archivedIn(given)).toBe(200)
    expect(await verified(given)).toMatchObject({ findings: [], certificates: { certificates: 230 } })
    const moved = `${fileIn(given)}.moved`
    const file = fileIn(given)
    renameSync(file, moved)
    await expect(archive(given)).rejects.toMatchObject({ code: 'unavailable' })
    renameSync(moved, file)
    expect(await archive(given)).toBeUndefined()
    expect(archivedIn(given)).toBe(230)
    expect(await kindsOf(given)).toEqual([])
  })

  it('what was changed since stays in the database', async () => {
    await using given = await withExpired()
    const { archiveFiles } = given.ports
    const meddling: Ports['archiveFiles'] = {
      ...archiveFiles,
      write: async (name, lines) => {
        const written = await archiveFiles.write(name, lines)
        const db = new Database(given.database)
        db.prepare("UPDATE Certificate SET der = x'30' WHERE serial = ?").run(
          Buffer.from(second(given).serial, 'hex'),
        )
        db.close()
        return written
      },
    }
    await archive(given, { archiveFiles: meddling })
    expect(archivedIn(given)).toBe(2)
  })
})

describe('the verifier finds', () => {
  const edit = (given: TestPorts, change: (text: string) => string): void => {
    const file = fileIn(given)
    writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString())))
  }
  it.each([
    ['changed', (text: string) => text.replace('"profile":"tls-server"', '"profile":"tls-client"')],
    ['removed', (text: string) => text.split('\n').toSpliced(2, 1).join('\n')],
    ['unsigned', (text: string) => text.replace('"last":3', '"last":4')],
    ['unreadable', (text: string) => text.replace('{"id":2,', '{"no":2,')],
    ['truncated', (text: string) => text.split('\n').slice(0, 4).join('\n')],
  ])('in a file: %s', async (kind, change) => {
    await using given = await withExpired()
    await archive(given)
    edit(given, change)
    expect(await kindsOf(given)).toContain(kind)
  })

  it.each([
    ['a stub that is gone', 'removed', 'DELETE FROM Certificate WHERE archived = 2'],
    ['a stub with another number', 'mislabelled', 'UPDATE Certificate SET archived = 9 WHERE archived = 2'],
    ['an archive that is gone', 'removed', 'DELETE FROM CertificateArchive'],
    ['an archive that ends elsewhere', 'unsigned', 'UPDATE CertificateArchive SET last = 2'],
  ])('in the database: %s', async (_what, kind, sql) => {
    await using given = await withExpired()
    await archive(given)
    const db = new Database(given.database)
    db.exec(sql)
    db.close()
    expect(await kindsOf(given)).toContain(kind)
  })

  it('nothing where a file was moved away, and says so; the file proves itself', async () => {
    await using given = await withExpired()
    const made = await archive(given)
    const elsewhere = `${directoryOf(given)}-elsewhere`
    renameSync(directoryOf(given), elsewhere)
    const found = await verified(given)
    expect(found.findings).toEqual([])
    expect(found.notes).toEqual([expect.stringContaining('certificates 1 to 3')])
    const files = [join(elsewhere, 'certificates-000000000001.jsonl.gz')]
    const alone = await verifyAudit({
      trail: { files },
      checkpoints: [],
      publicKey: undefined,
      acceptRestores: false,
    })
    expect(alone).toMatchObject({ findings: [], events: 0, certificates: { certificates: 3, archives: 1 } })
    expect(alone.key.names).toEqual([made?.key])
    rmSync(elsewhere, { recursive: true })
  })
})

import Database from 'better-sqlite3'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { archiveAuditEvents } from '../../../../src/core/operations/audit/archive-events.ts'
import { exportAuditEvents } from '../../../../src/core/operations/audit/export-events.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { trailIn, verifyAudit } from '../../../../src/main/verify-audit.ts'
import { bulkEvents } from '../../../support/audit-trail.ts'
import { TEST_NOW, testPorts, type TestPorts } from '../../../support/test-ports.ts'

/** Old events, a second apart, and some of today. */
async function withOldEvents(count = 3000): Promise<TestPorts> {
  const given = await testPorts({ authorities: false })
  bulkEvents(given.database, count, (n) => ({
    account: given.installation.account,
    region: 'us-east-1',
    time: TEST_NOW - 40 * 86_400_000 + n * 1000,
    name: 'IssueCertificate',
    principal: 'token/1',
    resources: [`arn:certificate/${n}`],
  }))
  // The very first event is of today, by the tests' clock.
  const db = new Database(given.database)
  db.prepare('UPDATE AuditEvent SET time = 0 WHERE id = 1').run()
  db.close()
  for (const name of ['second', 'third']) await createAccount(given.ports, given.admin, { name })
  return given
}
const BEFORE = TEST_NOW - 86_400_000
const archive = ({ ports, admin }: TestPorts, more: Partial<Ports> = {}) =>
  archiveAuditEvents({ ...ports, ...more }, admin, BEFORE)
const verified = ({ database }: TestPorts) =>
  verifyAudit({
    ...trailIn(dirname(database)),
    checkpoints: [],
    publicKey: undefined,
    acceptRestores: false,
  })
const kindsOf = async (given: TestPorts) => (await verified(given)).findings.map(({ kind }) => kind)
const directoryOf = ({ database }: TestPorts): string => join(dirname(database), 'audit-archives')
const count = ({ database }: TestPorts): number => {
  const db = new Database(database, { readonly: true })
  const events = db.prepare('SELECT COUNT(*) FROM AuditEvent').pluck().get() as number
  db.close()
  return events
}
/** What is wrong with a time column that the test set itself. */
const OWN = ['mislabelled']

describe('archiving', () => {
  it('moves old events into a signed file; the chain goes on over it', async () => {
    await using given = await withOldEvents()
    const made = await archive(given)
    expect(made).toMatchObject({ first: 1, last: 3001 })
    expect(await archive(given)).toBeUndefined()
    // Two accounts, the key, the archive itself.
    expect(count(given)).toBe(4)
    const found = await verified(given)
    expect(found).toMatchObject({ findings: [], notes: [], archives: 1, first: 1, events: 3005 })
    const file = join(directoryOf(given), readdirSync(directoryOf(given))[0] as string)
    const alone = await verifyAudit({
      trail: { files: [file] },
      checkpoints: [],
      publicKey: undefined,
      acceptRestores: false,
    })
    expect(alone).toMatchObject({ findings: [], events: 3001, archives: 1 })
  })

  it('takes all that is old enough, and is itself the event that the chain goes on from', async () => {
    await using given = await withOldEvents(10)
    given.clock.set(TEST_NOW + 86_400_000 * 10)
    const made = await archiveAuditEvents(given.ports, given.admin, TEST_NOW + 86_400_000 * 9)
    expect(made?.last).toBe(13)
    expect(count(given)).toBe(2)
    expect(await kindsOf(given)).toEqual([])
  })

  it('says so when the file was moved away, and still proves that nothing is missing between', async () => {
    await using given = await withOldEvents()
    await archive(given)
    renameSync(directoryOf(given), `${directoryOf(given)}-elsewhere`)
    const found = await verified(given)
    expect(found).toMatchObject({ findings: [], first: 3002 })
    expect(found.notes).toEqual([expect.stringContaining('1 to 3001')])
  })

  it('waits for the stream, where there is one', async () => {
    await using given = await withOldEvents()
    const settings = { ...given.ports.settings, auditStreamed: true }
    expect(await archive(given, { settings })).toBeUndefined()
    await given.ports.store.transact((writes) => [writes.settings.set('audit.stream', '2000')])
    expect((await archive(given, { settings }))?.last).toBe(2000)
  })

  it('is for administrators of the installation', async () => {
    await using given = await withOldEvents(1)
    await expect(
      archiveAuditEvents(given.ports, { ...given.admin, installation: false }, BEFORE),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('an export goes on behind an archive, and refuses what is in it', async () => {
    await using given = await withOldEvents()
    await archive(given)
    const { lines, events } = await exportAuditEvents(given.ports, given.admin, undefined)
    expect(events).toBe(4)
    expect(JSON.parse(lines.split('\n')[0] as string)).toMatchObject({ first: 3002 })
    await expect(exportAuditEvents(given.ports, given.admin, 5)).rejects.toMatchObject({
      violations: [{ field: 'after' }],
    })
  })
})

describe('archiving that is ended in the middle loses nothing', () => {
  const dies = (): never => {
    throw new Error('killed')
  }
  it('while the file is written, or before the database knows of it', async () => {
    await using given = await withOldEvents()
    const { archiveFiles, store } = given.ports
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
    const unread = { ...archiveFiles, lines: dies }
    await expect(archive(given, { archiveFiles: unread })).rejects.toThrow('killed')
    expect(count(given)).toBe(3004)
    expect(await kindsOf(given)).toEqual(OWN)
    expect((await archive(given, { store }))?.last).toBe(3001)
    expect(await kindsOf(given)).toEqual([])
  })

  it('while events are dropped', async () => {
    await using given = await withOldEvents()
    const { store } = given.ports
    let drops = 0
    const failing: Ports['store'] = {
      ...store,
      transact: (build) =>
        store.transact((writes) => {
          const dropArchived: typeof writes.auditArchives.dropArchived = (limit) =>
            ++drops > 1 ? dies() : writes.auditArchives.dropArchived(limit)
          return build({ ...writes, auditArchives: { ...writes.auditArchives, dropArchived } })
        }),
    }
    await expect(archive(given, { store: failing })).rejects.toThrow('killed')
    expect(count(given)).toBe(2005)
    expect(await verified(given)).toMatchObject({ findings: [], events: 3005 })
    expect(await archive(given)).toBeUndefined()
    expect(count(given)).toBe(4)
    expect(await kindsOf(given)).toEqual([])
  })
})

describe('tampering with archives', () => {
  it('a chain that is broken is not archived', async () => {
    await using given = await withOldEvents()
    const db = new Database(given.database)
    db.prepare('UPDATE AuditEvent SET record = ? WHERE id = 77').run('{}')
    db.close()
    await expect(archive(given)).rejects.toThrow('broken at event 77')
    expect(count(given)).toBe(3004)
  })

  it.each([
    ['changed', (text: string) => text.replace('arn:certificate/50"', 'arn:certificate/51"')],
    ['removed', (text: string) => text.split('\n').toSpliced(50, 1).join('\n')],
    ['unsigned', (text: string) => text.replace('"before":"0', '"before":"1')],
    ['unreadable', (text: string) => text.replace('{"id":60,', '{"no":60,')],
  ])('the file: %s', async (kind, change) => {
    await using given = await withOldEvents()
    await archive(given)
    const file = join(directoryOf(given), readdirSync(directoryOf(given))[0] as string)
    writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString())))
    expect(await kindsOf(given)).toContain(kind)
  })

  it('what the database says of it', async () => {
    await using given = await withOldEvents()
    await archive(given)
    renameSync(directoryOf(given), `${directoryOf(given)}-elsewhere`)
    const db = new Database(given.database)
    db.exec('DELETE FROM AuditEvent WHERE id = 3002; UPDATE AuditArchive SET last = 3002')
    db.close()
    expect(await kindsOf(given)).toContain('unsigned')
    expect(existsSync(directoryOf(given))).toBe(false)
  })
})

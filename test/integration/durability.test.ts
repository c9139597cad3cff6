import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad, type Held } from './support/load.ts'
import { recordsOf } from './support/records.ts'
import { databaseIn, spawnServer, temporaryDirectory } from './support/servers.ts'
import { canTrace, readTrace, tracedTo, type Traced } from './support/strace.ts'

/** Octets at the end of a certificate, which are its signature's: nothing before its publication contains them. */
const SIGNATURE_TAIL = 16
const CLIENTS = 8
const CERTIFICATES = 60

// SIGKILL leaves the page cache: only the order of system calls shows what a power cut would leave.
describe.runIf(canTrace())('what is on the disk when an answer is sent', () => {
  let directory: string
  /** The database file as it stood before the WAL. */
  let base: string
  let held: readonly Held[]
  /** Calls since the WAL was begun, up to the last answer. */
  let calls: readonly Traced[]
  let flushes: readonly Traced[]
  let answers: ReadonlyMap<string, Traced>

  beforeAll(async () => {
    directory = temporaryDirectory()
    const dataDir = join(directory, 'data')
    const trace = join(directory, 'trace')
    base = join(directory, 'base.db')
    const server = await spawnServer(dataDir, {}, tracedTo(trace))
    const load = startLoad(server.apiUrl, CLIENTS, (n) => ({
      names: { dns: [`host-${n}.example.com`] },
      key: { algorithm: 'EC_prime256v1' },
    }))
    await load.answered(CERTIFICATES)
    await load.stop()
    copyFileSync(databaseIn(dataDir), base)
    await server.end('SIGTERM')
    held = load.held
    const all = readTrace(trace)
    const sent = all.filter(({ data }) => data.subarray(0, 12).toString() === 'HTTP/1.1 201')
    answers = new Map(held.map(({ serial }) => [serial, found(sent, Buffer.from(serial))]))
    const last = Math.max(...[...answers.values()].map(({ end }) => end))
    const begun = all.findLast(
      ({ call, target, end }) => call === 'unlink' && target.endsWith('-wal') && end < last,
    )
    calls = all.filter(({ begin }) => begin > (begun?.end ?? -1) && begin <= last)
    flushes = calls.filter(
      ({ call, target, result }) => /^f(data)?sync$/.test(call) && target.endsWith('-wal') && result === 0,
    )
  })
  afterAll(() => rm(directory, { recursive: true }))

  const found = (among: readonly Traced[], what: Buffer): Traced => {
    const call = among.find(({ data }) => data.includes(what))
    if (call === undefined) throw new Error('the trace lacks a call that must have been made')
    return call
  }
  const walWrites = (): Traced[] =>
    calls.filter(({ call, target }) => call === 'pwrite64' && target.endsWith('-wal'))

  test('each answer comes after the flush that follows its certificate’s write to the WAL', () => {
    const writes = walWrites()
    expect(held.length).toBeGreaterThanOrEqual(CERTIFICATES)
    for (const { serial, der } of held) {
      const written = found(writes, der.subarray(-SIGNATURE_TAIL))
      const flushed = flushes.find(({ begin }) => begin > written.end)
      expect(flushed?.end ?? Infinity, serial).toBeLessThan(answers.get(serial)?.begin ?? 0)
    }
  })

  test('each certificate’s bytes to be signed are flushed before its signature is written anywhere', () => {
    const writes = walWrites()
    for (const { serial, der } of held) {
      const recorded = found(writes, Buffer.from(serial, 'hex'))
      const signed = found(writes, der.subarray(-SIGNATURE_TAIL))
      const flushed = flushes.find(({ begin }) => begin > recorded.end)
      expect(flushed?.end ?? Infinity, serial).toBeLessThan(signed.begin)
    }
  })

  test('answers share flushes', () => {
    // Two commits a certificate one by one would be two flushes each.
    expect(flushes.length).toBeLessThan(2 * held.length)
  })

  test('a power cut right before any flush loses nothing that was answered by then', () => {
    const toDatabase = calls.filter(({ call, target }) => call === 'pwrite64' && target.endsWith('.db'))
    // A checkpoint meanwhile would need its own order of writes checked.
    expect(toDatabase).toEqual([])
    const step = Math.ceil(flushes.length / 12)
    let answeredInAll = 0
    for (let cut = 0; cut < flushes.length - 1; cut += step) {
      const [kept, next] = [flushes[cut], flushes[cut + 1]] as [Traced, Traced]
      const answered = held.filter(({ serial }) => (answers.get(serial)?.begin ?? 0) < next.end)
      answeredInAll += answered.length
      const rows = new Map(recovered(cut, kept).certificates.map((row) => [row.serial, row]))
      for (const { serial, der } of answered)
        expect(rows.get(serial), `cut after flush ${cut}`).toMatchObject({ state: 1, der })
    }
    expect(answeredInAll).toBeGreaterThan(CERTIFICATES)
  })

  /** The database as it comes up from what was flushed by then, with a torn write behind it. */
  function recovered(cut: number, flush: Traced) {
    const wal = walWrites()
    const durable = wal.filter(({ end }) => end < flush.begin)
    const torn = wal.find(({ begin }) => begin > flush.end)
    const image = Buffer.alloc(Math.max(...wal.map(({ offset, data }) => offset + data.length)))
    let length = 0
    const put = (offset: number, data: Buffer): void => {
      data.copy(image, offset)
      length = Math.max(length, offset + data.length)
    }
    for (const { offset, data } of durable) put(offset, data)
    if (torn !== undefined) put(torn.offset, torn.data.subarray(0, torn.data.length / 2))
    const at = join(directory, `cut-${cut}`)
    mkdirSync(at)
    const file = join(at, 'chancery.db')
    copyFileSync(base, file)
    writeFileSync(`${file}-wal`, image.subarray(0, length))
    // A reader alone may not recover a WAL; the server that starts next does.
    new Database(file).close()
    const records = recordsOf(file)
    expect(records.integrity).toBe('ok')
    return records
  }
})

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createReportFiles } from '../../../src/adapters/files/report-files.ts'
import type { ReportAttempt } from '../../../src/core/domain/audit-reports.ts'
import type { ReportId } from '../../../src/core/domain/ids.ts'
import { runTool } from '../../support/tools.ts'

const ATTEMPT: ReportAttempt = {
  report: '0197a1b2-8d10-7a4b-8c2d-5e6f70819203' as ReportId,
  attempt: 3,
  format: 'JSON',
}
const NAME = '0197a1b2-8d10-7a4b-8c2d-5e6f70819203-3.json'

let base: string
let directory: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chancery-reports-'))
  directory = join(base, 'audit-reports')
})
afterEach(() => rmSync(base, { recursive: true }))

async function read(files: ReturnType<typeof createReportFiles>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of files.read(ATTEMPT)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('files of audit reports', () => {
  test('are there under their name when they are whole, for their owner alone', async () => {
    const files = createReportFiles(directory)
    const sink = await files.create(ATTEMPT)
    await sink.write('Größe\n')
    expect(readdirSync(directory)).toEqual([`${NAME}.new`])
    expect(await files.size(ATTEMPT)).toBeUndefined()
    const large = 'x'.repeat(200_000)
    await sink.write(large)
    const { size, sha256 } = await sink.finish()
    const octets = Buffer.from(`Größe\n${large}`)
    expect(size).toBe(octets.length)
    expect(Buffer.from(sha256)).toEqual(createHash('sha256').update(octets).digest())
    expect(readdirSync(directory)).toEqual([NAME])
    expect(readFileSync(join(directory, NAME))).toEqual(octets)
    expect(await files.size(ATTEMPT)).toBe(size)
    expect(await read(files)).toEqual(octets)
    expect(statSync(join(directory, NAME)).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test('leave nothing when they are discarded, before and after they were finished', async () => {
    const files = createReportFiles(directory)
    const begun = await files.create(ATTEMPT)
    await begun.write('[')
    await begun.discard()
    expect(readdirSync(directory)).toEqual([])
    const finished = await files.create(ATTEMPT)
    await finished.finish()
    await finished.discard()
    expect(readdirSync(directory)).toEqual([])
  })

  test('are listed and removed by attempt, finished or not; what isn’t theirs stays', async () => {
    const files = createReportFiles(directory)
    expect(await files.list()).toEqual([])
    await files.remove(ATTEMPT)
    const begun = await files.create(ATTEMPT)
    await (await files.create({ ...ATTEMPT, attempt: 4, format: 'CSV' })).finish()
    for (const other of ['notes.txt', '../x', `${NAME}.bak`].map((name) => join(directory, name)))
      writeFileSync(other, '')
    const listed = await files.list()
    expect(listed).toHaveLength(2)
    expect(listed).toEqual(expect.arrayContaining([ATTEMPT, { ...ATTEMPT, attempt: 4, format: 'CSV' }]))
    for (const attempt of listed) await files.remove(attempt)
    expect(await files.list()).toEqual([])
    expect(readdirSync(directory).sort()).toEqual([`${NAME}.bak`, 'notes.txt'])
    await begun.discard()
  })

  test('are made once: another attempt has another name', async () => {
    const files = createReportFiles(directory)
    const begun = await files.create(ATTEMPT)
    await expect(files.create(ATTEMPT)).rejects.toMatchObject({ code: 'EEXIST' })
    await begun.discard()
  })

  const mounts =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/proc/nowhere']).status !== null
  const root = process.getuid?.() === 0 && mounts
  if (!root) process.stderr.write('\n*** not root: the test on a disk that is really full is SKIPPED ***\n')
  test.skipIf(!root)('say that the disk is full when it is, and free it again', async () => {
    const mounted = runTool('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', base])
    expect(mounted).toMatchObject({ status: 0 })
    try {
      const files = createReportFiles(directory)
      const full = { code: 'unavailable', message: 'The disk that the reports are on is full' }
      // More than is kept before it is written, and less, which is found out at the end.
      for (const size of [300_000, 100_000]) {
        const sink = await files.create(ATTEMPT)
        const written = sink.write('x'.repeat(size)).then(() => sink.finish())
        await expect(written).rejects.toMatchObject(full)
        await sink.discard()
        expect(readdirSync(directory)).toEqual([])
      }
      const next = await files.create(ATTEMPT)
      await next.write('x'.repeat(30_000))
      expect((await next.finish()).size).toBe(30_000)
    } finally {
      runTool('umount', [base])
    }
  })
})

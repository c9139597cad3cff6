import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { REPORT_FORMATS, type ReportAttempt, type ReportFormat } from '../../core/domain/audit-reports.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import { isReportId } from '../../core/domain/ids.ts'
import type { ReportFiles, ReportSink } from '../../core/ports/report-files.ts'

/** What a file is called until it is whole. */
const UNFINISHED = '.new'
const NAME = /^([0-9a-f-]{36})-([0-9]{1,9})\.(csv|json)(?:\.new)?$/

const fileName = ({ report, attempt, format }: ReportAttempt): string =>
  `${report}-${attempt}.${format.toLowerCase()}`

/** The attempt that a file belongs to; undefined for one that isn't ours. */
function attemptOf(name: string): ReportAttempt | undefined {
  const [, report = '', attempt, extension = ''] = NAME.exec(name) ?? []
  const format = extension.toUpperCase() as ReportFormat
  if (!isReportId(report) || !REPORT_FORMATS.includes(format)) return undefined
  return { report, attempt: Number(attempt), format }
}

/** Audit reports in a directory of their own, which is made when the first one is, for nobody but this user. */
export function createReportFiles(directory: string): ReportFiles {
  const path = (attempt: ReportAttempt): string => join(directory, fileName(attempt))
  return {
    create: async (attempt) => {
      await onDisk(() => mkdir(directory, { recursive: true, mode: 0o700 }))
      const from = path(attempt) + UNFINISHED
      const file = await onDisk(() => open(from, 'wx', 0o600))
      return sinkOf(file, { directory, from, to: path(attempt) })
    },
    size: async (attempt) => {
      try {
        return (await stat(path(attempt))).size
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }
    },
    read: (attempt, part) => ({
      [Symbol.asyncIterator]: () =>
        createReadStream(path(attempt), {
          highWaterMark: 65_536,
          // Node's end is the last octet.
          ...(part === undefined ? {} : { start: part.from, end: part.to - 1 }),
        })[Symbol.asyncIterator](),
    }),
    remove: async (attempt) => {
      for (const ending of [UNFINISHED, '']) await rm(path(attempt) + ending, { force: true })
    },
    list: async () => {
      const names = await readdir(directory).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return []
        throw error
      })
      return names.map(attemptOf).filter((each) => each !== undefined)
    },
  }
}

/** Each write costs a turn of another thread: what is smaller waits for more. */
const AT_ONCE = 200_000

type Places = { readonly directory: string; readonly from: string; readonly to: string }

function sinkOf(file: FileHandle, { directory, from, to }: Places): ReportSink {
  const hash = createHash('sha256')
  let size = 0
  let kept = ''
  const flush = async (): Promise<void> => {
    const octets = Buffer.from(kept)
    kept = ''
    hash.update(octets)
    size += octets.length
    await onDisk(() => file.appendFile(octets))
  }
  return {
    write: async (text) => {
      kept += text
      if (kept.length >= AT_ONCE) await flush()
    },
    finish: async () => {
      await flush()
      await onDisk(() => file.sync())
      await file.close()
      await onDisk(() => rename(from, to))
      await onDisk(() => synced(directory))
      return { size, sha256: digestOf(hash) }
    },
    discard: async () => {
      await file.close().catch(() => undefined)
      await rm(from, { force: true })
      await rm(to, { force: true })
    },
  }
}

const digestOf = (hash: Hash): Uint8Array => new Uint8Array(hash.digest())

/** A new name is on the disk when its directory is. */
async function synced(directory: string): Promise<void> {
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** @throws unavailable when there is no room; anything else as it came */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))) throw error
    throw new ChanceryError('unavailable', 'The disk that the reports are on is full', { cause: error })
  }
}

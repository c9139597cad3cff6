import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { madeCsrs, type MadeCsr } from './csrs.ts'
import { requireRealDisk } from './machine.ts'

/** Requests that a run cycles over: each with a key of its own, more than any cache in a server could be meant for. */
export const DISTINCT_CSRS = 20_000

export type Bench = {
  /** A folder on a disk that goes away with the bench. */
  readonly folder: string
  /** A file of request bodies, one a line. */
  bodies(name: string, lines: readonly string[]): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** A folder under TMPDIR. @throws Error when that is in memory */
export async function aBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-'))
  requireRealDisk(folder)
  return {
    folder,
    bodies: async (name, lines) => {
      const file = join(folder, `${name}.ndjson`)
      await writeFile(file, `${lines.join('\n')}\n`)
      return file
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Bodies of POST /v1/certificates with a request each. */
export const csrBodies = (
  csrs: readonly MadeCsr[] = madeCsrs(DISTINCT_CSRS),
  authority?: string,
): readonly string[] =>
  csrs.map(({ pem }) => JSON.stringify({ csr: pem, ...(authority === undefined ? {} : { authority }) }))

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../adapters/prisma/migrate.ts'

let template: Promise<Uint8Array> | undefined

/** Writes a migrated, empty database. The migrations are run once a process; from then on it is a copy. */
export async function writeTemplateDatabase(file: string): Promise<void> {
  template ??= migrated()
  await writeFile(file, await template, { mode: 0o600, flag: 'wx' })
}

async function migrated(): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), 'chancery-template-'))
  try {
    const file = join(directory, 'chancery.db')
    migrate(file, Date.now())
    return await readFile(file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

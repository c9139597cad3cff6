import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missingSql, readMigrations } from './schema-engine.ts'

const usage = `Usage: npm run -s migration -- new NAME   write what prisma/schema.prisma has and the migrations lack
       npm run -s migration -- check      fail unless migrations and prisma/schema.prisma agree`

const LOCK = `# Tells Prisma which database the migrations are written for.\nprovider = "sqlite"\n`

/** The folder `prisma/` of this checkout, or the one given: tests bring their own. */
type Folder = { readonly schema: string; readonly migrations: string }

const folderAt = (prisma: string): Folder => ({
  schema: join(prisma, 'schema.prisma'),
  migrations: join(prisma, 'migrations'),
})

async function difference({ schema, migrations }: Folder): Promise<string | undefined> {
  const existing = existsSync(migrations) ? readMigrations(migrations) : []
  return missingSql(existing, readFileSync(schema, 'utf8'))
}

/**
 * Writes `<migrations>/<yyyymmddhhmmss>_<name>/migration.sql` and returns its path; undefined when nothing is
 * missing. `now` is in milliseconds since the epoch. Throws when `name` isn't lower case words joined by `_`.
 */
export async function newMigration(prisma: string, name: string, now: number): Promise<string | undefined> {
  if (!/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)) throw new Error(`"${name}": use lower case words joined by _`)
  const folder = folderAt(prisma)
  const sql = await difference(folder)
  if (sql === undefined) return undefined
  const stamp = new Date(now).toISOString().replaceAll(/[-:T]|\..*$/g, '')
  const target = join(folder.migrations, `${stamp}_${name}`)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(folder.migrations, 'migration_lock.toml'), LOCK)
  writeFileSync(join(target, 'migration.sql'), sql, { flag: 'wx' })
  return join(target, 'migration.sql')
}

/** The SQL the migrations lack, or undefined when applying them all to an empty database gives the schema. */
export async function unmigrated(prisma: string): Promise<string | undefined> {
  return difference(folderAt(prisma))
}

async function main(verb: string | undefined, name: string | undefined): Promise<number> {
  const prisma = join(dirname(fileURLToPath(import.meta.url)), '../prisma')
  if (verb === 'new' && name !== undefined) {
    const file = await newMigration(prisma, name, Date.now())
    console.log(
      file === undefined ? 'Nothing to migrate: migrations and schema agree.' : readFileSync(file, 'utf8'),
    )
    if (file !== undefined) {
      console.log(`-- written to ${file}`)
      // A table that is redefined loses what Prisma's schema can't say.
      console.log('-- If it redefines a table, put back that table’s triggers and CHECK constraints by hand.')
    }
    return 0
  }
  if (verb === 'check') {
    const sql = await unmigrated(prisma)
    console.log(
      sql === undefined
        ? 'Migrations and prisma/schema.prisma agree.'
        : `prisma/schema.prisma has what no migration makes (npm run -s migration -- new NAME):\n\n${sql}`,
    )
    return sql === undefined ? 0 : 1
  }
  console.error(usage)
  return 2
}

if (import.meta.main) process.exitCode = await main(process.argv[2], process.argv[3])

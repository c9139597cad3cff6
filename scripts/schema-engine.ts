import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import Database from 'better-sqlite3'

export type Migration = { readonly name: string; readonly sql: string }

const schemaFilter = { externalTables: [], externalEnums: [] }
const EMPTY = '-- This is an empty migration.'

/** The little of WebAssembly that is used here; TypeScript has its types only together with a browser's. */
type Wasm = {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, () => void> }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Wasm }

let loaded = false

/** Prisma's own CLI fetches a native engine from the network; the same engine as WebAssembly comes with npm. */
function loadEngine(): void {
  if (loaded) return
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'))
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')))
  const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': { ...bindings } })
  bindings.__wbg_set_wasm(exports)
  exports['__wbindgen_start']?.()
  loaded = true
}

/**
 * better-sqlite3 builds SQLite with SQLITE_DQS=0: a text in double quotes is an identifier and nothing else. The
 * engine asks for the SQL of a partial index with its name in double quotes.
 */
class StrictlyQuoted extends PrismaBetterSqlite3 {
  override async connect(): ReturnType<PrismaBetterSqlite3['connect']> {
    const adapter = await super.connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = (query) =>
      queryRaw({ ...query, sql: query.sql.replace(/( AND name = )"([^"]*)"/, "$1'$2'") })
    return adapter
  }
}

/** The migrations of a folder in the order of their names; a folder without `migration.sql` is an error. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
}

/**
 * The SQL that leads from a database made by `migrations` to the Prisma schema `schema`; undefined when they
 * agree. Triggers, CHECK constraints and STRICT are beyond Prisma's schema and are not compared.
 */
export async function missingSql(
  migrations: readonly Migration[],
  schema: string,
): Promise<string | undefined> {
  loadEngine()
  const folder = mkdtempSync(join(tmpdir(), 'chancery-schema-'))
  try {
    const file = join(folder, 'migrated.db')
    applyAll(file, migrations)
    const factory = bindMigrationAwareSqlAdapterFactory(new StrictlyQuoted({ url: `file:${file}` }))
    const engine = await bindings.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => undefined,
      factory,
    )
    const files = [{ path: 'schema.prisma', content: schema }]
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: schemaFilter,
    })
    const sql = stdout?.trim() ?? ''
    return sql === '' || sql === EMPTY ? undefined : `${sql}\n`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function applyAll(file: string, migrations: readonly Migration[]): void {
  const database = new Database(file)
  try {
    for (const { name, sql } of migrations) {
      try {
        database.exec(sql)
      } catch (error) {
        throw new Error(`migration ${name} can’t be applied: ${String(error)}`, { cause: error })
      }
    }
  } finally {
    database.close()
  }
}

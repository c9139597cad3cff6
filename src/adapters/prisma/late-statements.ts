import type { Database, Statement } from 'better-sqlite3'

/**
 * The same connection, whose statements are compiled when they are first used: there are some five hundred, which take
 * 35 ms and 4 MiB to compile, and one process uses a few dozen of them. That each fits the schema is seen by a test,
 * which compiles all. Each is compiled once.
 */
export const preparingLate = (db: Database): Database =>
  Object.create(db, {
    prepare: { value: (sql: string) => new LateStatement(db, unpeeked(sql)) },
  }) as Database

/** A text, or a name in quotes, which is left as it is; or a parameter. */
const PARAMETER = /'[^']*'|"[^"]*"|[?@]\w*/g

/**
 * The same statement, whose plan doesn't depend on what its parameters are bound to. SQLite looks at them when it plans a
 * join, or a LIMIT, and then compiles the statement anew each time that one is bound: 80 µs for a managed certificate's
 * row, which takes 5 to read. It doesn't look behind a plus sign, which does nothing else.
 */
export const unpeeked = (sql: string): string =>
  sql.replace(PARAMETER, (found) => (/^['"]/.test(found) ? found : `+${found}`))

/** As much of a statement as is used here. */
class LateStatement implements Pick<Statement, 'run' | 'get' | 'all' | 'iterate'> {
  readonly #db: Database
  readonly #sql: string
  #shape: 'pluck' | 'raw' | undefined
  #compiled: Statement | undefined

  constructor(db: Database, sql: string) {
    this.#db = db
    this.#sql = sql
  }

  #statement(): Statement {
    if (this.#compiled === undefined) {
      this.#compiled = this.#db.prepare(this.#sql)
      if (this.#shape !== undefined) this.#compiled[this.#shape]()
    }
    return this.#compiled
  }

  pluck(): this {
    this.#shape = 'pluck'
    this.#compiled?.pluck()
    return this
  }

  raw(): this {
    this.#shape = 'raw'
    this.#compiled?.raw()
    return this
  }

  run(...values: unknown[]): ReturnType<Statement['run']> {
    return this.#statement().run(...values)
  }

  get(...values: unknown[]): unknown {
    return this.#statement().get(...values)
  }

  all(...values: unknown[]): unknown[] {
    return this.#statement().all(...values)
  }

  iterate(...values: unknown[]): ReturnType<Statement['iterate']> {
    return this.#statement().iterate(...values)
  }
}

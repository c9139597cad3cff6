import Database from 'better-sqlite3'

/** What a stranger with the file reads: a connection of its own. */
export function rowsOf<Row>(file: string, sql: string, ...values: readonly unknown[]): readonly Row[] {
  const db = new Database(file, { readonly: true })
  try {
    return db.prepare(sql).all(...values) as Row[]
  } finally {
    db.close()
  }
}

export type AuditRecord = { readonly eventName: string } & Readonly<Record<string, unknown>>

/** The audit trail, oldest first. */
export const auditTrail = (file: string): readonly AuditRecord[] =>
  rowsOf<{ record: string }>(file, 'SELECT record FROM AuditEvent ORDER BY id').map(
    ({ record }) => JSON.parse(record) as AuditRecord,
  )

/** Every certificate that was ever recorded: its serial in hex and its state. */
export const recordedSerials = (file: string): ReadonlyMap<string, number> =>
  new Map(
    rowsOf<{ serial: Buffer; state: number }>(file, 'SELECT serial, state FROM Certificate').map((row) => [
      row.serial.toString('hex'),
      row.state,
    ]),
  )

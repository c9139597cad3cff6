import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import Database from 'better-sqlite3'
import type { Download, ReportJson } from '../../../src/contract/index.ts'
import { recordsOfCsv } from '../../support/csv.ts'

const SAMPLED = 40

/**
 * Reads a report to its end and holds some rows from all over it against what openssl reads from the certificates.
 * @throws Error when anything differs
 */
export async function checkedReport(
  database: string,
  report: ReportJson,
  { pieces }: Download,
): Promise<{ rows: number; sampled: number }> {
  const hash = createHash('sha256')
  let octets = 0
  const counted = Readable.from(pieces).on('data', (piece: Uint8Array) => {
    hash.update(piece)
    octets += piece.length
  })
  const every = Math.floor(report.rows / SAMPLED)
  const sample: Record<string, string>[] = []
  let header: string[] | undefined
  let rows = 0
  for await (const line of createInterface({ input: counted })) {
    if (report.format === 'CSV' && header === undefined) header = line.split(',')
    else if (line.startsWith('[') || line.startsWith(']') || line === '') continue
    else if (rows++ % every === 0) sample.push(rowOf(line, header))
  }
  if (hash.digest('hex') !== report.sha256 || octets !== report.size)
    throw new Error('the file isn’t the report’s')
  if (rows !== report.rows) throw new Error(`${rows} rows instead of ${report.rows}`)
  const db = new Database(database, { readonly: true })
  for (const row of sample) compare(db, row)
  db.close()
  return { rows, sampled: sample.length }
}

function rowOf(line: string, header: readonly string[] | undefined): Record<string, string> {
  if (header === undefined) return JSON.parse(line.replace(/,$/, '')) as Record<string, string>
  const [record = []] = recordsOfCsv(`${line}\r\n`)
  return Object.fromEntries(header.map((key, at) => [key, record[at] ?? '']))
}

function compare(db: Database.Database, row: Record<string, string>): void {
  const hex = row['serial']?.replaceAll(':', '') ?? ''
  const der = db
    .prepare('SELECT der FROM Certificate WHERE serial = ? AND state = 1')
    .pluck()
    .get(Buffer.from(hex, 'hex')) as Buffer
  const said = execFileSync(
    'openssl',
    [
      'x509',
      '-inform',
      'DER',
      '-noout',
      '-serial',
      '-subject',
      '-dates',
      '-nameopt',
      'RFC2253',
      '-dateopt',
      'iso_8601',
    ],
    { input: der },
  ).toString()
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(said)?.[1] ?? ''
  const time = (name: string): string => `${field(name).replace(' ', 'T').replace('Z', '')}+0000`
  const read = [field('serial').toLowerCase(), field('subject'), time('notBefore'), time('notAfter')]
  const told = [hex.replace(/^(00)+/, ''), row['subject'], row['notBefore'], row['notAfter']]
  if (JSON.stringify(read) !== JSON.stringify(told)) throw new Error(`${said}\n${JSON.stringify(row)}`)
}

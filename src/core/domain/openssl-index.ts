import { serialFrom, type Serial } from './ids.ts'
import type { RevocationReason } from './revocation.ts'
import type { Millis } from './time.ts'

/** A line of the database that `openssl ca` keeps: a certificate that it issued. */
export type IndexEntry = {
  /** From 1. */
  readonly line: number
  readonly serial: Serial
  /** As the file has it: openssl names the certificate's file after it. */
  readonly serialText: string
  readonly notAfter: Millis
  readonly revocation: { readonly revokedAt: Millis; readonly reason: RevocationReason } | undefined
}
export type IndexProblem = { readonly line: number; readonly message: string }

/**
 * The reasons as openssl writes them (`apps/lib/apps.c`, crl_reasons). Holds with an instruction and compromises with a
 * time say the same as those without.
 */
const REASONS: Readonly<Record<string, RevocationReason>> = {
  unspecified: 'unspecified',
  keycompromise: 'keyCompromise',
  keytime: 'keyCompromise',
  cacompromise: 'cACompromise',
  cakeytime: 'cACompromise',
  affiliationchanged: 'affiliationChanged',
  superseded: 'superseded',
  cessationofoperation: 'cessationOfOperation',
  certificatehold: 'certificateHold',
  holdinstruction: 'certificateHold',
}
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/

/**
 * Reads an `index.txt`: a line a certificate, with status (V, R or E), expiry, revocation, serial, file and subject
 * between tabs. Lines that aren't such are named by their numbers; blank ones mean nothing.
 */
export function opensslIndex(text: string): {
  readonly entries: readonly IndexEntry[]
  readonly problems: readonly IndexProblem[]
} {
  const entries: IndexEntry[] = []
  const problems: IndexProblem[] = []
  for (const [at, content] of text.split(/\r?\n/).entries()) {
    if (content.trim() === '') continue
    const entry = entryOf(content, at + 1)
    if (typeof entry === 'string') problems.push({ line: at + 1, message: entry })
    else entries.push(entry)
  }
  return { entries, problems }
}

/** Whether text begins as such a file does. */
export const isOpensslIndex = (text: string): boolean => /^\s*[VRE]\t\d{12,14}Z\t/.test(text)

function entryOf(content: string, line: number): IndexEntry | string {
  const [status = '', expiry = '', revoked = '', serialText = '', ...rest] = content.split('\t')
  if (rest.length < 2) return 'six fields between tabs are expected'
  if (!/^[VRE]$/.test(status)) return `the status is V, R or E, not ${JSON.stringify(status.slice(0, 20))}`
  const notAfter = timeOf(expiry)
  if (notAfter === undefined) return `${JSON.stringify(expiry.slice(0, 20))} is no time such as 301231235959Z`
  const serial = serialFrom(serialText)
  if (serial === undefined) return `${JSON.stringify(serialText.slice(0, 50))} is no serial number`
  const base = { line, serial, serialText, notAfter }
  if (status !== 'R')
    return revoked === '' ? { ...base, revocation: undefined } : 'only R lines have a revocation'
  const [when = '', why = 'unspecified'] = revoked.split(',')
  const revokedAt = timeOf(when)
  if (revokedAt === undefined) return `${JSON.stringify(when.slice(0, 20))} is no time such as 301231235959Z`
  const reason = REASONS[why.toLowerCase()]
  if (reason === undefined) return `${JSON.stringify(why.slice(0, 40))} is no reason for a revocation`
  return { ...base, revocation: { revokedAt, reason } }
}

/** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 has them; undefined for what is none. */
function timeOf(text: string): Millis | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, years = '', ...parts] = match
  const short = Number(years)
  const year = years.length === 4 ? short : short + (short < 50 ? 2000 : 1900)
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number)
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  const back = new Date(time)
  // Date.UTC carries 31 February over into March.
  const exists = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60
  return exists && second < 60 ? time : undefined
}

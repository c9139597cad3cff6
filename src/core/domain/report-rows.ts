import type { ReportFormat } from './audit-reports.ts'
import type { RevocationReason } from './revocation.ts'
import { TEMPLATES, templateArn } from './templates.ts'
import { DAY, SECOND, type Millis } from './time.ts'

/** What a report says of one certificate. */
export type ReportRow = {
  /** Whose it is; with a shared authority not always the authority's own account. */
  readonly account: string
  readonly serial: Uint8Array
  /** RFC 2253 text. */
  readonly subject: string
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly issuedAt: Millis
  readonly revokedAt: Millis | undefined
  readonly reason: RevocationReason | undefined
  /** Whether a managed certificate's version is it, or was it. */
  readonly managed: boolean
  /** Of a template or a profile. */
  readonly profile: string
}

/** Columns of the CSV and keys of the JSON, in AWS's order. */
export const REPORT_COLUMNS = [
  'awsAccountId',
  'requestedByServicePrincipal',
  'certificateArn',
  'serial',
  'subject',
  'notBefore',
  'notAfter',
  'issuedAt',
  'revokedAt',
  'revocationReason',
  'templateArn',
] as const

const MANAGED_BY = 'acm.amazonaws.com'

/** As AWS Private CA writes reasons; it has no certificateHold. */
export const REASON_WORDS: Readonly<Record<RevocationReason, string>> = {
  unspecified: 'UNSPECIFIED',
  keyCompromise: 'KEY_COMPROMISE',
  cACompromise: 'CERTIFICATE_AUTHORITY_COMPROMISE',
  affiliationChanged: 'AFFILIATION_CHANGED',
  superseded: 'SUPERSEDED',
  cessationOfOperation: 'CESSATION_OF_OPERATION',
  certificateHold: 'CERTIFICATE_HOLD',
  privilegeWithdrawn: 'PRIVILEGE_WITHDRAWN',
  aACompromise: 'A_A_COMPROMISE',
}

/** Writes one row; `first` says whether nothing stands before it. */
export type RowWriter = (row: ReportRow, first: boolean) => string
export type ReportText = { readonly head: string; readonly row: RowWriter; readonly tail: string }

/**
 * How a report is written in a format.
 * @param authorityArn certificates' ARNs begin with it, whoever's they are
 */
export function reportText(format: ReportFormat, authorityArn: string): ReportText {
  const values = valuesOf(authorityArn)
  return format === 'CSV'
    ? // RFC 4180: CRLF after each record, a header, quotes where they are needed.
      { head: `${REPORT_COLUMNS.join(',')}\r\n`, row: (row) => csvRecord(values(row)), tail: '' }
    : {
        head: '[',
        row: (row, first) => `${first ? '\n' : ',\n'}${jsonObject(values(row))}`,
        tail: '\n]\n',
      }
}

/** The values in the order of the columns; undefined: there is none. */
type Values = readonly (string | undefined)[]

function valuesOf(authorityArn: string): (row: ReportRow) => Values {
  const arnPrefix = `${authorityArn}/certificate/`
  const timeText = timeWriter()
  const partition = authorityArn.split(':')[1]
  const templates = new Map([...TEMPLATES].map(([name, it]) => [name, templateArn(it, partition)]))
  return (row) => {
    const octets = hexOctets(row.serial)
    return [
      row.account,
      row.managed ? MANAGED_BY : undefined,
      arnPrefix + octets.join(''),
      octets.join(':'),
      row.subject,
      timeText(row.notBefore),
      timeText(row.notAfter),
      timeText(row.issuedAt),
      row.revokedAt === undefined ? undefined : timeText(row.revokedAt),
      row.reason === undefined ? undefined : REASON_WORDS[row.reason],
      templates.get(row.profile),
    ]
  }
}

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))
/** An array of them is quicker than taking the text apart again. */
function hexOctets(serial: Uint8Array): string[] {
  const octets: string[] = []
  for (const octet of serial) octets.push(HEX[octet] as string)
  return octets
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const DAYS_KEPT = 10_000

/** Writes times as `2020-03-02T21:43:57+0000`; millions of them fall on few days, whose text is kept. */
function timeWriter(): (time: Millis) => string {
  const days = new Map<number, string>()
  const dayText = (day: number): string => {
    const known = days.get(day)
    if (known !== undefined) return known
    if (days.size >= DAYS_KEPT) days.clear()
    const text = new Date(day * DAY).toISOString().slice(0, -13)
    days.set(day, text)
    return text
  }
  return (time) => {
    const day = Math.floor(time / DAY)
    const seconds = Math.floor((time - day * DAY) / SECOND)
    const hours = Math.floor(seconds / 3600)
    const minutes = Math.floor((seconds % 3600) / 60)
    return `${dayText(day)}${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes]}:${TWO_DIGITS[seconds % 60]}+0000`
  }
}

const SPECIAL = /[",\r\n]/
function csvRecord(values: Values): string {
  let record = ''
  for (const [at, value = ''] of values.entries()) {
    if (at > 0) record += ','
    record += SPECIAL.test(value) ? `"${value.replaceAll('"', '""')}"` : value
  }
  return `${record}\r\n`
}

function jsonObject(values: Values): string {
  let members = ''
  for (const [at, value] of values.entries()) {
    if (value === undefined) continue
    members += `${members === '' ? '' : ','}"${REPORT_COLUMNS[at] as string}":${JSON.stringify(value)}`
  }
  return `{${members}}`
}

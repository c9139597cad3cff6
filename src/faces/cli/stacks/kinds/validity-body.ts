import type { RequestOf } from '../../../../contract/index.ts'
import { CliFailure } from '../../failure.ts'
import type { JsonProperties } from '../shapes.ts'

type Validity = NonNullable<NonNullable<RequestOf<'issueCertificate'>['body']>['validity']>

/**
 * `Validity` and `ValidityNotBefore` as the API has them.
 * @throws CliFailure for an END_DATE that is no date
 */
export function validityBody(validity: JsonProperties, notBefore: JsonProperties | undefined): Validity {
  const value = validity['Value'] as number
  const begin = notBefore === undefined ? {} : { notBefore: isoOfSeconds(notBefore['Value'] as number) }
  switch (validity['Type']) {
    case 'DAYS':
      return { days: value, ...begin }
    case 'MONTHS':
      return { months: value, ...begin }
    case 'YEARS':
      return { years: value, ...begin }
    case 'ABSOLUTE':
      return { notAfter: isoOfSeconds(value), ...begin }
    default:
      return { notAfter: endDate(value), ...begin }
  }
}

function isoOfSeconds(seconds: number): string {
  const time = new Date(seconds * 1000)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new CliFailure(2, `${seconds} is no time in seconds since 1970`)
}

/** UTCTime, YYMMDDHHMMSS, where 50 and above is the last century (RFC 5280 §4.1.2.5.1); or YYYYMMDDHHMMSS. */
export function endDate(value: number): string {
  const digits = String(value).padStart(12, '0')
  const [, year = '', ...rest] = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(digits) ?? []
  const full = year.length === 2 ? `${Number(year) >= 50 ? 19 : 20}${year}` : year
  const [month, day, hour, minute, second] = rest
  const text = `${full}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = new Date(text)
  if (!Number.isNaN(time.getTime()) && time.toISOString() === text) return text
  throw new CliFailure(2, `${value} is no END_DATE: YYMMDDHHMMSS or YYYYMMDDHHMMSS is expected`)
}

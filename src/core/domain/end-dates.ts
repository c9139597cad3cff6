import { refuse } from './errors.ts'
import type { Millis } from './time.ts'

/**
 * The moment that an end date of AWS's API names: a number with the digits of UTCTime, YYMMDDHHMMSS, or of
 * GeneralizedTime, YYYYMMDDHHMMSS (RFC 5280 §4.1.2.5: 50 to 99 are of the last century, 00 to 49 of this one).
 * @throws request_invalid naming `field`
 */
export function endDateFrom(digits: number, field: string): Millis {
  // A number has no leading zeros: the years 2000 to 2009 of UTCTime come short.
  const text = String(digits)
  const short = text.length <= 12 ? text.padStart(12, '0') : undefined
  const year = short?.slice(0, 2)
  const whole = year === undefined ? text : `${Number(year) >= 50 ? '19' : '20'}${short}`
  const iso = whole.replace(/^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/, '$1-$2-$3T$4:$5:$6')
  const moment = Date.parse(`${iso}Z`)
  // Back and forth: the 30th of February would be one in March.
  if (Number.isNaN(moment) || !new Date(moment).toISOString().startsWith(iso))
    refuse('request_invalid', [
      {
        code: 'validity_end_date',
        field,
        message: 'must have the digits of YYMMDDHHMMSS or YYYYMMDDHHMMSS, in UTC',
      },
    ])
  return moment
}

import { REVOCATION_REASONS } from '../domain/revocation.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import { violationError } from './der/errors.ts'
import { TAG } from './der/tags.ts'
import { element, explicit, generalizedTime, implicit, sequence, unsignedInteger } from './der/writer.ts'
import { extension, fullName } from './extensions.ts'
import type { Extension } from './types.ts'

/** Scope of a partitioned CRL, RFC 5280 §5.2.5. At most one of the three `only…` is true. */
export type IssuingDistributionPoint = {
  readonly urls?: readonly string[]
  readonly onlyContainsUserCerts?: boolean
  readonly onlyContainsCACerts?: boolean
  readonly onlyContainsAttributeCerts?: boolean
}

/** RFC 5280 §5.2.3: never critical, at most 20 octets. @throws request_invalid */
export const cRLNumber = (number: number | bigint): Extension =>
  extension('cRLNumber', false, () => numberOf(number, 'cRLNumber'))

/** RFC 5280 §5.2.4: critical; the number of the complete CRL that the delta builds on. @throws request_invalid */
export const deltaCRLIndicator = (base: number | bigint): Extension =>
  extension('deltaCRLIndicator', true, () => numberOf(base, 'deltaCRLIndicator'))

function numberOf(number: number | bigint, name: 'cRLNumber' | 'deltaCRLIndicator'): Uint8Array {
  const fits = typeof number === 'bigint' ? number < 1n << 159n : Number.isSafeInteger(number)
  if (!fits || number < 0) {
    throw violationError('request_invalid', 'crl_number', name, 'must be a whole number of at most 20 octets')
  }
  const hex = number.toString(16)
  return unsignedInteger(
    Uint8Array.from(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')),
  )
}

/** RFC 5280 §5.2.5: critical, and not empty. @throws request_invalid */
export function issuingDistributionPoint(scope: IssuingDistributionPoint): Extension {
  const flags = [scope.onlyContainsUserCerts, scope.onlyContainsCACerts, scope.onlyContainsAttributeCerts]
  const urls = scope.urls ?? []
  const set = flags.filter(Boolean).length
  if (set > 1 || (set === 0 && urls.length === 0)) {
    const message = 'must name URLs, or one kind of certificate, or both'
    throw violationError('request_invalid', 'issuing_distribution_point', 'issuingDistributionPoint', message)
  }
  return extension('issuingDistributionPoint', true, () => {
    const parts: Uint8Array[] = []
    if (urls.length > 0) parts.push(explicit(0, fullName(urls, 'issuingDistributionPoint')))
    const tags = [1, 2, 5] as const
    tags.forEach((tag, i) => {
      if (flags[i] === true) parts.push(implicit(tag, Uint8Array.of(0xff)))
    })
    return sequence(...parts)
  })
}

/** RFC 5280 §5.3.1: never critical; `unspecified` should be left out, which the CRL's writer does. */
export const reasonCode = (reason: RevocationReason): Extension =>
  extension('reasonCode', false, () => element(TAG.enumerated, Uint8Array.of(REVOCATION_REASONS[reason])))

/** RFC 5280 §5.3.2: GeneralizedTime whatever the year, never critical. @throws request_invalid */
export const invalidityDate = (time: Millis): Extension =>
  extension('invalidityDate', false, () => generalizedTime(time))

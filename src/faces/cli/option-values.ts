import { InvalidArgumentError, Option } from 'commander'
import { CAA_MODES } from '../../core/domain/authorities.ts'
import { EXPORT_PARTS, type ExportPart } from '../../core/domain/exports.ts'
import { isAccountId } from '../../core/domain/ids.ts'
import { KEY_ALGORITHM_NAMES, SIGNATURE_ALGORITHM_NAMES } from '../../core/domain/key-algorithms.ts'
import { KMS_NAMES } from '../../core/domain/kms.ts'
import { VALIDATION_METHODS } from '../../core/domain/managed-certificates.ts'
import { spanFrom } from './times.ts'

/** Parses a whole number between bounds. @throws InvalidArgumentError */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^[0-9]{1,9}$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is expected.`)
  }

/** Checks a CRL number, which may have more digits than a number of JavaScript. @throws InvalidArgumentError */
export function crlNumber(text: string): string {
  if (/^[0-9]{1,16}$/.test(text)) return text
  throw new InvalidArgumentError('A whole number of at most 16 digits is expected.')
}

/** Parses a span such as `30d` into milliseconds. @throws InvalidArgumentError */
export function span(text: string): number {
  const value = spanFrom(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError('A span such as 12h, 30d, 2w or 1y is expected.')
}

/** Parses an account id. @throws InvalidArgumentError */
export function account(text: string): string {
  if (isAccountId(text)) return text
  throw new InvalidArgumentError('An account is 12 decimal digits.')
}

/** Adds each value of an option that may be given several times. */
export const several = (text: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  text,
]

/** Parses a list of what a file is to hold. @throws InvalidArgumentError */
export function exportParts(text: string): readonly ExportPart[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part): part is ExportPart => (EXPORT_PARTS as readonly string[]).includes(part)))
    return parts
  throw new InvalidArgumentError(
    `A list such as certificate,chain is expected, of ${EXPORT_PARTS.join(', ')}.`,
  )
}

export const days = (what: string): Option =>
  new Option('--days <number>', what).argParser(wholeNumber(1, 36_500))
export const signatureAlgorithm = (what: string): Option =>
  new Option('--signature-algorithm <name>', what).choices(SIGNATURE_ALGORITHM_NAMES)
export const kms = (what: string): Option => new Option('--kms <name>', what).choices(KMS_NAMES)
export const keyAlgorithm = (what: string): Option =>
  new Option('--key-algorithm <name>', what).choices(KEY_ALGORITHM_NAMES)

/** An option whose values people write in lower case, and the contract in upper case. */
const lowerCase = <Value extends string>(flags: string, what: string, values: readonly Value[]): Option => {
  const words = values.map((each) => each.toLowerCase())
  return new Option(flags, what).choices(words).argParser((text) => {
    const value = values[words.indexOf(text)]
    if (value !== undefined) return value
    throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`)
  })
}
export const caaMode = (): Option =>
  lowerCase('--caa <mode>', 'what CAA records count for: off (default), a warning, or a refusal', CAA_MODES)
export const validationMethod = (): Option =>
  lowerCase(
    '--validate <method>',
    'have the service’s own authority issue, once control over every name is proved that way',
    VALIDATION_METHODS,
  )

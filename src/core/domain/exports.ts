import type { Violation } from './errors.ts'

/** What a file may hold, in the order in which it holds it. */
export const EXPORT_PARTS = ['certificate', 'chain', 'key'] as const
export type ExportPart = (typeof EXPORT_PARTS)[number]

type FormatInfo = {
  /** Whether a passphrase is needed; where not, a key is in the clear. */
  readonly encrypted: boolean
  /** What is in it unless the caller says. */
  readonly parts: readonly ExportPart[]
  /** `any` selection of the parts, `one` thing a file, or `fixed`. */
  readonly choice: 'any' | 'one' | 'fixed'
  /** Whether its entry has a name. */
  readonly named: boolean
}

/** Every form that a certificate is exported in. `pkcs12-legacy` and `jks` are weak, for programs that know no other. */
export const EXPORT_FORMATS = {
  pem: { encrypted: false, parts: EXPORT_PARTS, choice: 'any', named: false },
  'pkcs8-encrypted-pem': { encrypted: true, parts: EXPORT_PARTS, choice: 'any', named: false },
  der: { encrypted: false, parts: ['certificate'], choice: 'one', named: false },
  'pkcs8-encrypted-der': { encrypted: true, parts: ['key'], choice: 'fixed', named: false },
  pkcs12: { encrypted: true, parts: EXPORT_PARTS, choice: 'fixed', named: true },
  'pkcs12-legacy': { encrypted: true, parts: EXPORT_PARTS, choice: 'fixed', named: true },
  jks: { encrypted: true, parts: EXPORT_PARTS, choice: 'fixed', named: true },
} as const satisfies Record<string, FormatInfo>
export type ExportFormat = keyof typeof EXPORT_FORMATS
export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormat[]

export type ExportRequest = {
  readonly format: ExportFormat
  /** Required for the encrypted formats, refused for the others. */
  readonly passphrase?: string
  /** How key stores call the entry; Java's alias. */
  readonly friendlyName?: string
  /** PEM: any of them. DER: the certificate, the certificate and its chain (PKCS#7), or the key. */
  readonly parts?: readonly ExportPart[]
}

/** How long a passphrase has to be, in characters. */
export type PassphraseRule = {
  readonly least: number
  readonly most: number
  /** What each character may be; any when absent. */
  readonly characters?: { readonly pattern: RegExp; readonly words: string }
}
/** What REST asks for; another face may have a rule of its own. */
export const PASSPHRASE_RULE: PassphraseRule = { least: 12, most: 1024 }
/** AWS's, for ExportCertificate. */
export const AWS_PASSPHRASE_RULE: PassphraseRule = {
  least: 4,
  most: 128,
  characters: { pattern: /^[\0-\x22\x26-\x7f]*$/, words: 'ASCII characters but #, $ and %' },
}

/** What a file in that form holds, in the order of `EXPORT_PARTS`. */
export function partsOf({ format, parts }: ExportRequest): readonly ExportPart[] {
  const chosen = parts ?? EXPORT_FORMATS[format].parts
  return EXPORT_PARTS.filter((part) => chosen.includes(part))
}

/** What is wrong with an export's options; `field` is the path to them, empty where they are the whole request. */
export function exportViolations(
  form: ExportRequest,
  field: string,
  rule: PassphraseRule = PASSPHRASE_RULE,
): Violation[] {
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`)
  if (!Object.hasOwn(EXPORT_FORMATS, form.format))
    return [{ code: 'format', field: at('format'), message: `there are ${EXPORT_FORMAT_NAMES.join(', ')}` }]
  const name: Violation[] =
    form.friendlyName === undefined || EXPORT_FORMATS[form.format].named
      ? []
      : [
          {
            code: 'friendly_name_unused',
            field: at('friendlyName'),
            message: 'only a key store’s entry has one',
          },
        ]
  return [
    ...partViolations(form, at('parts')),
    ...passphraseViolations(form, at('passphrase'), rule),
    ...name,
  ]
}

function partViolations({ format, parts }: ExportRequest, field: string): Violation[] {
  if (parts === undefined) return []
  const { choice, encrypted } = EXPORT_FORMATS[format]
  const wrong = (code: string, message: string): Violation[] => [{ code, field, message }]
  if (choice === 'fixed') return wrong('parts_unused', `what the format ${format} holds is always the same`)
  if (
    parts.length === 0 ||
    new Set(parts).size !== parts.length ||
    parts.some((part) => !EXPORT_PARTS.includes(part))
  )
    return wrong('parts', `at least one of ${EXPORT_PARTS.join(', ')} is expected, each once`)
  if (encrypted && !parts.includes('key'))
    return wrong('parts_clear', 'without the key there is nothing to encrypt; use pem')
  const single = [['certificate'], ['certificate', 'chain'], ['key']].map(String)
  if (choice === 'one' && !single.includes(String(partsOf({ format, parts }))))
    return wrong(
      'parts_der',
      'certificate, certificate and chain (PKCS#7), or key is expected: DER holds one thing a file',
    )
  return []
}

function passphraseViolations(
  { format, passphrase }: ExportRequest,
  field: string,
  { least, most, characters }: PassphraseRule,
): Violation[] {
  const wrong = (code: string, message: string): Violation[] => [{ code, field, message }]
  if (!EXPORT_FORMATS[format].encrypted)
    return passphrase === undefined
      ? []
      : wrong('passphrase_unused', `the format ${format} is in the clear; use pkcs8-encrypted-${format}`)
  const length = passphrase === undefined ? 0 : Array.from(passphrase).length
  if (length < least) return wrong('passphrase_short', `must have at least ${least} characters`)
  if (length > most) return wrong('passphrase_long', `must have at most ${most} characters`)
  if (characters?.pattern.test(passphrase ?? '') === false)
    return wrong('passphrase_characters', `may have ${characters.words}`)
  // Half of a surrogate pair becomes a replacement character, and nobody could type that again.
  return passphrase?.isWellFormed() === false
    ? wrong('passphrase_text', 'is not well-formed Unicode text')
    : []
}

import { Option, type Command } from 'commander'
import type { RequestOf } from '../../../contract/index.ts'
import { KEY_ALGORITHM_NAMES, type KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import { KEY_USAGES, type KeyUsage } from '../../../core/domain/key-usages.ts'
import { SUBJECT_UPPER_BOUNDS, type SubjectFields } from '../../../core/domain/names.ts'
import {
  PROFILE_NAME_KINDS,
  PROFILE_NAMES,
  type ProfileName,
  type ProfileNameKind,
} from '../../../core/domain/profiles.ts'
import { SECOND } from '../../../core/domain/time.ts'
import { usage } from '../failure.ts'
import { objectGiven } from '../files.ts'
import { several, span } from '../option-values.ts'

/** What the options of a profile say; each replaces the same member of `--from`. */
export type ProfileOptions = {
  readonly from?: string
  readonly authority?: string
  readonly base?: ProfileName
  readonly purpose?: readonly string[]
  readonly keyUsage?: readonly KeyUsage[]
  readonly keyAlgorithm?: readonly KeyAlgorithm[]
  readonly minValidity?: number
  readonly maxValidity?: number
  readonly defaultValidity?: number
  readonly allow?: readonly string[]
  readonly require?: readonly ProfileNameKind[]
  readonly wildcards?: true
  readonly subject?: readonly string[]
}
export type ProfileMembers = NonNullable<RequestOf<'updateProfile'>['body']>

/** The options that `profile create` and `profile update` share. */
export const withProfileOptions = (command: Command): Command =>
  command
    .option('--from <file>', 'JSON file with members as the API has them; options go before')
    .option('--authority <authority>', 'the only authority that issues under it: id, name or ARN')
    .addOption(
      new Option('--base <profile>', 'a fixed profile that says what it is for').choices(PROFILE_NAMES),
    )
    .option('--purpose <purpose>', 'in place of --base: a purpose by name or OID; may be repeated', several)
    .addOption(chosen('--key-usage <usage>', 'with --purpose: a key usage; may be repeated', KEY_USAGES))
    .addOption(
      chosen('--key-algorithm <name>', 'a kind of key that is allowed; may be repeated', KEY_ALGORITHM_NAMES),
    )
    .option('--min-validity <span>', 'how long a certificate lives at least: 12h, 30d, 2w, 1y', span)
    .option('--max-validity <span>', 'how long it lives at most', span)
    .option('--default-validity <span>', 'how long when nobody says', span)
    .option(
      '--allow <kind:pattern>',
      'names that are allowed: dns:*.example.com, ip:10.0.0.0/8, email:example.com, uri:spiffe://…; may be repeated',
      several,
    )
    .addOption(
      chosen('--require <kind>', 'at least one name of this kind; may be repeated', PROFILE_NAME_KINDS),
    )
    .option('--wildcards', 'let DNS names be wildcards')
    .option(
      '--subject <field[=value]>',
      'an attribute of the subject that is allowed, or has this value; field! is required; may be repeated',
      several,
    )

/** An option of a closed list that may be given several times; commander's own choices take one. */
function chosen(flags: string, description: string, names: readonly string[]): Option {
  const option = new Option(flags, description).choices(names)
  const check = option.parseArg
  return option.argParser((text: string, before: readonly string[] | undefined) => {
    check?.(text, undefined as never)
    return several(text, before)
  })
}

/** Members of a profile: those of the file, replaced by those of options. @throws CliFailure with exit code 2 */
export async function membersOf(directory: string, options: ProfileOptions): Promise<ProfileMembers> {
  const { authority, base, purpose, keyUsage, keyAlgorithm, subject } = options
  return {
    ...(await objectGiven(directory, options.from, '--from')),
    ...(authority === undefined ? {} : { authority }),
    ...(base === undefined ? {} : { base }),
    ...(purpose === undefined ? {} : { extendedKeyUsages: [...purpose] }),
    ...(keyUsage === undefined ? {} : { keyUsages: [...keyUsage] }),
    ...(keyAlgorithm === undefined ? {} : { keyAlgorithms: [...keyAlgorithm] }),
    ...validityOf(options),
    ...namesOf(options),
    ...(subject === undefined ? {} : { subject: Object.fromEntries(subject.map(attributeOf)) }),
  }
}

function validityOf(options: ProfileOptions): Pick<ProfileMembers, 'validity'> {
  const given = {
    minSeconds: options.minValidity,
    maxSeconds: options.maxValidity,
    defaultSeconds: options.defaultValidity,
  }
  const entries = Object.entries(given).flatMap(([member, milliseconds]) =>
    milliseconds === undefined ? [] : [[member, Math.round(milliseconds / SECOND)] as const],
  )
  return entries.length === 0 ? {} : { validity: Object.fromEntries(entries) }
}

type Rules = NonNullable<ProfileMembers['names']>

function namesOf({ allow, require, wildcards }: ProfileOptions): Pick<ProfileMembers, 'names'> {
  if (allow === undefined && require === undefined && wildcards === undefined) return {}
  const names: Rules = {}
  for (const text of allow ?? []) {
    const colon = text.indexOf(':')
    const kind = PROFILE_NAME_KINDS.find((each) => each === text.slice(0, colon))
    if (kind === undefined)
      throw usage(
        `--allow: ${text} must begin with ${PROFILE_NAME_KINDS.map((each) => `${each}:`).join(', ')}`,
      )
    const rule = (names[kind] ??= {})
    ;(rule.patterns ??= []).push(text.slice(colon + 1))
  }
  for (const kind of require ?? []) names[kind] = { ...names[kind], min: 1 }
  if (wildcards === true) names.dns = { ...names.dns, wildcards: true }
  return { names }
}

/** `organization=Example GmbH`, `commonName!`, `locality`. */
function attributeOf(text: string): [string, { required?: boolean; value?: string }] {
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).replace(/!$/, '')
  if (!Object.hasOwn(SUBJECT_UPPER_BOUNDS, name)) {
    const known = Object.keys(SUBJECT_UPPER_BOUNDS) as (keyof SubjectFields)[]
    throw usage(`--subject: there is no attribute ${name}; there are ${known.join(', ')}`)
  }
  if (equals >= 0) return [name, { value: text.slice(equals + 1) }]
  return [name, text.endsWith('!') ? { required: true } : {}]
}

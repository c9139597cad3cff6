import type { Violation } from '../domain/errors.ts'
import { KEY_ALGORITHM_NAMES } from '../domain/key-algorithms.ts'
import { KEY_USAGES, PURPOSE_NAMES, type KeyUsage } from '../domain/key-usages.ts'
import { MAX_NAMES, SUBJECT_UPPER_BOUNDS, type SubjectFields } from '../domain/names.ts'
import {
  PROFILE_NAME_KINDS,
  PROFILE_NAMES,
  PROFILES,
  type NameRule,
  type ProfileNameKind,
  type ProfileRules,
} from '../domain/profiles.ts'
import { fieldProblem } from './distinguished-names.ts'
import { isRefusal } from './dns-names.ts'
import { canonicalPattern } from './name-patterns.ts'
import { purposeOid } from './purposes.ts'

const MAX_PURPOSES = 20
/** A hundred years: more than any profile means. */
const MAX_SECONDS = 3_153_600_000
const SUBJECT_FIELDS = Object.keys(SUBJECT_UPPER_BOUNDS) as (keyof SubjectFields)[]
/** RFC 5280 §4.2.1.3: what only authorities may do. */
const AUTHORITYS: readonly KeyUsage[] = ['keyCertSign', 'cRLSign']
const USABLE = KEY_USAGES.filter((usage) => !AUTHORITYS.includes(usage))

type Note = (code: string, field: string, message: string) => void

/** Rules as a caller gives them: their patterns in canonical form, and everything that is wrong, each by its path. */
export function profileRulesFrom(given: ProfileRules): {
  readonly rules: ProfileRules
  readonly violations: readonly Violation[]
} {
  const violations: Violation[] = []
  const note: Note = (code, field, message) => void violations.push({ code, field, message })
  purposeProblems(given, note)
  listProblems(given.keyAlgorithms, KEY_ALGORITHM_NAMES, 'keyAlgorithms', note)
  validityProblems(given.validity, note)
  subjectProblems(given.subject, note)
  const names = given.names === undefined ? undefined : namesFrom(given.names, note)
  const needs = given.base === undefined ? [] : (PROFILES[given.base]?.needs ?? [])
  if (names !== undefined && needs.length > 0 && !needs.some((kind) => names[kind]?.max !== 0 && names[kind]))
    note('profile_names', 'names', `must allow ${needs.join(' or ')}, which ${given.base} needs`)
  return { rules: names === undefined ? given : { ...given, names }, violations }
}

function purposeProblems({ base, extendedKeyUsages, keyUsages }: ProfileRules, note: Note): void {
  if (base !== undefined) {
    if (!Object.hasOwn(PROFILES, base))
      note('profile_base', 'base', `must be one of ${PROFILE_NAMES.join(', ')}`)
    for (const [field, list] of Object.entries({ extendedKeyUsages, keyUsages }))
      if (list !== undefined) note('profile_purpose', field, 'goes without `base`, which says it')
    return
  }
  if (extendedKeyUsages === undefined)
    return note('profile_purpose', 'extendedKeyUsages', 'must be given where there is no `base`')
  if (extendedKeyUsages.length > MAX_PURPOSES)
    note('count', 'extendedKeyUsages', `must have at most ${MAX_PURPOSES} entries`)
  const oids = extendedKeyUsages.map(purposeOid)
  for (const [place, oid] of oids.entries()) {
    const field = `extendedKeyUsages[${place}]`
    if (oid === undefined) note('purpose', field, `must be an OID or one of ${PURPOSE_NAMES.join(', ')}`)
    else if (oids.indexOf(oid) < place) note('twice', field, 'stands there twice')
  }
  listProblems(keyUsages, USABLE, 'keyUsages', note)
  const half = keyUsages?.find((usage) => usage === 'encipherOnly' || usage === 'decipherOnly')
  if (half !== undefined && keyUsages?.includes('keyAgreement') === false)
    note('key_usage', 'keyUsages', `${half} means nothing without keyAgreement`)
}

function listProblems(
  given: readonly string[] | undefined,
  known: readonly string[],
  field: string,
  note: Note,
): void {
  if (given === undefined) return
  if (given.length === 0) note('empty', field, 'must not be empty; leave it out instead')
  for (const [place, each] of given.entries())
    if (!known.includes(each)) note('unknown', `${field}[${place}]`, `must be one of ${known.join(', ')}`)
    else if (given.indexOf(each) < place) note('twice', `${field}[${place}]`, 'stands there twice')
}

function validityProblems(validity: ProfileRules['validity'], note: Note): void {
  if (validity === undefined) return
  for (const [member, value] of Object.entries(validity) as [string, number | undefined][])
    if (value !== undefined && !isWhole(value, 1, MAX_SECONDS))
      note('validity', `validity.${member}`, `must be a whole number from 1 to ${MAX_SECONDS}`)
  const { minSeconds = 1, maxSeconds = MAX_SECONDS, defaultSeconds } = validity
  if (minSeconds > maxSeconds)
    note('validity_order', 'validity.minSeconds', 'must not be more than maxSeconds')
  else if (defaultSeconds !== undefined && (defaultSeconds < minSeconds || defaultSeconds > maxSeconds))
    note('validity_order', 'validity.defaultSeconds', 'must lie between minSeconds and maxSeconds')
}

function subjectProblems(subject: ProfileRules['subject'], note: Note): void {
  for (const [name, rule] of Object.entries(subject ?? {})) {
    const field = SUBJECT_FIELDS.find((each) => each === name)
    if (field === undefined) note('unknown', `subject.${name}`, `there are ${SUBJECT_FIELDS.join(', ')}`)
    else if (rule.value !== undefined) {
      const problem = fieldProblem(field, rule.value)
      if (problem !== undefined) note(problem[0], `subject.${name}.value`, problem[1])
    }
  }
}

function namesFrom(
  given: NonNullable<ProfileRules['names']>,
  note: Note,
): NonNullable<ProfileRules['names']> {
  const canonical: { -readonly [Kind in ProfileNameKind]?: NameRule } = {}
  for (const [name, rule] of Object.entries(given)) {
    const kind = PROFILE_NAME_KINDS.find((each) => each === name)
    if (kind === undefined) note('unknown', `names.${name}`, `there are ${PROFILE_NAME_KINDS.join(', ')}`)
    else canonical[kind] = nameRuleFrom(kind, rule, note)
  }
  return canonical
}

function nameRuleFrom(kind: ProfileNameKind, rule: NameRule, note: Note): NameRule {
  const path = `names.${kind}`
  for (const member of ['min', 'max'] as const)
    if (rule[member] !== undefined && !isWhole(rule[member], 0, MAX_NAMES))
      note('count', `${path}.${member}`, `must be a whole number from 0 to ${MAX_NAMES}`)
  if ((rule.min ?? 0) > (rule.max ?? MAX_NAMES)) note('count', `${path}.min`, 'must not be more than max')
  if (rule.wildcards !== undefined && kind !== 'dns')
    note('wildcards', `${path}.wildcards`, 'is for DNS names only')
  if (rule.patterns === undefined) return rule
  if (rule.patterns.length === 0 || rule.patterns.length > MAX_NAMES)
    note('count', `${path}.patterns`, `must be 1 to ${MAX_NAMES}`)
  const patterns = new Set<string>()
  for (const [place, text] of rule.patterns.slice(0, MAX_NAMES).entries()) {
    const pattern = canonicalPattern(kind, text)
    if (isRefusal(pattern)) note(pattern.code, `${path}.patterns[${place}]`, pattern.message)
    else patterns.add(pattern)
  }
  return { ...rule, patterns: [...patterns] }
}

const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to

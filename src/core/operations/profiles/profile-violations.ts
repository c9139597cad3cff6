import type { Violation } from '../../domain/errors.ts'
import type { KeyAlgorithm } from '../../domain/key-algorithms.ts'
import type { GeneralName } from '../../domain/names.ts'
import {
  PROFILE_NAME_KINDS,
  type NameRule,
  type ProfileNameKind,
  type ProfileRules,
} from '../../domain/profiles.ts'
import { SECOND, type Millis } from '../../domain/time.ts'
import { attributesOf, encodeSubject, FIELD_OF } from '../../x509/distinguished-names.ts'
import { covers } from '../../x509/name-patterns.ts'
import { oidName } from '../../x509/oids.ts'

/** What a profile decides about, with where each part stood in the request. */
export type ProfileFacts = {
  readonly names: readonly GeneralName[]
  readonly fieldOf: (name: GeneralName) => string
  /** Undefined for a kind of key that the product doesn't know. */
  readonly keyAlgorithm: KeyAlgorithm | undefined
  readonly keyField: string
  /** DER of the Name. */
  readonly subject: Uint8Array
  readonly subjectField: string
  /** From issuance to the end. */
  readonly lifetime: Millis
}

/** Everything about a request that the profile doesn't allow; the same for names of a CSR and of the request's body. */
export function profileViolations(rules: ProfileRules, facts: ProfileFacts): Violation[] {
  return [
    ...keyViolations(rules, facts),
    ...lifetimeViolations(rules, facts),
    ...nameViolations(rules, facts),
    ...subjectViolations(rules, facts),
  ]
}

function keyViolations(
  { keyAlgorithms }: ProfileRules,
  { keyAlgorithm, keyField }: ProfileFacts,
): Violation[] {
  if (keyAlgorithms === undefined || (keyAlgorithm !== undefined && keyAlgorithms.includes(keyAlgorithm)))
    return []
  const message = `the profile allows keys of ${keyAlgorithms.join(', ')}, not ${keyAlgorithm ?? 'this kind'}`
  return [{ code: 'profile_key', field: keyField, message }]
}

function lifetimeViolations({ validity }: ProfileRules, { lifetime }: ProfileFacts): Violation[] {
  const { minSeconds, maxSeconds } = validity ?? {}
  const violation = (message: string): Violation[] => [
    { code: 'profile_validity', field: 'validity', message },
  ]
  if (maxSeconds !== undefined && lifetime > maxSeconds * SECOND)
    return violation(`the profile allows at most ${maxSeconds} seconds from now`)
  // What is written has whole seconds, so a lifetime may be a fraction of one short.
  if (minSeconds !== undefined && lifetime <= (minSeconds - 1) * SECOND)
    return violation(`the profile asks for at least ${minSeconds} seconds from now`)
  return []
}

function nameViolations({ names: rules }: ProfileRules, { names, fieldOf }: ProfileFacts): Violation[] {
  if (rules === undefined) return []
  const violations: Violation[] = []
  const count = new Map<string, number>()
  for (const name of names) {
    const kind = PROFILE_NAME_KINDS.find((each) => each === name.type)
    const rule = kind === undefined ? undefined : rules[kind]
    const problem =
      kind === undefined || rule === undefined
        ? ([`profile_name_kind`, `the profile allows no names of kind ${name.type}`] as const)
        : nameProblem(kind, rule, name)
    if (problem !== undefined)
      violations.push({ code: problem[0], field: fieldOf(name), message: `${name.value} ${problem[1]}` })
    count.set(name.type, (count.get(name.type) ?? 0) + 1)
  }
  for (const kind of PROFILE_NAME_KINDS) {
    const { min = 0, max = Number.POSITIVE_INFINITY } = rules[kind] ?? {}
    const given = count.get(kind) ?? 0
    if (given >= min && given <= max) continue
    const wanted = given < min ? `at least ${min}` : `at most ${max}`
    const message = `the profile asks for ${wanted} of kind ${kind}, not ${given}`
    violations.push({ code: 'profile_name_count', field: 'names', message })
  }
  return violations
}

function nameProblem(
  kind: ProfileNameKind,
  { patterns, wildcards }: NameRule,
  name: GeneralName,
): readonly [code: string, message: string] | undefined {
  if (kind === 'dns' && wildcards !== true && name.value.startsWith('*.'))
    return ['profile_wildcard', 'is a wildcard, which the profile doesn’t allow']
  if (patterns === undefined || patterns.some((pattern) => covers(kind, pattern, name))) return undefined
  return ['profile_name', `is covered by none of the profile’s patterns: ${patterns.join(', ')}`]
}

function subjectViolations(
  { subject: rules }: ProfileRules,
  { subject, subjectField }: ProfileFacts,
): Violation[] {
  if (rules === undefined) return []
  const violations: Violation[] = []
  const note = (field: string, code: string, message: string): void =>
    void violations.push({ code, field: `${subjectField}.${field}`, message })
  const given = new Map<string, string>()
  for (const { oid, text } of attributesOf(subject, subjectField)) {
    const name = FIELD_OF.get(oid)
    const rule = name === undefined ? undefined : rules[name]
    if (name === undefined || rule === undefined)
      note(oidName(oid) ?? oid, 'profile_subject', 'is no part of the subject that the profile allows')
    else if (given.has(name)) note(name, 'profile_subject_twice', 'stands there twice')
    else if (rule.value !== undefined && rule.value !== text)
      note(name, 'profile_subject_value', `must be ${JSON.stringify(rule.value)} under the profile`)
    given.set(name ?? oid, text)
  }
  for (const [name, rule] of Object.entries(rules))
    if (rule.required === true && rule.value === undefined && !given.has(name))
      note(name, 'profile_subject_missing', 'is missing; the profile asks for it')
  return violations
}

/** The subject with the profile's fixed values, where there are any. @param subject one that the profile allows */
export function profileSubject({ subject: rules }: ProfileRules, subject: Uint8Array): Uint8Array {
  const fixed = Object.entries(rules ?? {}).filter(([, { value }]) => value !== undefined)
  if (fixed.length === 0) return subject
  const fields: Record<string, string> = {}
  for (const { oid, text } of attributesOf(subject)) fields[FIELD_OF.get(oid) ?? oid] = text
  for (const [name, { value }] of fixed) if (value !== undefined) fields[name] = value
  return encodeSubject(fields)
}

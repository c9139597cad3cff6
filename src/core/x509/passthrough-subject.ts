import type { Violation } from '../domain/errors.ts'
import type { SubjectFields } from '../domain/names.ts'
import { oidOctets } from './der/oid.ts'
import { TAG } from './der/tags.ts'
import { element, ia5String, oid, sequence, utf8Octets } from './der/writer.ts'
import {
  EMPTY_NAME,
  encodeSubject,
  FIELD_OF,
  fieldProblem,
  fieldString,
  subjectViolations,
  textProblem,
} from './distinguished-names.ts'
import { OID } from './oids.ts'

/** A subject of AWS's API: either the attributes that have a name, or a list of any; never both. */
export type PassthroughSubject = SubjectFields & {
  /** In the order to be written. */
  readonly customAttributes?: readonly CustomAttribute[]
}
export type CustomAttribute = { readonly oid: string; readonly value: string }

const MAX_ATTRIBUTES = 150
const MAX_VALUE = 256
/** RFC 5280 Appendix A.1, RFC 4519 §2.4: these two are IA5String. */
const IA5: ReadonlySet<string> = new Set([OID.emailAddress, OID.domainComponent])

/** All that is wrong with such a subject, each under its own path. */
export function passthroughSubjectViolations(subject: PassthroughSubject, field: string): Violation[] {
  const { customAttributes, ...fields } = subject
  const violations = subjectViolations(fields, field)
  if (customAttributes === undefined) return violations
  const path = `${field}.customAttributes`
  if (Object.values(fields).some((value) => value !== undefined))
    violations.push({
      code: 'subject_mixed',
      field: path,
      message: 'go without the attributes that have a name',
    })
  if (customAttributes.length === 0 || customAttributes.length > MAX_ATTRIBUTES)
    violations.push({ code: 'subject_count', field: path, message: `must be 1 to ${MAX_ATTRIBUTES}` })
  for (const [place, attribute] of customAttributes.slice(0, MAX_ATTRIBUTES).entries()) {
    const problem = attributeProblem(attribute)
    if (problem !== undefined)
      violations.push({ code: problem[0], field: `${path}[${place}].${problem[2]}`, message: problem[1] })
  }
  return violations
}

function attributeProblem({
  oid: type,
  value,
}: CustomAttribute): readonly [code: string, message: string, member: 'oid' | 'value'] | undefined {
  if (oidOctets(type) === undefined) return ['subject_oid', 'is no object identifier such as 2.5.4.10', 'oid']
  if (value.length > MAX_VALUE) return ['subject_length', `longer than ${MAX_VALUE} characters`, 'value']
  const known = FIELD_OF.get(type)
  const problem = known === undefined ? textProblem(value) : fieldProblem(known, value)
  if (problem !== undefined) return [...problem, 'value']
  return IA5.has(type) && !/^[\x20-\x7e]*$/.test(value)
    ? ['subject_characters', 'must be ASCII (IA5String)', 'value']
    : undefined
}

/** DER of the Name: one attribute an RDN. @throws request_invalid when there are violations */
export function encodePassthroughSubject(subject: PassthroughSubject): Uint8Array {
  const { customAttributes, ...fields } = subject
  if (customAttributes === undefined) return encodeSubject(fields)
  const rdns = customAttributes.map(({ oid: type, value }) =>
    element(TAG.set, sequence(oid(type), attributeString(type, value))),
  )
  return rdns.length === 0 ? EMPTY_NAME : sequence(...rdns)
}

function attributeString(type: string, value: string): Uint8Array {
  const known = FIELD_OF.get(type)
  if (known !== undefined) return fieldString(known, value)
  return IA5.has(type) ? ia5String(value) : element(TAG.utf8String, utf8Octets(value))
}

import type { Violation } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'
import type { SubjectFields } from '../domain/names.ts'
import { SUBJECT_UPPER_BOUNDS } from '../domain/names.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { checkString, isPrintable, stringText } from './der/strings.ts'
import { TAG } from './der/tags.ts'
import { asciiOctets, compareOctets, element, oid, sequence, utf8Octets } from './der/writer.ts'
import { OID } from './oids.ts'

/** DER of a Name without attributes. */
export const EMPTY_NAME: Uint8Array = Uint8Array.of(TAG.sequence, 0)

/** One attribute of a Name; attributes of one RDN share `rdn`, the RDN's place from the start. */
export type Attribute = {
  readonly oid: string
  readonly text: string
  /** Tag of the string type it is written in. */
  readonly tag: number
  /** Content octets. */
  readonly value: Uint8Array
  readonly rdn: number
}

const FIELDS = Object.keys(SUBJECT_UPPER_BOUNDS) as (keyof SubjectFields)[]
/** The field whose attribute has this OID. */
export const FIELD_OF: ReadonlyMap<string, keyof SubjectFields> = new Map(
  FIELDS.map((field) => [OID[field], field]),
)
/** RFC 5280 Appendix A.1: these are PrintableString; the others are UTF8String (§4.1.2.4). */
const PRINTABLE_FIELDS: ReadonlySet<keyof SubjectFields> = new Set(['country', 'serialNumber', 'dnQualifier'])

/** Controls, line and paragraph separators, and the marks that reorder what a reader sees. */
export const INVISIBLE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/u

/** All that is wrong with the fields; `field` is the path to them, e.g. `subject`. */
export function subjectViolations(fields: SubjectFields, field: string): Violation[] {
  const violations: Violation[] = []
  for (const name of FIELDS) {
    const value = fields[name]
    if (value === undefined) continue
    const problem = fieldProblem(name, value)
    if (problem !== undefined) {
      violations.push({ code: problem[0], field: `${field}.${name}`, message: problem[1] })
    }
  }
  return violations
}

/** What is wrong with an attribute's text whatever its type, or undefined. */
export function textProblem(value: string): readonly [code: string, message: string] | undefined {
  if (value === '') return ['subject_empty', 'must not be empty; leave it out instead']
  if (INVISIBLE.test(value)) return ['subject_control', 'holds a control or invisible formatting character']
  if (value.trim() !== value) return ['subject_space', 'begins or ends with white space']
  return undefined
}

/** What is wrong with the text of a field, or undefined. */
export function fieldProblem(
  name: keyof SubjectFields,
  value: string,
): readonly [code: string, message: string] | undefined {
  const bound = SUBJECT_UPPER_BOUNDS[name]
  const problem = textProblem(value)
  if (problem !== undefined) return problem
  if (name === 'country') {
    return /^[A-Z]{2}$/.test(value)
      ? undefined
      : ['subject_country', 'a country is two capital letters (ISO 3166)']
  }
  // RFC 5280 Appendix A.1 counts characters, not octets.
  if (value.length > bound && [...value].length > bound) {
    return ['subject_length', `longer than ${bound} characters (RFC 5280 Appendix A.1)`]
  }
  if (PRINTABLE_FIELDS.has(name) && !isPrintable(value)) {
    return ['subject_characters', "only letters, digits, space and '()+,-./:=? (PrintableString)"]
  }
  return undefined
}

/**
 * DER of a Name with one attribute per RDN, in the order of SubjectFields.
 * @throws request_invalid naming each field that is wrong under `field`
 */
export function encodeSubject(fields: SubjectFields, field = 'subject'): Uint8Array {
  refuse('request_invalid', subjectViolations(fields, field))
  const rdns: Uint8Array[] = []
  for (const name of FIELDS) {
    const value = fields[name]
    if (value === undefined) continue
    rdns.push(element(TAG.set, sequence(oid(OID[name]), fieldString(name, value))))
  }
  return rdns.length === 0 ? EMPTY_NAME : sequence(...rdns)
}

/** DER of a field's value, in the string type that RFC 5280 Appendix A.1 has for it. */
export const fieldString = (name: keyof SubjectFields, value: string): Uint8Array =>
  PRINTABLE_FIELDS.has(name)
    ? element(TAG.printableString, asciiOctets(value))
    : element(TAG.utf8String, utf8Octets(value))

/**
 * All attributes of a Name, in the order written.
 * @throws request_invalid naming `field` for anything but a Name with string values
 */
export function attributesOf(nameDer: Uint8Array, field = 'name'): Attribute[] {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(nameDer)
    const attributes: Attribute[] = []
    readName(reader, 'the name', attributes)
    reader.finish('the name')
    return attributes
  })
}

/**
 * Reads a Name (RFC 5280 §4.1.2.4) where a reader stands, checks it, and adds its attributes to `into`.
 * @throws DerError
 */
export function readName(reader: DerReader, what: string, into?: Attribute[]): Uint8Array {
  const start = reader.at
  const rdns = reader.enter(TAG.sequence, what)
  for (let rdn = 0; !rdns.done; rdn++) readRdn(rdns, what, rdn, into)
  return reader.bytes.subarray(start, reader.at)
}

function readRdn(rdns: DerReader, what: string, rdn: number, into: Attribute[] | undefined): void {
  const set = rdns.enter(TAG.set, what)
  if (set.done) throw new DerError('name_rdn', `${what}: a relative distinguished name is empty`)
  let previous: Uint8Array | undefined
  while (!set.done) {
    const start = set.at
    const pair = set.enter(TAG.sequence, what)
    const type = pair.oid(what)
    const tag = pair.any(what)
    if (into === undefined) checkString(tag, pair.bytes, pair.from, pair.to, what)
    else
      into.push({ oid: type, text: stringText(tag, pair.content(), what), tag, value: pair.content(), rdn })
    pair.finish(what)
    if (set.done && previous === undefined) return
    const whole = set.bytes.subarray(start, set.at)
    // X.690 §11.6; two attributes alike would have equal encodings.
    if (previous !== undefined && compareOctets(previous, whole) >= 0) {
      throw new DerError('der_ber', `${what}: this is BER (a SET OF that isn't sorted); DER is required`)
    }
    previous = whole
  }
}

/** The fields that a Name has (the first of each kind); attributes of other kinds are left out. */
export function subjectFieldsOf(nameDer: Uint8Array): SubjectFields {
  const fields: { -readonly [K in keyof SubjectFields]: SubjectFields[K] } = {}
  for (const { oid: type, text } of attributesOf(nameDer)) {
    const field = FIELD_OF.get(type)
    if (field !== undefined) fields[field] ??= text
  }
  return fields
}

/** Descriptors registered with IANA (RFC 4520 §3.4); RFC 4514 §3 has the table of short ones. */
export const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  [OID.commonName, 'CN'],
  [OID.locality, 'L'],
  [OID.state, 'ST'],
  [OID.organization, 'O'],
  [OID.organizationalUnit, 'OU'],
  [OID.country, 'C'],
  [OID.street, 'STREET'],
  [OID.domainComponent, 'DC'],
  [OID.userId, 'UID'],
  [OID.serialNumber, 'serialNumber'],
])

/**
 * A Name as RFC 4514 text: last RDN first, `+` within an RDN; '' for the empty name.
 * @param descriptors the types that have a name; others are written in dotted form
 */
export function nameText(nameDer: Uint8Array, descriptors = DESCRIPTORS): string {
  const rdns: string[] = []
  let last = -1
  for (const attribute of attributesOf(nameDer)) {
    const pair = attributeText(attribute, descriptors)
    if (attribute.rdn === last) rdns[rdns.length - 1] += `+${pair}`
    else rdns.push(pair)
    last = attribute.rdn
  }
  return rdns.reverse().join(',')
}

function attributeText(
  { oid: type, text, tag, value }: Attribute,
  descriptors: ReadonlyMap<string, string>,
): string {
  const descriptor = descriptors.get(type)
  if (descriptor !== undefined) return `${descriptor}=${escaped(text)}`
  // RFC 4514 §2.4: a type in dotted form has its value as # and the hex of its BER encoding.
  return `${type}=#${Buffer.from(element(tag, value)).toString('hex')}`
}

/** RFC 4514 §2.4: specials with a backslash, controls as hex pairs, spaces and # at the ends. */
function escaped(text: string): string {
  return text
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, (space, at: number, whole: string) =>
      at === 1 && whole.startsWith('\\') ? space : `\\${space}`,
    )
    .replace(/\p{Cc}/gu, (control) =>
      [...Buffer.from(control)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join(''),
    )
}

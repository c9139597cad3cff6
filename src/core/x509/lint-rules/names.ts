import { nameKey } from '../general-names.ts'
import { ipOctets, ipText } from '../ip-addresses.ts'
import { OID, oidName } from '../oids.ts'
import { TAG } from '../der/tags.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Complain, Facts, Rule } from './rule.ts'

/** RFC 5280 Appendix A.1, upper bounds in characters; postalCode and street from X.520 Annex C. */
const UPPER_BOUNDS: ReadonlyMap<string, number> = new Map([
  [OID.commonName, 64],
  [OID.serialNumber, 64],
  [OID.country, 2],
  [OID.locality, 128],
  [OID.state, 128],
  [OID.organization, 64],
  [OID.organizationalUnit, 64],
  [OID.title, 64],
  [OID.pseudonym, 128],
  [OID.emailAddress, 255],
  [OID.street, 128],
  [OID.postalCode, 40],
])
/** RFC 5280 §4.1.2.4: "MUST use either PrintableString or UTF8String", the others only for names of old. */
const OLD_STRINGS: ReadonlySet<number> = new Set([TAG.teletexString, TAG.bmpString, TAG.universalString])
const LOOKS_LIKE_DNS = /^(\*\.)?([a-z0-9_-]+\.)+[a-z][a-z0-9-]*$/i
const subjectIsEmpty = ({ subject }: Facts): boolean => subject.length === 0

function subjectPresent(facts: Facts, complain: Complain): void {
  if (!subjectIsEmpty(facts)) return
  if (facts.isAuthority) return complain('subject', 'is empty; an authority has a name')
  const names = facts.decoded.extensions.get(OID.subjectAltName)
  if (names === undefined) complain('subject', 'is empty, and there is no subjectAltName')
  else if (!names.critical) complain('subjectAltName', 'must be critical since the subject is empty')
}

function criticalNames(facts: Facts, complain: Complain): void {
  if (!subjectIsEmpty(facts) && facts.decoded.extensions.get(OID.subjectAltName)?.critical === true)
    complain('subjectAltName', 'is critical although there is a subject')
}

function namesPresent({ decoded, context, isAuthority }: Facts, complain: Complain): void {
  if (!isAuthority && context.requireSubjectAltName && !decoded.extensions.has(OID.subjectAltName))
    complain('subjectAltName', 'is missing')
}

function namesCanonical({ decoded }: Facts, complain: Complain): void {
  for (const { place, message } of decoded.subjectAltName?.notCanonical ?? [])
    complain(`subjectAltName[${place}]`, message)
}

function namesOnce({ decoded }: Facts, complain: Complain): void {
  const names = decoded.subjectAltName?.names
  if (names === undefined || names.length < 2) return
  const seen = new Set<string>()
  for (const [place, name] of names.entries()) {
    const key = nameKey(name)
    if (seen.has(key)) complain(`subjectAltName[${place}]`, `${key} stands there twice`)
    seen.add(key)
  }
}

/** A host that a common name stands for, as clients read it who look there (RFC 6125 §6.4.4); undefined for other text. */
export function hostIn(text: string): GeneralName | undefined {
  const octets = ipOctets(text)
  if (octets !== undefined) return { type: 'ip', value: ipText(octets) }
  return LOOKS_LIKE_DNS.test(text) ? { type: 'dns', value: text.toLowerCase() } : undefined
}

function commonName({ subject, decoded, context, isAuthority }: Facts, complain: Complain): void {
  const names = decoded.subjectAltName?.names
  if (isAuthority || (names === undefined && !context.requireSubjectAltName)) return
  for (const { oid, text } of subject) {
    if (oid !== OID.commonName) continue
    const host = hostIn(text)
    if (host !== undefined && names?.some(({ value }) => value === host.value) !== true)
      complain('subject.commonName', `${JSON.stringify(text)} is not among the names of subjectAltName`)
  }
}

function upperBounds({ subject }: Facts, complain: Complain): void {
  for (const { oid, text } of subject) {
    const field = `subject.${oidName(oid) ?? oid}`
    const bound = UPPER_BOUNDS.get(oid)
    if (text === '') complain(field, 'is empty')
    // The bound is in characters: code points, of which there are at most as many as UTF-16 units.
    else if (bound !== undefined && text.length > bound && [...text].length > bound)
      complain(field, `is longer than ${bound} characters`)
  }
}

function country({ subject }: Facts, complain: Complain): void {
  for (const { oid, text, tag } of subject)
    if (oid === OID.country && (tag !== TAG.printableString || !/^[A-Z]{2}$/.test(text)))
      complain('subject.country', 'must be two capital letters of ISO 3166 in a PrintableString')
}

function stringTypes({ subject }: Facts, complain: Complain): void {
  for (const { oid, tag } of subject)
    if (OLD_STRINGS.has(tag))
      complain(`subject.${oidName(oid) ?? oid}`, 'must be a PrintableString or UTF8String')
}

/** Rules on the subject and its alternative names. */
export const NAME_RULES: readonly Rule[] = [
  { id: 'subject_present', severity: 'error', source: 'RFC 5280 §4.1.2.6, §4.2.1.6', check: subjectPresent },
  { id: 'subject_bounds', severity: 'error', source: 'RFC 5280 Appendix A.1', check: upperBounds },
  { id: 'subject_country', severity: 'error', source: 'RFC 5280 Appendix A.1', check: country },
  { id: 'subject_strings', severity: 'error', source: 'RFC 5280 §4.1.2.4', check: stringTypes },
  {
    id: 'names_present',
    severity: 'error',
    source: 'RFC 9525 §6.3; CA/Browser Forum BR §7.1.2.7.12',
    check: namesPresent,
  },
  {
    id: 'names_canonical',
    severity: 'error',
    source: 'RFC 5280 §4.2.1.6, §7.2, §7.4, §7.5',
    check: namesCanonical,
  },
  { id: 'names_once', severity: 'error', source: 'CA/Browser Forum BR §7.1.2.7.12', check: namesOnce },
  { id: 'names_critical', severity: 'warning', source: 'RFC 5280 §4.2.1.6', check: criticalNames },
  { id: 'common_name', severity: 'error', source: 'CA/Browser Forum BR §7.1.4.3', check: commonName },
]

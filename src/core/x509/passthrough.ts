import { refuse, type Violation } from '../domain/errors.ts'
import { KEY_USAGES, PURPOSE_NAMES, type KeyUsage } from '../domain/key-usages.ts'
import type { GeneralName } from '../domain/names.ts'
import { oidOctets } from './der/oid.ts'
import { isRefusal } from './dns-names.ts'
import { encodeEdiParty, type EdiParty } from './edi-parties.ts'
import { certificatePolicies, extKeyUsage, keyUsage, type CertificatePolicy } from './extensions.ts'
import { customExtensionsFrom, type CustomExtension } from './custom-extensions.ts'
import { namesFrom, type NamesInput } from './general-names.ts'
import { OID, oidName } from './oids.ts'
import {
  encodePassthroughSubject,
  passthroughSubjectViolations,
  type PassthroughSubject,
} from './passthrough-subject.ts'
import { purposeOid } from './purposes.ts'
import { canonicalUri } from './uris.ts'
import type { Extension } from './types.ts'

/** All eight kinds of GeneralName but x400Address, which nobody writes. */
export type PassthroughNames = Omit<NamesInput, 'directory' | 'edi'> & {
  readonly directory?: readonly PassthroughSubject[]
  readonly edi?: readonly EdiParty[]
}

/** What AWS's API passes through an API template: it wins over the CSR, and the template wins over it. */
export type ApiPassthrough = {
  readonly subject?: PassthroughSubject
  readonly extensions?: {
    readonly certificatePolicies?: readonly CertificatePolicy[]
    /** Names of PURPOSE_NAMES, or OIDs. */
    readonly extendedKeyUsage?: readonly string[]
    readonly keyUsage?: readonly KeyUsage[]
    readonly subjectAlternativeNames?: PassthroughNames
    readonly customExtensions?: readonly CustomExtension[]
  }
}

/** The same, read: what it says, encoded and in canonical form. */
export type PassedThrough = {
  /** DER of the Name. */
  readonly subject: Uint8Array | undefined
  readonly names: readonly GeneralName[] | undefined
  /** All but subjectAltName, by OID. */
  readonly extensions: ReadonlyMap<string, Extension>
}

export const NOTHING_PASSED: PassedThrough = { subject: undefined, names: undefined, extensions: new Map() }

const MAX_ENTRIES = 20

/**
 * Reads what is passed through the API.
 * @throws request_invalid naming everything that is wrong with it, each under its own path
 */
export function passthroughFrom(input: ApiPassthrough, field = 'passthrough'): PassedThrough {
  const violations: Violation[] = []
  const note = (code: string, path: string, message: string): void =>
    void violations.push({ code, field: path, message })
  const { subject, extensions: given = {} } = input
  if (subject !== undefined) violations.push(...passthroughSubjectViolations(subject, `${field}.subject`))
  const path = `${field}.extensions`
  policyProblems(given.certificatePolicies, `${path}.certificatePolicies`, note)
  const purposes = purposesFrom(given.extendedKeyUsage, `${path}.extendedKeyUsage`, note)
  usageProblems(given.keyUsage, `${path}.keyUsage`, note)
  const names = namesOf(given.subjectAlternativeNames, `${path}.subjectAlternativeNames`, violations)
  const custom = customExtensionsFrom(given.customExtensions ?? [], `${path}.customExtensions`)
  violations.push(...custom.violations)
  const named: Record<string, unknown> = {
    [OID.certificatePolicies]: given.certificatePolicies,
    [OID.extKeyUsage]: given.extendedKeyUsage,
    [OID.keyUsage]: given.keyUsage,
    [OID.subjectAltName]: given.subjectAlternativeNames,
  }
  for (const [place, oid] of (given.customExtensions ?? []).map(({ oid }) => oid).entries())
    if (named[oid] !== undefined)
      note(
        'extension_twice',
        `${path}.customExtensions[${place}].oid`,
        `${oidName(oid) ?? oid} is given beside it already`,
      )
  refuse('request_invalid', violations)
  const extensions = new Map(custom.extensions)
  const put = (extension: Extension): void => void extensions.set(extension.oid, extension)
  if (given.certificatePolicies !== undefined) put(certificatePolicies(given.certificatePolicies))
  if (purposes !== undefined) put(extKeyUsage(purposes, purposes.includes(OID.timeStamping)))
  if (given.keyUsage !== undefined) put(keyUsage(given.keyUsage))
  return {
    subject: subject === undefined ? undefined : encodePassthroughSubject(subject),
    names: names ?? custom.names,
    extensions,
  }
}

type Note = (code: string, path: string, message: string) => void

function countProblem(list: readonly unknown[], path: string, note: Note): void {
  if (list.length === 0) note('empty', path, 'must not be empty; leave it out instead')
  if (list.length > MAX_ENTRIES) note('count', path, `must have at most ${MAX_ENTRIES} entries`)
}

function policyProblems(policies: readonly CertificatePolicy[] | undefined, path: string, note: Note): void {
  if (policies === undefined) return
  countProblem(policies, path, note)
  const seen = new Set<string>()
  for (const [place, { oid, cps }] of policies.entries()) {
    if (oidOctets(oid) === undefined)
      note('policy_oid', `${path}[${place}].oid`, 'is no object identifier such as 2.23.140.1.2.1')
    if (seen.has(oid)) note('policy_twice', `${path}[${place}].oid`, 'stands there twice')
    seen.add(oid)
    const url = cps === undefined ? '' : canonicalUri(cps)
    if (isRefusal(url)) note(url.code, `${path}[${place}].cps`, url.message)
  }
}

function purposesFrom(
  given: readonly string[] | undefined,
  path: string,
  note: Note,
): readonly string[] | undefined {
  if (given === undefined) return undefined
  countProblem(given, path, note)
  const purposes: string[] = []
  for (const [place, text] of given.entries()) {
    const oid = purposeOid(text)
    if (oid === undefined)
      note('purpose', `${path}[${place}]`, `must be an OID or one of ${PURPOSE_NAMES.join(', ')}`)
    else if (purposes.includes(oid)) note('purpose_twice', `${path}[${place}]`, 'stands there twice')
    else purposes.push(oid)
  }
  return purposes
}

function usageProblems(given: readonly KeyUsage[] | undefined, path: string, note: Note): void {
  if (given === undefined) return
  countProblem(given, path, note)
  for (const [place, usage] of given.entries()) {
    if (!KEY_USAGES.includes(usage))
      note('key_usage', `${path}[${place}]`, `must be one of ${KEY_USAGES.join(', ')}`)
    if (given.indexOf(usage) < place) note('key_usage_twice', `${path}[${place}]`, 'stands there twice')
  }
}

/** Names of any kind in canonical form. @throws request_invalid naming each that is wrong below `field` */
export function generalNamesFrom(given: PassthroughNames, field: string): readonly GeneralName[] {
  const violations: Violation[] = []
  const names = namesOf(given, field, violations) ?? []
  refuse('request_invalid', violations)
  return names
}

function namesOf(
  given: PassthroughNames | undefined,
  path: string,
  violations: Violation[],
): readonly GeneralName[] | undefined {
  if (given === undefined) return undefined
  const { directory = [], edi = [], ...rest } = given
  const wrong = [
    ...directory.flatMap((name, place) => passthroughSubjectViolations(name, `${path}.directory[${place}]`)),
    ...edi.flatMap((party, place) => partyViolations(party, `${path}.edi[${place}]`)),
  ]
  violations.push(...wrong)
  if (wrong.length > 0) return undefined
  const hex = (der: Uint8Array): string => Buffer.from(der).toString('hex')
  const result = namesFrom(
    {
      ...rest,
      ...(directory.length > 0 && {
        directory: directory.map((name) => hex(encodePassthroughSubject(name))),
      }),
      ...(edi.length > 0 && { edi: edi.map((party) => hex(encodeEdiParty(party))) }),
    },
    path,
  )
  violations.push(...result.violations)
  if (result.names.length === 0 && result.violations.length === 0)
    violations.push({ code: 'empty', field: path, message: 'names nothing; leave it out instead' })
  return result.names
}

function partyViolations({ partyName, nameAssigner }: EdiParty, path: string): Violation[] {
  const violations: Violation[] = []
  for (const [member, text] of Object.entries({ partyName, nameAssigner }))
    if (text !== undefined && (text.length === 0 || text.length > 256 || /\p{Cc}/u.test(text)))
      violations.push({
        code: 'edi_text',
        field: `${path}.${member}`,
        message: 'must be 1 to 256 characters without control characters',
      })
  return violations
}

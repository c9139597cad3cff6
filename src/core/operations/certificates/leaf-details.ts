import { refuse, type Violation } from '../../domain/errors.ts'
import type { KeyAlgorithm } from '../../domain/key-algorithms.ts'
import { MAX_NAMES, type GeneralName, type SubjectFields } from '../../domain/names.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { DAY, SECOND } from '../../domain/time.ts'
import { parseCsr } from '../../x509/csr.ts'
import { encodeSubject, subjectViolations } from '../../x509/distinguished-names.ts'
import {
  isName,
  nameKey,
  nameOrRefusal,
  namesFrom,
  type NamesInput,
  type TextualType,
} from '../../x509/general-names.ts'
import type { CertificationRequest } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { profileSubject, profileViolations } from '../profiles/profile-violations.ts'
import type { UsableProfile } from '../profiles/usable-profile.ts'
import type { CertificatePlan } from './certificate-plan.ts'
import { leafExtensions } from './leaf-extensions.ts'

type Wishes = {
  readonly names?: NamesInput
  readonly subject?: SubjectFields
  readonly key?: { readonly algorithm: KeyAlgorithm }
}

/**
 * Parses a request and begins to verify its self-signature (RFC 2986 §4.2), which proves possession of the key.
 * @throws csr_invalid; `signatureIsGood` rejects with csr_invalid
 */
export function verifiedRequest(
  ports: Pick<Ports, 'verifier'>,
  csr: string | Uint8Array,
): { readonly csr: CertificationRequest; readonly signatureIsGood: Promise<void> } {
  const parsed = parseCsr(csr, 'csr')
  const key = ports.verifier.load(parsed.publicKey.spki, 'csr')
  const signatureIsGood = ports.verifier
    .verify(key, parsed.signatureAlgorithm, parsed.signedBytes, parsed.signature)
    .then((good) => {
      if (!good) refuse('csr_invalid', [SIGNATURE_WRONG])
    })
  // Whoever decides may refuse for another reason first, and then nobody waits for this.
  signatureIsGood.catch(() => {})
  return { csr: parsed, signatureIsGood }
}
const SIGNATURE_WRONG: Violation = {
  code: 'csr_signature',
  field: 'csr',
  message: 'its signature does not verify under its own public key',
}

/**
 * What a request under a profile comes to. One list of names and one policy for them, wherever they came from: those
 * of the request's body replace the CSR's.
 * @throws request_invalid naming every name that is refused
 */
export function leafPlan(
  wishes: Wishes,
  csr: CertificationRequest | undefined,
  profile: UsableProfile,
): CertificatePlan {
  const given = wishes.names === undefined ? undefined : namesFrom(wishes.names, 'names')
  const violations: Violation[] = [...(given?.violations ?? [])]
  if (wishes.subject !== undefined) violations.push(...subjectViolations(wishes.subject, 'subject'))
  const names = given?.names ?? withCommonNames(csr)
  const { needs } = profile.purpose
  if (needs.length > 0 && !names.some(({ type }) => (needs as readonly string[]).includes(type)))
    violations.push({
      code: 'names_missing',
      field: 'names',
      message: `a certificate of profile ${profile.name} needs a name of kind ${needs.join(', ')}`,
    })
  if (names.length > MAX_NAMES && given === undefined)
    violations.push({
      code: 'names_count',
      field: 'csr',
      message: `more than ${MAX_NAMES} names, its common names included`,
    })
  refuse('request_invalid', violations)
  const asked = subjectOf(wishes, csr)
  const { rules, fixed } = profile
  const subject = rules === undefined ? asked : profileSubject(rules, asked)
  const leaf = { fixed, subject, names }
  return {
    label: profile.label,
    kind: 'leaf',
    templates: profile.templates,
    subject,
    names,
    defaultDays: rules === undefined ? DEFAULT_LEAF_DAYS : defaultDaysOf(rules),
    lint: { requireSubjectAltName: needs.length > 0 },
    violations: (issuer, lifetime) => [
      ...boundElsewhere(profile, issuer.id),
      ...(rules === undefined
        ? []
        : profileViolations(rules, {
            names,
            fieldOf: (name) => fieldOf(name, wishes.names),
            keyAlgorithm: csr === undefined ? wishes.key?.algorithm : csr.publicKey.algorithm,
            keyField: csr === undefined ? 'key.algorithm' : 'csr',
            subject: asked,
            subjectField: wishes.subject === undefined && csr !== undefined ? 'csr.subject' : 'subject',
            lifetime,
          })),
    ],
    extensions: (key, issuer) => ({ extensions: leafExtensions(leaf, key, issuer.extensions), warnings: [] }),
  }
}

function boundElsewhere(profile: UsableProfile, issuer: string): Violation[] {
  if (profile.authority === undefined || profile.authority === issuer) return []
  const message = `${profile.name} is bound to another authority, ${profile.authority}`
  return [{ code: 'profile_authority', field: 'profile', message }]
}

/** The profile's own default; or the product's, as far as the profile's longest allows it. */
function defaultDaysOf({ validity }: NonNullable<UsableProfile['rules']>): number {
  const { minSeconds = 0, maxSeconds = Number.POSITIVE_INFINITY, defaultSeconds } = validity ?? {}
  const usual = (DEFAULT_LEAF_DAYS * DAY) / SECOND
  return ((defaultSeconds ?? Math.max(minSeconds, Math.min(usual, maxSeconds))) * SECOND) / DAY
}

/** Where a name stood in the request, for whoever has to correct it: names lose their places when duplicates go. */
export function fieldOf(name: GeneralName, given: NamesInput | undefined): string {
  if (given === undefined) return 'csr'
  if (name.type === 'other') return 'names.other'
  const texts: readonly string[] = given[name.type] ?? []
  const place = texts.findIndex((text) => isSame(name.type, text, name))
  return place < 0 ? `names.${name.type}` : `names.${name.type}[${place}]`
}

function isSame(type: TextualType, text: string, name: GeneralName): boolean {
  const canonical = nameOrRefusal(type, text)
  return isName(canonical) && nameKey(canonical) === nameKey(name)
}

/**
 * The names of a CSR. Old tools put the host only into commonName, which clients no longer look at (RFC 9525 §2):
 * one that is a DNS name or an address becomes a name like the others, under the same policy.
 */
function withCommonNames(csr: CertificationRequest | undefined): readonly GeneralName[] {
  if (csr === undefined) return []
  const names = new Map(csr.names.map((name) => [nameKey(name), name]))
  for (const text of csr.commonNames) {
    const candidate = nameOrRefusal(/^[0-9.]+$|:/.test(text) ? 'ip' : 'dns', text)
    if (isName(candidate) && (text.includes('.') || text.includes(':')))
      names.set(nameKey(candidate), candidate)
  }
  return [...names.values()]
}

function subjectOf(wishes: Wishes, csr: CertificationRequest | undefined): Uint8Array {
  if (wishes.subject !== undefined) return encodeSubject(wishes.subject)
  return csr?.subject ?? encodeSubject({})
}

import { refuse, type Violation } from '../../domain/errors.ts'
import { MAX_NAMES, type GeneralName, type SubjectFields } from '../../domain/names.ts'
import { PROFILE_NAMES, PROFILES, type ProfileName } from '../../domain/profiles.ts'
import { parseCsr } from '../../x509/csr.ts'
import { encodeSubject, subjectViolations } from '../../x509/distinguished-names.ts'
import { isName, nameKey, nameOrRefusal, namesFrom, type NamesInput } from '../../x509/general-names.ts'
import type { CertificationRequest } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'

/** What a leaf will say about its subject, settled. */
export type LeafDetails = {
  readonly profile: ProfileName
  /** DER of the Name. */
  readonly subject: Uint8Array
  readonly names: readonly GeneralName[]
}

type Wishes = {
  readonly profile?: ProfileName
  readonly names?: NamesInput
  readonly subject?: SubjectFields
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
 * One list of names and one policy for them, wherever they came from: those of the request's body replace the CSR's.
 * @throws request_invalid naming every name that is refused
 */
export function leafDetails(wishes: Wishes, csr: CertificationRequest | undefined): LeafDetails {
  const profile = wishes.profile ?? 'tls-server'
  if (!Object.hasOwn(PROFILES, profile))
    refuse('request_invalid', [
      { code: 'profile', field: 'profile', message: `there are ${PROFILE_NAMES.join(', ')}` },
    ])
  const given = wishes.names === undefined ? undefined : namesFrom(wishes.names, 'names')
  const violations: Violation[] = [...(given?.violations ?? [])]
  if (wishes.subject !== undefined) violations.push(...subjectViolations(wishes.subject, 'subject'))
  const names = given?.names ?? withCommonNames(csr)
  const { needs } = PROFILES[profile]
  if (needs.length > 0 && !names.some(({ type }) => (needs as readonly string[]).includes(type)))
    violations.push({
      code: 'names_missing',
      field: 'names',
      message: `a certificate of profile ${profile} needs a name of kind ${needs.join(', ')}`,
    })
  if (names.length > MAX_NAMES && given === undefined)
    violations.push({
      code: 'names_count',
      field: 'csr',
      message: `more than ${MAX_NAMES} names, its common names included`,
    })
  refuse('request_invalid', violations)
  return { profile, subject: subjectOf(wishes, csr), names }
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

import { OID } from '../oids.ts'
import { ENCIPHERMENTS } from '../../domain/key-usages.ts'
import { keyAlgorithmInfo } from '../../domain/key-algorithms.ts'
import type { KeyUsage } from '../extensions.ts'
import type { Complain, Facts, Rule } from './rule.ts'

/** RFC 5280 §4.2.1.12: the key usages that go with a purpose; one of them must be there. RFC 3161 §2.3, RFC 6960 §4.2.2.2. */
const USAGES_OF: ReadonlyMap<string, readonly KeyUsage[]> = new Map([
  [OID.serverAuth, ['digitalSignature', 'keyEncipherment', 'keyAgreement']],
  [OID.clientAuth, ['digitalSignature', 'keyAgreement']],
  [OID.codeSigning, ['digitalSignature']],
  [OID.emailProtection, ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'keyAgreement']],
  [OID.timeStamping, ['digitalSignature', 'nonRepudiation']],
  [OID.ocspSigning, ['digitalSignature', 'nonRepudiation']],
])

function basicConstraints({ decoded, isAuthority }: Facts, complain: Complain): void {
  const extension = decoded.extensions.get(OID.basicConstraints)
  const ca = decoded.basicConstraints?.ca === true
  if (!isAuthority) {
    if (ca) complain('basicConstraints', 'says that this is an authority, which it must not be')
    return
  }
  if (extension === undefined) return complain('basicConstraints', 'is missing; an authority has it')
  if (!extension.critical) complain('basicConstraints', 'must be critical')
  if (decoded.basicConstraints !== undefined && !ca) complain('basicConstraints.cA', 'must be TRUE')
}

function pathLengthPlace({ decoded }: Facts, complain: Complain): void {
  const { basicConstraints: constraints, keyUsage: usage } = decoded
  if (constraints?.pathLength === undefined) return
  if (!constraints.ca || (usage !== undefined && !usage.includes('keyCertSign')))
    complain('basicConstraints.pathLenConstraint', 'is only for authorities that may sign certificates')
}

function keyUsagePresent({ decoded, isAuthority }: Facts, complain: Complain): void {
  const extension = decoded.extensions.get(OID.keyUsage)
  if (extension === undefined) {
    if (isAuthority) complain('keyUsage', 'is missing; an authority has it')
    return
  }
  if (decoded.keyUsage?.length === 0) complain('keyUsage', 'has no bit set')
}

function keyUsageCritical({ decoded }: Facts, complain: Complain): void {
  if (decoded.extensions.get(OID.keyUsage)?.critical === false) complain('keyUsage', 'must be critical')
}

function keyUsageKind({ decoded: { keyUsage: usage }, isAuthority }: Facts, complain: Complain): void {
  if (usage === undefined || usage.length === 0) return
  if (isAuthority) {
    for (const bit of ['keyCertSign', 'cRLSign'] as const)
      if (!usage.includes(bit)) complain('keyUsage', `an authority needs ${bit}`)
  } else if (usage.includes('keyCertSign')) complain('keyUsage', 'keyCertSign is for authorities only')
}

function keyUsageKey({ decoded: { keyUsage: usage }, tbs }: Facts, complain: Complain): void {
  const name = tbs.publicKey.algorithm
  if (usage === undefined) return
  if ((usage.includes('encipherOnly') || usage.includes('decipherOnly')) && !usage.includes('keyAgreement'))
    complain('keyUsage', 'encipherOnly and decipherOnly mean nothing without keyAgreement')
  if (name === undefined) return
  const { family } = keyAlgorithmInfo(name)
  if (family !== 'EC' && usage.includes('keyAgreement'))
    complain('keyUsage', `keyAgreement is not for ${family} keys`)
}

function keyUsageEncipherment({ decoded: { keyUsage: usage }, tbs }: Facts, complain: Complain): void {
  const name = tbs.publicKey.algorithm
  if (usage === undefined || name === undefined) return
  const { canEncipher, family } = keyAlgorithmInfo(name)
  for (const bit of ENCIPHERMENTS)
    if (!canEncipher && usage.includes(bit))
      complain('keyUsage', `${bit} is not for ${family} keys, which can't encipher`)
}

function purposesOnce({ decoded: { extendedKeyUsage: purposes } }: Facts, complain: Complain): void {
  if (purposes === undefined) return
  for (const [place, purpose] of purposes.entries())
    if (purposes.indexOf(purpose) < place) complain(`extKeyUsage[${place}]`, `${purpose} stands there twice`)
}

function anyPurpose({ decoded: { extendedKeyUsage: purposes } }: Facts, complain: Complain): void {
  if (purposes?.includes(OID.anyExtendedKeyUsage) === true)
    complain('extKeyUsage', 'anyExtendedKeyUsage allows every purpose; name those that are wanted')
}

function purposesFit({ decoded, isAuthority }: Facts, complain: Complain): void {
  const { keyUsage: usage, extendedKeyUsage: purposes } = decoded
  // In an authority's certificate the purposes bind what it issues, not its own key.
  if (isAuthority || usage === undefined || purposes === undefined) return
  for (const [place, purpose] of purposes.entries()) {
    const fitting = USAGES_OF.get(purpose)
    if (fitting !== undefined && !fitting.some((bit) => usage.includes(bit)))
      complain(`extKeyUsage[${place}]`, `${purpose} needs the key usage ${fitting.join(' or ')}`)
  }
}

function timeStamping({ decoded, isAuthority }: Facts, complain: Complain): void {
  const purposes = decoded.extendedKeyUsage
  if (isAuthority || purposes?.includes(OID.timeStamping) !== true) return
  if (purposes.length > 1) complain('extKeyUsage', 'timeStamping must be the only purpose')
  if (decoded.extensions.get(OID.extKeyUsage)?.critical !== true)
    complain('extKeyUsage', 'must be critical where it is timeStamping')
}

/** Rules on what the key may be used for. */
export const USAGE_RULES: readonly Rule[] = [
  { id: 'basic_constraints', severity: 'error', source: 'RFC 5280 §4.2.1.9', check: basicConstraints },
  { id: 'path_length_place', severity: 'error', source: 'RFC 5280 §4.2.1.9', check: pathLengthPlace },
  { id: 'key_usage_present', severity: 'error', source: 'RFC 5280 §4.2.1.3', check: keyUsagePresent },
  { id: 'key_usage_critical', severity: 'error', source: 'RFC 5280 §4.2.1.3', check: keyUsageCritical },
  { id: 'key_usage_kind', severity: 'error', source: 'RFC 5280 §4.2.1.3', check: keyUsageKind },
  {
    id: 'key_usage_key',
    severity: 'error',
    source: 'RFC 3279 §2.3.1; RFC 5480 §3; RFC 8410 §5; RFC 9881 §5',
    check: keyUsageKey,
  },
  {
    id: 'key_usage_encipherment',
    severity: 'error',
    source: 'RFC 5480 §3; RFC 8410 §5',
    check: keyUsageEncipherment,
  },
  { id: 'purposes_once', severity: 'error', source: 'RFC 5280 §4.2.1.12', check: purposesOnce },
  { id: 'purposes_any', severity: 'warning', source: 'RFC 5280 §4.2.1.12', check: anyPurpose },
  { id: 'purposes_key_usage', severity: 'error', source: 'RFC 5280 §4.2.1.12', check: purposesFit },
  { id: 'purposes_time_stamping', severity: 'error', source: 'RFC 3161 §2.3', check: timeStamping },
]

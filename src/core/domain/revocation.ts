/** RFC 5280 §5.3.1 reason codes; 7 is unused, removeFromCRL (8) appears only in delta CRLs. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const
export type RevocationReason = keyof typeof REVOCATION_REASONS
export const REVOCATION_REASON_NAMES = Object.keys(REVOCATION_REASONS) as RevocationReason[]

const NAMES = new Map<number, RevocationReason>(
  REVOCATION_REASON_NAMES.map((name) => [REVOCATION_REASONS[name], name]),
)
/** The name of a stored reason code. */
export const reasonNamed = (code: number): RevocationReason => NAMES.get(code) ?? 'unspecified'

/**
 * What asking for a revocation comes to where one stands. It may be asked for again and again; a hold may become final
 * (RFC 5280 §5.3.1); and that a key was compromised may come out later. Anything else would take back what was said.
 */
export function revocationChange(
  standing: RevocationReason,
  wanted: RevocationReason,
): 'stands' | 'changes' | 'refused' {
  if (wanted === standing) return 'stands'
  if (standing === 'certificateHold') return 'changes'
  if (wanted === 'unspecified') return 'stands'
  return wanted === 'keyCompromise' && !COMPROMISES.includes(standing) ? 'changes' : 'refused'
}
const COMPROMISES: readonly RevocationReason[] = ['cACompromise', 'aACompromise']

/** Whether a call returns when the CRL that says so is published, or when the revocation is on record. */
export const REVOCATION_WAITS = ['published', 'recorded'] as const
export type RevocationWait = (typeof REVOCATION_WAITS)[number]

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

/** Short-lived: certificates of at most seven days, which nobody needs to revoke, without CRL and OCSP. */
export const USAGE_MODES = ['GENERAL_PURPOSE', 'SHORT_LIVED_CERTIFICATE'] as const
export type UsageMode = (typeof USAGE_MODES)[number]
/** Longest life of a certificate from a short-lived authority, from its issuance. */
export const SHORT_LIVED_DAYS = 7

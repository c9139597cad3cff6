import type { AuthorityId, Serial } from './ids.ts'

/**
 * What answers of the public port are tagged with, so that a cache can be told to forget them however their URLs were
 * spelled.
 */
export const cacheTags = {
  /** The complete CRL of an authority, or a shard's, with its delta. @param name of the file */
  crl: (name: string): string => `crl-${name}`,
  /** Every file of an authority's certificates. */
  ca: (authority: AuthorityId): string => `ca-${authority}`,
  roots: (): string => 'roots',
  /** Every answer of the responder about an authority's certificates. */
  responder: (authority: AuthorityId): string => `ocsp-${authority}`,
  /** Those about one certificate. */
  certificate: (authority: AuthorityId, serial: Serial): string => `ocsp-${authority}-${serial}`,
} as const

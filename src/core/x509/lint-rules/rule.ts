import type { Millis } from '../../domain/time.ts'
import type { ParsedTbs } from '../types.ts'
import type { Attribute } from '../distinguished-names.ts'
import type { Decoded } from './decoded.ts'
import type { IssuerFacts } from './issuer-facts.ts'

/** What kind of certificate is to be signed: `root` is self-signed, `subordinate` any other CA certificate. */
export type CertificateKind = 'root' | 'subordinate' | 'leaf'

/** What the lint has to know besides the bytes. */
export type LintContext = {
  readonly kind: CertificateKind
  /** The chain that signs; undefined exactly for a root, which is its own issuer. */
  readonly issuer?: IssuerFacts
  readonly now: Millis
  /** Whether a leaf must carry names (RFC 9525 §6.3); CA certificates needn't. */
  readonly requireSubjectAltName: boolean
  /** Rules whose errors are accepted, each with the reason; none when absent, as for every profile. */
  readonly accepts?: ReadonlyMap<string, string>
}

/** All that a rule may look at. */
export type Facts = {
  readonly tbs: ParsedTbs
  readonly context: LintContext
  readonly decoded: Decoded
  /** The subject's attributes, in the order written. */
  readonly subject: readonly Attribute[]
  readonly isAuthority: boolean
}

/** Puts a finding of the rule that runs on record. */
export type Complain = (field: string, message: string) => void

/** One rule of the lint; `source` is the paragraph that obliges us. */
export type Rule = {
  readonly id: string
  readonly severity: 'error' | 'warning'
  readonly source: string
  readonly check: (facts: Facts, complain: Complain) => void
}

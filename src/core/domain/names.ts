/**
 * A name that a certificate may carry in subjectAltName (RFC 5280 §4.2.1.6), in canonical text form:
 * `dns` lower-case A-labels, perhaps with a leading `*.`; `ip` as `192.0.2.1` or RFC 5952 IPv6; `email` with its
 * domain lower-case in A-labels; `uri` absolute; `other` an otherName, its value as DER in lower-case hex;
 * `directory` a Name and `edi` an EDIPartyName as DER in lower-case hex; `rid` a dotted OID.
 */
export type GeneralName =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string }
  | { readonly type: 'email'; readonly value: string }
  | { readonly type: 'uri'; readonly value: string }
  | { readonly type: 'other'; readonly oid: string; readonly value: string }
  | { readonly type: 'directory'; readonly value: string }
  | { readonly type: 'edi'; readonly value: string }
  | { readonly type: 'rid'; readonly value: string }

/** The attributes of a distinguished name that callers may ask for; the order here is the order written. */
export type SubjectFields = {
  readonly country?: string
  readonly state?: string
  readonly locality?: string
  readonly organization?: string
  readonly organizationalUnit?: string
  readonly commonName?: string
  readonly serialNumber?: string
  readonly dnQualifier?: string
  readonly title?: string
  readonly surname?: string
  readonly givenName?: string
  readonly initials?: string
  readonly pseudonym?: string
  readonly generationQualifier?: string
}

/** RFC 5280 Appendix A.1, upper bounds; where that has none of its own for a part of a personal name, its ub-name. */
export const SUBJECT_UPPER_BOUNDS = {
  country: 2,
  state: 128,
  locality: 128,
  organization: 64,
  organizationalUnit: 64,
  commonName: 64,
  serialNumber: 64,
  dnQualifier: 64,
  title: 64,
  surname: 32_768,
  givenName: 32_768,
  initials: 32_768,
  pseudonym: 128,
  generationQualifier: 32_768,
} as const satisfies Record<keyof SubjectFields, number>

/** RFC 5280 §4.2.1.10. Subtrees in the forms of that section: `example.com` covers its subdomains, IP as CIDR. */
export type NameConstraints = {
  readonly permitted?: NameSubtrees
  readonly excluded?: NameSubtrees
}
export type NameSubtrees = {
  readonly dns?: readonly string[]
  /** CIDR, e.g. `10.0.0.0/8`. */
  readonly ip?: readonly string[]
  readonly email?: readonly string[]
  readonly uri?: readonly string[]
  /** RFC 4514 text, e.g. `O=Example GmbH,C=DE`: names that begin with these RDNs. */
  readonly directory?: readonly string[]
}

/** Most names in one certificate. */
export const MAX_NAMES = 100

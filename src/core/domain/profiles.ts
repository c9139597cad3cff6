import type { AccountId, AuthorityId, ProfileId, Region } from './ids.ts'
import type { KeyAlgorithm } from './key-algorithms.ts'
import type { KeyUsage } from './key-usages.ts'
import type { SubjectFields } from './names.ts'
import type { Millis } from './time.ts'

/** The profiles that every installation has: what a REST caller asks a certificate for. */
export const PROFILE_NAMES = ['tls-server', 'tls-client', 'tls', 'email', 'code-signing'] as const
export type ProfileName = (typeof PROFILE_NAMES)[number]

/** Kinds of name that a profile can speak about. */
export const PROFILE_NAME_KINDS = ['dns', 'ip', 'email', 'uri', 'other'] as const
export type ProfileNameKind = (typeof PROFILE_NAME_KINDS)[number]

/** What a certificate of a profile is for. */
export type Purpose = {
  /** Names of PURPOSE_NAMES, or OIDs. */
  readonly extendedKeyUsages: readonly string[]
  /** Those that a key can't have (RFC 5480 §3, RFC 8410 §5) are left out for such keys. */
  readonly keyUsages: readonly KeyUsage[]
  /** At least one name of one of these kinds must be in the certificate; empty: none is needed. */
  readonly needs: readonly ProfileNameKind[]
}

export const PROFILES: Readonly<Record<ProfileName, Purpose>> = {
  'tls-server': {
    extendedKeyUsages: ['serverAuth'],
    keyUsages: ['digitalSignature', 'keyEncipherment'],
    needs: ['dns', 'ip', 'uri'],
  },
  'tls-client': {
    extendedKeyUsages: ['clientAuth'],
    keyUsages: ['digitalSignature'],
    needs: ['dns', 'ip', 'email', 'uri', 'other'],
  },
  tls: {
    extendedKeyUsages: ['serverAuth', 'clientAuth'],
    keyUsages: ['digitalSignature', 'keyEncipherment'],
    needs: ['dns', 'ip', 'uri'],
  },
  email: {
    extendedKeyUsages: ['emailProtection'],
    keyUsages: ['digitalSignature', 'keyEncipherment'],
    needs: ['email'],
  },
  'code-signing': {
    extendedKeyUsages: ['codeSigning'],
    keyUsages: ['digitalSignature'],
    needs: [],
  },
}

/** What names of one kind a profile allows. */
export type NameRule = {
  /** One of them must cover each name; absent: any name of the kind. See x509/name-patterns.ts for their forms. */
  readonly patterns?: readonly string[]
  /** How many there must be at least, and at most. */
  readonly min?: number
  readonly max?: number
  /** `dns` only: whether a name may itself be a wildcard; false when absent, however wide the patterns are. */
  readonly wildcards?: boolean
}

/** What a profile says of one attribute of the subject. */
export type SubjectRule = {
  readonly required?: boolean
  /** It always has this value: any other is refused, and it is written where the request leaves it out. */
  readonly value?: string
}

/** What a custom profile allows; whatever a member doesn't speak about is as free as under a fixed profile. */
export type ProfileRules = {
  /** A fixed profile whose purpose it takes over; without it the two lists say what it is for. */
  readonly base?: ProfileName
  readonly extendedKeyUsages?: readonly string[]
  readonly keyUsages?: readonly KeyUsage[]
  readonly keyAlgorithms?: readonly KeyAlgorithm[]
  /** Measured from issuance. */
  readonly validity?: {
    readonly minSeconds?: number
    readonly maxSeconds?: number
    readonly defaultSeconds?: number
  }
  /** Kinds that aren't listed are refused. */
  readonly names?: { readonly [Kind in ProfileNameKind]?: NameRule }
  /** Attributes that aren't listed are refused. */
  readonly subject?: { readonly [Field in keyof SubjectFields]?: SubjectRule }
}

/** A profile that an account has made for one region. */
export type CustomProfile = {
  readonly id: ProfileId
  readonly account: AccountId
  readonly region: Region
  /** Unique within account and region, and never a fixed profile's. */
  readonly name: string
  /** Grows with each change; certificates record it beside the name. */
  readonly version: number
  /** The only authority that issues under it; undefined: any of the account and region. */
  readonly authority: AuthorityId | undefined
  readonly rules: ProfileRules
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** What the rules say a certificate is for. */
export function purposeOf({ base, extendedKeyUsages, keyUsages }: ProfileRules): Purpose {
  if (base !== undefined) return PROFILES[base]
  return {
    extendedKeyUsages: extendedKeyUsages ?? [],
    keyUsages: keyUsages ?? ['digitalSignature'],
    needs: [],
  }
}

/** What is recorded with a certificate: no profile's name has an `@`. */
export const profileLabel = ({ name, version }: Pick<CustomProfile, 'name' | 'version'>): string =>
  `${name}@${version}`

/** What stands as the profile of a certificate that was issued elsewhere. */
export const IMPORTED_PROFILE = 'imported'

/** Lifetime of a leaf whose request names none. */
export const DEFAULT_LEAF_DAYS = 90
export const DEFAULT_ROOT_DAYS = 3653
export const DEFAULT_SUBORDINATE_DAYS = 1826
/** notBefore lies this far in the past, for clocks that are slow; never before the issuer's. */
export const BACKDATE_MINUTES = 60

/** What a REST caller asks a certificate for. */
export const PROFILE_NAMES = ['tls-server', 'tls-client', 'tls', 'email', 'code-signing'] as const
export type ProfileName = (typeof PROFILE_NAMES)[number]

export type Profile = {
  readonly extendedKeyUsages: readonly ('serverAuth' | 'clientAuth' | 'emailProtection' | 'codeSigning')[]
  readonly keyUsages: readonly 'digitalSignature'[]
  /** keyEncipherment besides, for keys that can encipher (RFC 5480 §3). */
  readonly encipher: boolean
  /** At least one name of one of these kinds must be in the certificate; empty: none is needed. */
  readonly needs: readonly ('dns' | 'ip' | 'email' | 'uri' | 'other')[]
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  'tls-server': {
    extendedKeyUsages: ['serverAuth'],
    keyUsages: ['digitalSignature'],
    encipher: true,
    needs: ['dns', 'ip', 'uri'],
  },
  'tls-client': {
    extendedKeyUsages: ['clientAuth'],
    keyUsages: ['digitalSignature'],
    encipher: false,
    needs: ['dns', 'ip', 'email', 'uri', 'other'],
  },
  tls: {
    extendedKeyUsages: ['serverAuth', 'clientAuth'],
    keyUsages: ['digitalSignature'],
    encipher: true,
    needs: ['dns', 'ip', 'uri'],
  },
  email: {
    extendedKeyUsages: ['emailProtection'],
    keyUsages: ['digitalSignature'],
    encipher: true,
    needs: ['email'],
  },
  'code-signing': {
    extendedKeyUsages: ['codeSigning'],
    keyUsages: ['digitalSignature'],
    encipher: false,
    needs: [],
  },
}

/** Lifetime of a leaf whose request names none. */
export const DEFAULT_LEAF_DAYS = 90
export const DEFAULT_ROOT_DAYS = 3653
export const DEFAULT_SUBORDINATE_DAYS = 1826
/** notBefore lies this far in the past, for clocks that are slow; never before the issuer's. */
export const BACKDATE_MINUTES = 60

/** What a certificate may be asked for; the first is the default. */
export const PROFILE_NAMES = ['tls-server', 'tls-client', 'tls', 'email', 'code-signing'] as const

/** What there may be only so many of, with what it is counted in. */
export const QUOTAS = {
  authorities: 'account and region',
  certificates: 'authority',
  managedCertificates: 'account and region',
  tokens: 'account',
  users: 'account',
  groups: 'account',
  roles: 'account',
  policies: 'account',
  accessKeys: 'account',
  sessions: 'account',
} as const
export type Quota = keyof typeof QUOTAS

/** How many there may be; of what isn't named, any number. */
export type Quotas = Readonly<Partial<Record<Quota, number>>>

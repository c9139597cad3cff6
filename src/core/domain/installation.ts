import type { AccountId } from './ids.ts'

/** Fixed in the data directory at first start. In `simulation` the calendar can be set and faults can be ordered. */
export const MODES = ['normal', 'simulation'] as const
export type Mode = (typeof MODES)[number]

export type Installation = {
  /** UUID. */
  readonly id: string
  readonly mode: Mode
  /** The account made at first start. */
  readonly account: AccountId
}

/** The setting that is there when a ceremony has made the first authorities: none are made besides. */
export const FIRST_AUTHORITIES_SETTING = 'installation.authorities'

/**
 * The setting that holds the installation's secret, in base64url: what records and files of validation are derived from,
 * so that nobody can tell beforehand what another account's are. Not sealed: what is made of it stands in public DNS.
 */
export const INSTALLATION_SECRET_SETTING = 'installation.secret'

/** Names of the settings that hold it. */
export const INSTALLATION_SETTINGS = {
  id: 'installation.id',
  mode: 'installation.mode',
  account: 'installation.account',
}

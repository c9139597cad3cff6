import type { AccountId, Region } from '../domain/ids.ts'

/** Where a call acts. Every read of a tenant's things takes it: another place's rows don't exist. */
export type Place = { readonly account: AccountId; readonly region: Region }

declare const write: unique symbol
/** One write, as data; made by `Writes`, executed by the store. */
export type Write = { readonly [write]: true }

export const STORES = ['system', 'nss', 'java'] as const
export type StoreName = (typeof STORES)[number]

/** Whether a store has the certificate: not, under the name we give, or under another's. */
export type Presence = 'absent' | 'ours' | 'foreign'

type Shared = {
  /** The file or directory that is the store. */
  readonly place: string
  readonly presence: Presence
  /** Whether it is trusted, not just there. */
  readonly trusted: boolean
  /** The name it has there, if it isn't ours. */
  readonly foreignName: string | undefined
  /** Why nothing can be changed here: a missing tool, missing rights. */
  readonly blocked: string | undefined
}

export type SystemFacts = Shared & {
  readonly store: 'system'
  readonly flavour: 'debian' | 'rhel'
  readonly file: string
  readonly tool: string
  /** Arguments of the tool for a store that isn't the machine's own. */
  readonly elsewhere: readonly string[]
}
export type NssFacts = Shared & {
  readonly store: 'nss'
  readonly tool: string
  /** Whether the database is there at all. */
  readonly exists: boolean
}
export type JavaFacts = Shared & {
  readonly store: 'java'
  readonly tool: string
  readonly password: string
}
/** A kind of store that this machine doesn't have. */
export type NoStore = { readonly store: StoreName; readonly missing: string }

/** What was found out about one store and one certificate, before anything is decided. */
export type StoreFacts = SystemFacts | NssFacts | JavaFacts
export type Finding = StoreFacts | NoStore

import type { ConflictReason } from '../../../core/domain/errors.ts'

/** A write as it crosses to the writer thread: the name of a statement and its values. */
export type WireWrite = readonly [statement: string, ...values: WireValue[]]
export type WireValue = string | number | bigint | null | Uint8Array | readonly string[]

/** What the store sends: members of one group commit, each a list of writes that stand or fall together. */
export type Batch = { readonly members: readonly (readonly WireWrite[])[] }

/** How a member ended: taken, in conflict, or failed (with a text for the log). */
export type Outcome =
  null | { readonly conflict: ConflictReason; readonly subject: string } | { readonly failed: string }

export type WriterStart = { readonly file: string; readonly serverId: string }
export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcomes: readonly Outcome[]; readonly walPages: number }
  | { readonly kind: 'broken'; readonly error: string }

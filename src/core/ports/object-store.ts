import type { ObjectAcl } from '../domain/buckets.ts'

export type ObjectName = { readonly bucket: string; readonly key: string }

/** An object as the storage has it. */
export type StoredObject = {
  /** The same for the same object only, as the storage says it. */
  readonly etag: string
  /** Octets. */
  readonly length: number
  /** What was noted beside it when it was written; empty for what others wrote. */
  readonly notes: Readonly<Record<string, string>>
}

export type NewObject = {
  readonly mediaType: string
  /** Octets. */
  readonly length: number
  /** Who may read it; undefined: as the bucket has it. */
  readonly acl: ObjectAcl | undefined
  readonly notes: Readonly<Record<string, string>>
  /** Read twice: what is sent is hashed before. */
  octets(): AsyncIterable<Uint8Array>
}

/** `refused`: the storage answered, and wants something changed before it takes this; `failed`: anything else. */
export type StorageFailure = {
  readonly outcome: 'refused' | 'failed'
  /** For people; nothing that is secret. */
  readonly detail: string
}

/** A storage in S3's manner that the operator has named. Rejects only with what reading an object's octets throws. */
export type ObjectStore = {
  stat(
    name: ObjectName,
    stopping?: AbortSignal,
  ): Promise<
    | { readonly outcome: 'found'; readonly object: StoredObject }
    | { readonly outcome: 'absent' }
    | StorageFailure
  >
  /**
   * @param over the etag of the object that it takes the place of; undefined where there is none
   * @returns `changed` when another one is there by now; a storage that can't tell writes over it
   */
  put(
    name: ObjectName,
    object: NewObject,
    over: string | undefined,
    stopping?: AbortSignal,
  ): Promise<{ readonly outcome: 'stored' } | { readonly outcome: 'changed' } | StorageFailure>
}

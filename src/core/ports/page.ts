export type PageRequest = { readonly limit: number; readonly after: string | undefined }
/** `next` is the cursor of the following page; undefined on the last one. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined }

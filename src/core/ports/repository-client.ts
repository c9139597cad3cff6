/** What came back for a path of the public repository. */
export type RepositoryAnswer =
  | {
      readonly outcome: 'answered'
      readonly status: number
      /** Read as it is asked for; throws when there is more than `most`, when it breaks off, or takes too long. */
      readonly body: AsyncIterable<Uint8Array>
    }
  | { readonly outcome: 'failed'; readonly detail: string }

/**
 * Fetches from our own public repository as clients do: at the URL that the operator configured, by path, so that nothing
 * else can be fetched. Follows no redirect, uses no proxy, and every exchange ends in bounded time.
 */
export type RepositoryClient = {
  /** @param path begins with a slash @param most octets of the body */
  get(path: string, most: number): Promise<RepositoryAnswer>
}

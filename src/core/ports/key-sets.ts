/** What came from where a set of public keys should be. */
export type KeySetAnswer =
  | { readonly text: string }
  /** Why there is none; never what the other side sent. */
  | { readonly failure: string }

/** Fetches JWK sets from URLs that accounts named, behind the guard: public addresses only, unless configured. */
export type KeySets = {
  /** Why nothing is ever fetched from this URL, or undefined. Looks at the URL alone. */
  refusal(url: string): string | undefined
  /** GET; follows no redirect, takes 64 KiB and some seconds at most. Never rejects. */
  fetch(url: string): Promise<KeySetAnswer>
}

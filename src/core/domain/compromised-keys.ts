import type { AccountId } from './ids.ts'
import type { Millis } from './time.ts'

/** SHA-256 of a SubjectPublicKeyInfo as 64 lower-case hex digits. */
export type SpkiHash = string & { readonly spki: true }

/** A public key that nobody, or nobody of one account, may be certified for any more. */
export type CompromisedKey = {
  readonly spki: SpkiHash
  /** Who marked it; the system's account for what stands in the installation's file. */
  readonly account: AccountId
  /** Whether it holds in every account. */
  readonly everywhere: boolean
  readonly source: 'mark' | 'file'
  readonly note: string | undefined
  /** As in the audit trail. */
  readonly markedBy: string
  readonly createdAt: Millis
  /** When every certificate with this key was revoked; undefined while that is under way. */
  readonly settledAt: Millis | undefined
}

/**
 * The common name of a request that proves whoever sends it has the key, and means to end it: an ordinary request may
 * have been seen by others, who could send it again.
 */
export const COMPROMISE_STATEMENT = 'The key that signed this request is compromised'

const HASH = /^[0-9a-f]{64}$/
/** A hash in hex of either case; undefined for anything else. */
export function spkiHashFrom(text: string): SpkiHash | undefined {
  const hex = text.toLowerCase()
  return HASH.test(hex) ? (hex as SpkiHash) : undefined
}

/** The hashes of a file: one a line, `#` begins a remark. Lines that are neither are told by their number. */
export function spkiHashesIn(text: string): {
  readonly hashes: readonly SpkiHash[]
  readonly problems: readonly string[]
} {
  const hashes = new Set<SpkiHash>()
  const problems: string[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/#.*$/, '').trim()
    if (content === '') continue
    const hash = spkiHashFrom(content)
    if (hash !== undefined) hashes.add(hash)
    else problems.push(`line ${index + 1} is no SHA-256 of a public key (64 hex digits) and no # remark`)
  }
  return { hashes: [...hashes], problems }
}

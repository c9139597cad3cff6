import type { Authority } from '../../domain/authorities.ts'
import type { AuthorityId, Serial } from '../../domain/ids.ts'
import { certStatusOf, type AnswerTimes, type CertStatus } from '../../domain/ocsp.ts'
import type { CertId } from '../../x509/ocsp-cert-id.ts'
import type { OcspStamp } from '../../ports/ocsp-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Store } from '../../ports/store.ts'
import { AnswerCache } from './answer-cache.ts'
import { keyOf } from './issuers.ts'

/** What to say about a certificate, and for which authority. */
export type Found = { readonly authority: Authority; readonly status: CertStatus }

/** An answer that anybody may have until `refreshAt`: about one certificate, without a nonce. */
export type KeepableAnswer = AnswerTimes & {
  readonly outcome: CertStatus['kind']
  readonly der: Uint8Array
  /** SHA-256 of the answer, as hex. */
  readonly digest: string
  /** The certificate that it is about. */
  readonly authority: AuthorityId
  readonly serial: Serial
}

/** What is known of a certificate that was asked for lately. */
type Known = {
  /** As it stood at `revocations`, by `issuers`, which are others in each generation. */
  found: Found
  revocations: number
  issuers: readonly Authority[]
  /** The last answer that was given to everybody, and what it rests on. */
  answer: { readonly given: KeepableAnswer; readonly status: CertStatus; readonly hours: number } | undefined
}

/** About 64 MiB, the heaps of small objects included; more than 40,000 answers of P-256. */
const MOST_ENTRIES = 100_000
const MOST_OCTETS = 64 * 1024 * 1024
const caches = new WeakMap<Store, AnswerCache<Known>>()

function cacheOf(store: Store): AnswerCache<Known> {
  const known = caches.get(store)
  if (known !== undefined) return known
  const made = new AnswerCache<Known>(MOST_ENTRIES, MOST_OCTETS)
  caches.set(store, made)
  return made
}

/**
 * What to say about a certificate as of the stamp, which was read for this request. While nothing about revocations has
 * changed since it was looked up, it isn't looked up again.
 */
export async function knownStatus(
  { store }: Pick<Ports, 'store'>,
  certId: CertId,
  issuers: readonly Authority[],
  { revocations }: OcspStamp,
): Promise<Found> {
  const key = keyOf(certId.der)
  const known = cacheOf(store).get(key)
  if (known?.revocations === revocations && known.issuers === issuers) return known.found
  const found = await lookedUp(store, certId, issuers)
  if (known !== undefined) Object.assign(known, { found, revocations, issuers })
  // Whoever makes serials up must not drive out what others ask for.
  else if (found.status.kind !== 'unknown')
    cacheOf(store).put(key, { found, revocations, issuers, answer: undefined }, 0)
  return found
}

/** Whoever has it on record; one who revoked it before all others. */
async function lookedUp(store: Store, { serial }: CertId, issuers: readonly Authority[]): Promise<Found> {
  let found: Found = { authority: issuers[0] as Authority, status: certStatusOf(undefined) }
  // A negative one is nobody's, although its octets may be those of a serial (RFC 5280 §4.1.2.2).
  if ((serial[0] as number) >= 0x80) return found
  for (const authority of issuers) {
    const record = await store.reads.ocsp.status(authority.id, serial)
    if (record === undefined) continue
    const status = certStatusOf(record)
    if (status.kind === 'revoked') return { authority, status }
    if (found.status.kind === 'unknown') found = { authority, status }
  }
  return found
}

/**
 * The answer that was given last, while it says what is to be said now and half of its life isn't over; a calendar that
 * was set back makes it one of the future.
 */
export function keptAnswer(
  { store }: Pick<Ports, 'store'>,
  certId: CertId,
  { authority, status }: Found,
  now: number,
): KeepableAnswer | undefined {
  const answer = cacheOf(store).get(keyOf(certId.der))?.answer
  if (answer === undefined) return undefined
  const { given } = answer
  const holds = given.thisUpdate <= now && now < given.refreshAt
  return holds && answer.hours === authority.revocation.ocsp.hours && sameStatus(answer.status, status)
    ? given
    : undefined
}

/** Remembers an answer for whoever asks next. */
export function keepAnswer(
  { store }: Pick<Ports, 'store'>,
  certId: CertId,
  { authority, status }: Found,
  given: KeepableAnswer,
): void {
  const cache = cacheOf(store)
  const key = keyOf(certId.der)
  const known = cache.get(key)
  if (known === undefined) return
  const answer = { given, status, hours: authority.revocation.ocsp.hours }
  cache.put(key, { ...known, answer }, given.der.length)
}

const sameStatus = (one: CertStatus, other: CertStatus): boolean =>
  one === other ||
  (one.kind === 'revoked' &&
    other.kind === 'revoked' &&
    one.revokedAt === other.revokedAt &&
    one.reason === other.reason)

import { bucketViolations, type ObjectAcl } from './buckets.ts'
import { canonicalHostPort, canonicalPath } from './public-addresses.ts'
import type { UsageMode } from './usage-modes.ts'
import type { Violation } from './errors.ts'
import { HOUR, type Millis } from './time.ts'

/** COMPLETE: one CRL speaks of every certificate. PARTITIONED: each certificate names the one of its shard. */
export const CRL_KINDS = ['COMPLETE', 'PARTITIONED'] as const
export type CrlKind = (typeof CRL_KINDS)[number]

/** How an authority tells of what it revoked, and what its certificates say about that. */
export type RevocationConfiguration = {
  readonly crl: {
    /** Whether CRLs are made; those that certificates name go on until the last of these has expired. */
    readonly enabled: boolean
    readonly kind: CrlKind
    /** From thisUpdate to nextUpdate. */
    readonly hours: number
    /** The same of delta CRLs (RFC 5280 §5.2.4); undefined: none are made. */
    readonly deltaHours: number | undefined
    /** Instead of the public URL's: `crl.example.com`, perhaps with a port. */
    readonly host: string | undefined
    /** Instead of `crl`; `/` for none. */
    readonly path: string | undefined
    /** Where CRLs are kept: named in certificates behind the public URL, but not behind a host of one's own. */
    readonly bucket: string | undefined
    /** Who may read them in the bucket of a storage service; the repository hands them to everybody. */
    readonly objectAcl: ObjectAcl
    /** Whether certificates name no CRL although there is one. */
    readonly omitExtension: boolean
  }
  readonly ocsp: {
    /** Whether certificates name the responder; it answers for every authority. */
    readonly enabled: boolean
    readonly host: string | undefined
    /** From thisUpdate to nextUpdate. */
    readonly hours: number
  }
  /** Whether certificates name where their issuer's own is (RFC 5280 §4.2.2.1). */
  readonly caIssuers: boolean
}

/** AWS counts in days, 1 to 5000. */
export const MOST_CRL_HOURS = 5000 * 24
/** RFC 9919 has responses live for days; a staple that is older than a month says nothing about today. */
export const MOST_OCSP_HOURS = 30 * 24

const USUAL: RevocationConfiguration = {
  crl: {
    enabled: true,
    kind: 'COMPLETE',
    hours: 7 * 24,
    deltaHours: undefined,
    host: undefined,
    path: undefined,
    bucket: undefined,
    objectAcl: 'PUBLIC_READ',
    omitExtension: false,
  },
  ocsp: { enabled: true, host: undefined, hours: 24 },
  caIssuers: true,
}

/** What holds where nothing is asked for. What ends within days needs no revocation (CA/Browser Forum BR §4.9.7). */
export const usualRevocation = (usageMode: UsageMode): RevocationConfiguration =>
  usageMode === 'SHORT_LIVED_CERTIFICATE'
    ? { ...USUAL, crl: { ...USUAL.crl, omitExtension: true }, ocsp: { ...USUAL.ocsp, enabled: false } }
    : USUAL

/** What a caller wants otherwise; null takes back what was set. */
export type RevocationWishes = {
  readonly crl?: Wishes<RevocationConfiguration['crl']>
  readonly ocsp?: Wishes<RevocationConfiguration['ocsp']>
  readonly caIssuers?: boolean
}
type Wishes<T> = { readonly [Member in keyof T]?: undefined extends T[Member] ? T[Member] | null : T[Member] }

/** A configuration with what is wished for; host and path in canonical spelling where they are right. */
export function configuredRevocation(
  before: RevocationConfiguration,
  { crl = {}, ocsp = {}, caIssuers = before.caIssuers }: RevocationWishes,
): RevocationConfiguration {
  const merged = {
    crl: { ...before.crl, ...nullsDropped(crl) },
    ocsp: { ...before.ocsp, ...nullsDropped(ocsp) },
  }
  return {
    crl: { ...merged.crl, host: hostOf(merged.crl.host), path: pathOf(merged.crl.path) },
    ocsp: { ...merged.ocsp, host: hostOf(merged.ocsp.host) },
    caIssuers,
  }
}

const hostOf = (host: string | undefined): string | undefined => host && (canonicalHostPort(host) ?? host)
const pathOf = (path: string | undefined): string | undefined => path && (canonicalPath(path) ?? path)
const nullsDropped = <T extends object>(wishes: T) =>
  Object.fromEntries(
    Object.entries(wishes).map(([name, value]) => [name, value === null ? undefined : value]),
  ) as {
    [Member in keyof T]: Exclude<T[Member], null>
  }

/** Everything that is wrong with a configuration, each under its own field below `revocation`. */
export function revocationViolations(
  { crl, ocsp }: RevocationConfiguration,
  usageMode: UsageMode,
): readonly Violation[] {
  const violations: Violation[] = []
  const say = (code: string, field: string, message: string) =>
    void violations.push({ code, field: `revocation.${field}`, message })
  if (!isWhole(crl.hours, MOST_CRL_HOURS))
    say('crl_hours', 'crl.hours', `must be a whole number from 1 to ${MOST_CRL_HOURS} (5000 days)`)
  if (crl.deltaHours !== undefined && !isWhole(crl.deltaHours, crl.hours))
    say('crl_delta_hours', 'crl.deltaHours', `must be a whole number from 1 to crl.hours, ${crl.hours}`)
  if (!isWhole(ocsp.hours, MOST_OCSP_HOURS))
    say('ocsp_hours', 'ocsp.hours', `must be a whole number from 1 to ${MOST_OCSP_HOURS} (30 days)`)
  for (const [field, host] of [
    ['crl.host', crl.host],
    ['ocsp.host', ocsp.host],
  ] as const)
    if (host !== undefined && canonicalHostPort(host) === undefined)
      say('host', field, 'must be a host name such as crl.example.com, perhaps with a port, without http://')
  if (crl.path !== undefined && canonicalPath(crl.path) === undefined)
    say(
      'path',
      'crl.path',
      'must be up to 12 names of letters, digits, - . _ ~ with / between them, such as pki/crl, or / for none, and not begin with ca, ocsp or validation',
    )
  violations.push(...bucketViolations(crl.bucket, 'revocation.crl.bucket'))
  if (crl.omitExtension && crl.host !== undefined)
    say('crl_omitted', 'crl.omitExtension', 'goes without crl.host, which would stand nowhere')
  if (usageMode === 'SHORT_LIVED_CERTIFICATE' && crl.enabled && !crl.omitExtension)
    say(
      'crl_short_lived',
      'crl.omitExtension',
      'must be true with SHORT_LIVED_CERTIFICATE, whose certificates name no CRL',
    )
  if (usageMode === 'SHORT_LIVED_CERTIFICATE' && ocsp.enabled)
    say(
      'ocsp_short_lived',
      'ocsp.enabled',
      'goes without SHORT_LIVED_CERTIFICATE, whose certificates name no responder',
    )
  return violations
}

const isWhole = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= most

/** Whether new certificates name the complete CRL. */
export const namesCompleteCrl = ({ crl }: RevocationConfiguration): boolean =>
  crl.enabled && crl.kind === 'COMPLETE' && !crl.omitExtension

/** How long a CRL is good. */
export const crlLife = ({ crl }: RevocationConfiguration, kind: 'complete' | 'delta'): Millis =>
  (kind === 'delta' ? (crl.deltaHours ?? crl.hours) : crl.hours) * HOUR

/**
 * Whether an authority's complete CRL is made at `now`: as long as it is wanted, and afterwards until every certificate
 * that names it has expired and stood in one more (RFC 5280 §3.3).
 */
export const makesCompleteCrl = (
  { revocation: { crl }, completeCrlUntil }: CompleteCrl,
  now: Millis,
): boolean =>
  (crl.enabled && crl.kind === 'COMPLETE') ||
  (completeCrlUntil !== undefined && now <= completeCrlUntil + crl.hours * HOUR)

type CompleteCrl = {
  readonly revocation: RevocationConfiguration
  readonly completeCrlUntil: Millis | undefined
}

import type { AccountId, EventId, ManagedId, Region, Serial } from './ids.ts'
import {
  domainNameOf,
  isExported,
  type ManagedCertificate,
  type ManagedKind,
  type ValidationMethod,
} from './managed-certificates.ts'
import type { RevocationReason } from './revocation.ts'
import { DAY, type Millis } from './time.ts'

/** Everything that is told of a managed certificate's life. A renewal is AVAILABLE with action RENEWAL, as with AWS. */
export const CERTIFICATE_EVENTS = [
  'AVAILABLE', // a version can be used
  'RENEWAL_ACTION_REQUIRED', // a renewal doesn't get on without somebody
  'APPROACHING_EXPIRATION',
  'EXPIRED',
  'REVOKED',
  'VALIDATION_TIMED_OUT',
  'FAILED', // a request came to nothing
] as const
export type CertificateEventName = (typeof CERTIFICATE_EVENTS)[number]

/** How a version came to be. */
export const AVAILABLE_ACTIONS = ['ISSUANCE', 'RENEWAL', 'IMPORT', 'REIMPORT'] as const
export type AvailableAction = (typeof AVAILABLE_ACTIONS)[number]

/** What happened, with what belongs to it alone. */
export type Happening =
  | { readonly name: 'AVAILABLE'; readonly action: AvailableAction }
  /** `reason`: a renewal's, such as CAA_ERROR or PENDING_DOMAIN_VALIDATION. */
  | { readonly name: 'RENEWAL_ACTION_REQUIRED'; readonly reason: string }
  | { readonly name: 'APPROACHING_EXPIRATION' }
  | { readonly name: 'EXPIRED' }
  | { readonly name: 'REVOKED'; readonly reason: RevocationReason }
  | { readonly name: 'VALIDATION_TIMED_OUT' }
  | { readonly name: 'FAILED'; readonly reason: string }

/** The certificate as it was when it happened; members of its version are absent where it has none. */
export type EventDetail = {
  readonly domainName: string
  readonly names: readonly string[]
  readonly kind: ManagedKind
  readonly validationMethod?: ValidationMethod
  readonly inUse: boolean
  readonly exportable: boolean
  readonly exported: boolean
  readonly version?: number
  readonly serial?: Serial
  /** When the version was made. */
  readonly createdAt?: Millis
  readonly notBefore?: Millis
  readonly notAfter?: Millis
  /** Days until the version's end, a part of one counting as whole; 0 from its end on. */
  readonly daysToExpiry?: number
  readonly action?: AvailableAction
  readonly reason?: string
}

export type CertificateEvent = {
  readonly id: EventId
  readonly account: AccountId
  readonly region: Region
  readonly certificate: ManagedId
  readonly name: CertificateEventName
  /** On the calendar. */
  readonly time: Millis
  readonly detail: EventDetail
}

/** An event on its way to the store. */
export type NewEvent = CertificateEvent & {
  /** One that has been told isn't told again. */
  readonly dedupeKey: string
  /**
   * When the version's end is to be spoken of next; `never` when nothing is left to say of it, undefined when the event
   * changes nothing about that.
   */
  readonly notice: { readonly version: number; readonly at: Millis | 'never' } | undefined
}

/** Days before the end at which it is told that it approaches, unless an account wants to hear of it earlier or later. */
export const NOTICE_DAYS = [45, 30, 15, 7, 3, 1] as const
export const DEFAULT_DAYS_BEFORE_EXPIRY = NOTICE_DAYS[0]
/** The earliest that an account may want to hear of it. */
export const MOST_DAYS_BEFORE_EXPIRY = 90

type Lifetime = { readonly notBefore: Millis; readonly notAfter: Millis }
/** A moment at which something is told of a version's end. `days` before it; 0 when it has expired. */
export type Notice = { readonly at: Millis; readonly days: number }

/**
 * What is told of a version's end, the earliest first. A threshold of half the lifetime or more is skipped: of a
 * certificate for a week nobody needs to hear that it has 45 days left, or, after three days, that it ends in seven.
 * @param first the first threshold, in days: the account's choice
 */
export function noticesOf(
  { notBefore, notAfter }: Lifetime,
  first: number = DEFAULT_DAYS_BEFORE_EXPIRY,
): readonly Notice[] {
  const thresholds = [first, ...NOTICE_DAYS.filter((days) => days < first)]
  const approaching = thresholds.filter((days) => days * DAY < (notAfter - notBefore) / 2)
  // RFC 5280 §4.1.2.5: valid through notAfter, inclusive.
  return [...approaching.map((days) => ({ at: notAfter - days * DAY, days })), { at: notAfter + 1, days: 0 }]
}

/**
 * What is to be told now: the latest notice that is due. After a long stop, or when the calendar was set, those before
 * it are passed over, since they would say what isn't true any more.
 */
export const dueNotice = (lifetime: Lifetime, now: Millis, first?: number): Notice | undefined =>
  noticesOf(lifetime, first).findLast(({ at }) => at <= now)

/** An event about a certificate as it is after what happened. @param id a new one */
export function certificateEvent(
  id: string,
  time: Millis,
  certificate: ManagedCertificate,
  happening: Happening,
): NewEvent {
  const { account, region, current } = certificate
  return {
    id: id as EventId,
    account,
    region,
    certificate: certificate.id,
    name: happening.name,
    time,
    detail: detailOf(certificate, happening, time),
    dedupeKey: [certificate.id, current?.number ?? 0, ...tellingOf(happening, current, time)].join('/'),
    notice: noticeAfter(happening, current, time),
  }
}

function detailOf(certificate: ManagedCertificate, happening: Happening, time: Millis): EventDetail {
  const { current, validationMethod } = certificate
  return {
    domainName: domainNameOf(certificate),
    names: certificate.names,
    kind: certificate.kind,
    ...(validationMethod === undefined ? {} : { validationMethod }),
    inUse: certificate.inUseBy.length > 0,
    exportable: certificate.exportable,
    exported: isExported(certificate),
    ...(current === undefined
      ? {}
      : {
          version: current.number,
          serial: current.serial,
          createdAt: current.createdAt,
          notBefore: current.notBefore,
          notAfter: current.notAfter,
          daysToExpiry: Math.max(0, Math.ceil((current.notAfter - time) / DAY)),
        }),
    ...('action' in happening ? { action: happening.action } : {}),
    ...('reason' in happening ? { reason: happening.reason } : {}),
  }
}

/** What makes a telling the same as another, within a version. */
function tellingOf(happening: Happening, current: Lifetime | undefined, time: Millis): (string | number)[] {
  const threshold = current === undefined ? undefined : dueNotice(current, time)?.days
  switch (happening.name) {
    case 'APPROACHING_EXPIRATION':
      return [happening.name, threshold ?? 'early']
    // Renewals are tried every hour; that they fail is told at once, and again at each threshold.
    case 'RENEWAL_ACTION_REQUIRED':
      return [happening.name, happening.reason, threshold ?? 'early']
    default:
      return [happening.name]
  }
}

/** When to look at it first: what its account wants is known by whoever looks then. */
const firstLook = (current: Lifetime): Notice | undefined => noticesOf(current, MOST_DAYS_BEFORE_EXPIRY)[0]

function noticeAfter(
  happening: Happening,
  current: (Lifetime & { readonly number: number }) | undefined,
  time: Millis,
): NewEvent['notice'] {
  if (current === undefined) return undefined
  const version = current.number
  const notices = noticesOf(current)
  switch (happening.name) {
    // One that comes late into its life (an import) is spoken of at once.
    case 'AVAILABLE':
      return { version, at: (dueNotice(current, time) ?? firstLook(current))?.at ?? 'never' }
    case 'APPROACHING_EXPIRATION':
      return { version, at: notices.find(({ at }) => at > time)?.at ?? 'never' }
    case 'EXPIRED':
    case 'REVOKED':
      return { version, at: 'never' }
    default:
      return undefined
  }
}

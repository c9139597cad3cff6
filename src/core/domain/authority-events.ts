import { CERTIFICATE_EVENTS, type CertificateEvent, type CertificateEventName } from './certificate-events.ts'
import type { AccountId, AuthorityId, EventId, Region, ReportId, Serial } from './ids.ts'
import type { Millis } from './time.ts'

/** What is told of a private authority, as AWS Private CA tells EventBridge of it. */
export const AUTHORITY_EVENTS = [
  'AUTHORITY_CREATION',
  'CERTIFICATE_ISSUANCE',
  'CERTIFICATE_REVOCATION',
  'CRL_GENERATION',
  'AUDIT_REPORT_GENERATION',
] as const
export type AuthorityEventName = (typeof AUTHORITY_EVENTS)[number]
export const isAuthorityEvent = (name: string): name is AuthorityEventName =>
  (AUTHORITY_EVENTS as readonly string[]).includes(name)

/** Everything that an account is told. */
export const ACCOUNT_EVENTS = [...CERTIFICATE_EVENTS, ...AUTHORITY_EVENTS] as const
export type AccountEventName = CertificateEventName | AuthorityEventName
export type AccountEvent = CertificateEvent | AuthorityEvent

/** Why a CRL isn't out, in AWS's words. */
export const CRL_FAILURES = {
  making: 'Failed to generate CRL. Internal failure.',
  refused: 'Failed to write CRL to S3. Check your S3 bucket permissions.',
  writing: 'Failed to write CRL to S3. Internal failure.',
} as const
export type CrlFailure = keyof typeof CRL_FAILURES

type Result = 'success' | 'failure'

/** What happened, with what belongs to it alone. */
export type AuthorityHappening =
  | { readonly name: 'AUTHORITY_CREATION'; readonly result: Result }
  | { readonly name: 'CERTIFICATE_ISSUANCE'; readonly result: Result; readonly serial: Serial }
  | { readonly name: 'CERTIFICATE_REVOCATION'; readonly serial: Serial }
  /** `number`: of the CRL, or after a failure of the one that stands. `file`: its name without the ending. */
  | {
      readonly name: 'CRL_GENERATION'
      readonly file: string
      readonly number: bigint
      readonly failure?: CrlFailure
    }
  | { readonly name: 'AUDIT_REPORT_GENERATION'; readonly result: Result; readonly report: ReportId }

export type AuthorityEventDetail = {
  readonly result: Result
  readonly reason?: string
  readonly serial?: Serial
  readonly report?: ReportId
  /** Of a CRL that was made, in decimal. */
  readonly crlNumber?: string
  /** Of a CRL, without its ending: the authority's id, or its shard's name. */
  readonly crl?: string
}

export type AuthorityEvent = {
  readonly id: EventId
  /** The authority's. */
  readonly account: AccountId
  readonly region: Region
  readonly authority: AuthorityId
  readonly name: AuthorityEventName
  /** On the calendar. */
  readonly time: Millis
  readonly detail: AuthorityEventDetail
}

/** An event on its way to the store, where one that has been told isn't told again. */
export type NewAuthorityEvent = AuthorityEvent & { readonly dedupeKey: string }

type Authority = { readonly id: AuthorityId; readonly account: AccountId; readonly region: Region }

/** An event about an authority. @param id a new one */
export const authorityEvent = (
  id: string,
  time: Millis,
  { id: authority, account, region }: Authority,
  happening: AuthorityHappening,
): NewAuthorityEvent => ({
  id: id as EventId,
  ...{ account, region, authority, time },
  name: happening.name,
  detail: detailOf(happening),
  dedupeKey: [authority, happening.name, ...tellingOf(happening, time)].join('/'),
})

function detailOf(happening: AuthorityHappening): AuthorityEventDetail {
  switch (happening.name) {
    case 'AUTHORITY_CREATION':
      return { result: happening.result }
    case 'CERTIFICATE_ISSUANCE':
      return { result: happening.result, serial: happening.serial }
    case 'CERTIFICATE_REVOCATION':
      return { result: 'success', serial: happening.serial }
    case 'CRL_GENERATION': {
      const { file: crl, failure, number } = happening
      return failure === undefined
        ? { result: 'success', crl, crlNumber: String(number) }
        : { result: 'failure', crl, reason: CRL_FAILURES[failure] }
    }
    case 'AUDIT_REPORT_GENERATION':
      return { result: happening.result, report: happening.report }
  }
}

/** What makes a telling the same as another, of one authority and name. */
function tellingOf(happening: AuthorityHappening, time: Millis): readonly (string | number)[] {
  switch (happening.name) {
    case 'AUTHORITY_CREATION':
      return [happening.result]
    case 'CERTIFICATE_ISSUANCE':
      return [happening.serial, happening.result]
    // A hold may be lifted, and come again.
    case 'CERTIFICATE_REVOCATION':
      return [happening.serial, time]
    // It is tried again every few seconds: that it fails is told once for each CRL that stands meanwhile.
    case 'CRL_GENERATION':
      return [happening.file, String(happening.number), happening.failure ?? 'success']
    case 'AUDIT_REPORT_GENERATION':
      return [happening.report, happening.result]
  }
}

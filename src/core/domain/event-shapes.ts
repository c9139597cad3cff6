import { arns } from './arns.ts'
import { authorityCloudEvent, authorityEventBridgeEvent } from './authority-event-shapes.ts'
import type { AccountEvent } from './authority-events.ts'
import type { CertificateEvent, CertificateEventName } from './certificate-events.ts'
import type { CloudEvent, EventBridgeEvent, EventDetailJson, EventWording } from './event-envelopes.ts'
import type { ManagedKind } from './managed-certificates.ts'
import { DAY, isoOf, secondsOf } from './time.ts'

/** How events look outside. */
export const EVENT_SHAPES = ['cloudevents', 'eventbridge'] as const
export type EventShape = (typeof EVENT_SHAPES)[number]

/**
 * What each event is called: a CloudEvents type, which should begin with a reversed DNS name, and EventBridge's
 * detail-type. The last two are none of AWS's, which says nothing when a request comes to nothing.
 */
export const EVENT_WORDING: Readonly<Record<CertificateEventName, EventWording>> = {
  AVAILABLE: { type: 'local.chancery.certificate.available', detailType: 'ACM Certificate Available' },
  RENEWAL_ACTION_REQUIRED: {
    type: 'local.chancery.certificate.renewal_action_required',
    detailType: 'ACM Certificate Renewal Action Required',
  },
  APPROACHING_EXPIRATION: {
    type: 'local.chancery.certificate.approaching_expiration',
    detailType: 'ACM Certificate Approaching Expiration',
  },
  EXPIRED: { type: 'local.chancery.certificate.expired', detailType: 'ACM Certificate Expired' },
  REVOKED: { type: 'local.chancery.certificate.revoked', detailType: 'ACM Certificate Revoked' },
  VALIDATION_TIMED_OUT: {
    type: 'local.chancery.certificate.validation_timed_out',
    detailType: 'ACM Certificate Validation Timed Out',
  },
  FAILED: { type: 'local.chancery.certificate.failed', detailType: 'ACM Certificate Failed' },
}

/** An event in the shape that was asked for. */
export const shaped = (event: AccountEvent, shape: EventShape): CloudEvent | EventBridgeEvent =>
  shape === 'cloudevents' ? cloudEvent(event) : eventBridgeEvent(event)

/** `source` and `id` together are unique in the installation (CloudEvents 1.0 §REQUIRED Attributes). */
export const cloudEvent = (event: AccountEvent): CloudEvent =>
  'authority' in event ? authorityCloudEvent(event) : certificateCloudEvent(event)

function certificateCloudEvent(event: CertificateEvent): CloudEvent {
  const { createdAt, notBefore, notAfter, ...detail } = event.detail
  return {
    specversion: '1.0',
    id: event.id,
    source: `/accounts/${event.account}/regions/${event.region}`,
    type: EVENT_WORDING[event.name].type,
    subject: arns.managed(event, event.certificate),
    time: isoOf(event.time),
    datacontenttype: 'application/json',
    data: {
      certificate: event.certificate,
      ...detail,
      ...present({ createdAt, notBefore, notAfter }, isoOf),
    },
  }
}

const CERTIFICATE_TYPES: Readonly<Record<ManagedKind, string>> = {
  private: 'PRIVATE',
  validated: 'AMAZON_ISSUED',
  imported: 'IMPORTED',
}

/**
 * With the detail keys that AWS documents for each detail-type, and those that it has in common for all of them. AWS
 * gives whole seconds.
 */
export const eventBridgeEvent = (event: AccountEvent): EventBridgeEvent =>
  'authority' in event ? authorityEventBridgeEvent(event) : certificateEventBridgeEvent(event)

function certificateEventBridgeEvent(event: CertificateEvent): EventBridgeEvent {
  return {
    version: '0',
    id: event.id,
    'detail-type': EVENT_WORDING[event.name].detailType,
    source: 'aws.acm',
    account: event.account,
    time: secondsOf(event.time),
    region: event.region,
    resources: [arns.managed(event, event.certificate)],
    detail: eventBridgeDetail(event),
  }
}

function eventBridgeDetail({ name, detail }: CertificateEvent): EventDetailJson {
  const { action, reason, createdAt, notBefore, notAfter, validationMethod, daysToExpiry, names } = detail
  const other = names[1]
  return {
    ...present({ Action: action }),
    CertificateType: CERTIFICATE_TYPES[detail.kind],
    CommonName: detail.domainName,
    ...present({ FirstSubjectAlternativeName: other, DomainValidationMethod: validationMethod }),
    CertificateKeyPairOrigin: detail.kind === 'imported' ? 'CUSTOMER_PROVIDED' : 'AWS_MANAGED',
    ...present({ CertificateCreatedDate: createdAt, CertificateExpirationDate: notAfter }, secondsOf),
    ...(notBefore === undefined || notAfter === undefined
      ? {}
      : { ValidityInDays: Math.round((notAfter - notBefore) / DAY) }),
    ...present({ DaysToExpiry: daysToExpiry }),
    ...(name === 'RENEWAL_ACTION_REQUIRED' ? present({ RenewalStatusReason: reason }) : {}),
    ...(name === 'REVOKED' ? present({ RevocationReason: reason }) : {}),
    ...(name === 'FAILED' ? present({ FailureReason: reason }) : {}),
    InUse: detail.inUse,
    Exportable: detail.exportable,
    Exported: detail.exported,
  }
}

/** The members that have a value, each turned by `turn`. */
function present<T, Turned>(
  members: Readonly<Record<string, T | undefined>>,
  turn: (value: T) => Turned = (value) => value as unknown as Turned,
): Record<string, Turned> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, turn(value)]])),
  )
}

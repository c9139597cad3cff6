import { arns } from './arns.ts'
import type { AuthorityEvent, AuthorityEventName } from './authority-events.ts'
import type { CloudEvent, EventBridgeEvent, EventWording } from './event-envelopes.ts'
import { isoOf, secondsOf } from './time.ts'

/** As `EVENT_WORDING`, of private authorities. */
export const AUTHORITY_WORDING: Readonly<Record<AuthorityEventName, EventWording>> = {
  AUTHORITY_CREATION: {
    type: 'local.chancery.authority.authority_creation',
    detailType: 'ACM Private CA Creation',
  },
  CERTIFICATE_ISSUANCE: {
    type: 'local.chancery.authority.certificate_issuance',
    detailType: 'ACM Private CA Certificate Issuance',
  },
  CERTIFICATE_REVOCATION: {
    type: 'local.chancery.authority.certificate_revocation',
    detailType: 'ACM Private CA Certificate Revocation',
  },
  CRL_GENERATION: {
    type: 'local.chancery.authority.crl_generation',
    detailType: 'ACM Private CA CRL Generation',
  },
  AUDIT_REPORT_GENERATION: {
    type: 'local.chancery.authority.audit_report_generation',
    detailType: 'ACM Private CA Audit Report Generation',
  },
}

/** As CloudEvents 1.0 has it. */
export const authorityCloudEvent = (event: AuthorityEvent): CloudEvent => ({
  specversion: '1.0',
  id: event.id,
  source: `/accounts/${event.account}/regions/${event.region}`,
  type: AUTHORITY_WORDING[event.name].type,
  subject: arns.authority(event, event.authority),
  time: isoOf(event.time),
  datacontenttype: 'application/json',
  data: { authority: event.authority, ...event.detail },
})

/** As AWS documents it: `result`, `reason` where it failed, and ARNs, or an audit report's id, in `resources`. */
export function authorityEventBridgeEvent(event: AuthorityEvent): EventBridgeEvent {
  const { result, reason, serial, report } = event.detail
  return {
    version: '0',
    id: event.id,
    'detail-type': AUTHORITY_WORDING[event.name].detailType,
    source: 'aws.acm-pca',
    account: event.account,
    time: secondsOf(event.time),
    region: event.region,
    resources: [
      arns.authority(event, event.authority),
      ...(serial === undefined ? [] : [arns.certificate(event, event.authority, serial)]),
      ...(report === undefined ? [] : [report]),
    ],
    detail: { result, ...(reason === undefined ? {} : { reason }) },
  }
}

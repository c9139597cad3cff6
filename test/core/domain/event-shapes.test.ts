import { describe, expect, it } from 'vitest'
import {
  CERTIFICATE_EVENTS,
  certificateEvent,
  type Happening,
} from '../../../src/core/domain/certificate-events.ts'
import { cloudEvent, eventBridgeEvent } from '../../../src/core/domain/event-shapes.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'

const START = Date.UTC(2019, 11, 22, 18, 43, 48, 123)
const HAPPENINGS: readonly Happening[] = [
  { name: 'AVAILABLE', action: 'ISSUANCE' },
  { name: 'RENEWAL_ACTION_REQUIRED', reason: 'CAA_ERROR' },
  { name: 'APPROACHING_EXPIRATION' },
  { name: 'EXPIRED' },
  { name: 'REVOKED', reason: 'keyCompromise' },
  { name: 'VALIDATION_TIMED_OUT' },
  { name: 'FAILED', reason: 'CAA_ERROR' },
]
const told = (happening: Happening, more: Parameters<typeof aManagedCertificate>[0] = {}) =>
  certificateEvent(
    '01234567-0123-7123-8123-0123456789ab',
    START,
    aManagedCertificate({
      kind: 'validated',
      validationMethod: 'DNS',
      current: aManagedVersion({ createdAt: START, notBefore: START, notAfter: START + 198 * DAY }),
      ...more,
    }),
    happening,
  )

/** The structures in AWS's user guide (Amazon EventBridge support for ACM), with the JSON type of each detail. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'ACM Certificate Approaching Expiration': { DaysToExpiry: 'number', CommonName: 'string' },
  'ACM Certificate Expired': {
    CertificateType: 'string',
    CommonName: 'string',
    DomainValidationMethod: 'string',
    CertificateCreatedDate: 'string',
    CertificateExpirationDate: 'string',
    InUse: 'boolean',
    Exported: 'boolean',
  },
  'ACM Certificate Available': {
    Action: 'string',
    CertificateType: 'string',
    CommonName: 'string',
    DomainValidationMethod: 'string',
    CertificateCreatedDate: 'string',
    CertificateExpirationDate: 'string',
    DaysToExpiry: 'number',
    InUse: 'boolean',
    Exported: 'boolean',
  },
  'ACM Certificate Renewal Action Required': {
    CertificateType: 'string',
    CommonName: 'string',
    DomainValidationMethod: 'string',
    RenewalStatusReason: 'string',
    DaysToExpiry: 'number',
    CertificateExpirationDate: 'string',
    InUse: 'boolean',
    Exported: 'boolean',
  },
  'ACM Certificate Revoked': {
    CertificateType: 'string',
    CommonName: 'string',
    CertificateExpirationDate: 'string',
    Exportable: 'boolean',
  },
}

describe('eventBridgeEvent', () => {
  it('looks as AWS’s user guide shows it', () => {
    expect(eventBridgeEvent(told({ name: 'AVAILABLE', action: 'RENEWAL' }))).toEqual({
      version: '0',
      id: '01234567-0123-7123-8123-0123456789ab',
      'detail-type': 'ACM Certificate Available',
      source: 'aws.acm',
      account: '111122223333',
      time: '2019-12-22T18:43:48Z',
      region: 'us-east-1',
      resources: ['arn:aws:acm:us-east-1:111122223333:certificate/0197a1b2-0000-7000-8000-000000000001'],
      detail: {
        Action: 'RENEWAL',
        CertificateType: 'AMAZON_ISSUED',
        CommonName: 'www.example.com',
        FirstSubjectAlternativeName: 'example.com',
        DomainValidationMethod: 'DNS',
        CertificateKeyPairOrigin: 'AWS_MANAGED',
        CertificateCreatedDate: '2019-12-22T18:43:48Z',
        CertificateExpirationDate: '2020-07-07T18:43:48Z',
        ValidityInDays: 198,
        DaysToExpiry: 198,
        InUse: false,
        Exportable: true,
        Exported: false,
      },
    })
  })

  it('has every detail that AWS documents for its detail-type, of the same JSON type', () => {
    const seen = new Set<string>()
    for (const happening of HAPPENINGS) {
      const { 'detail-type': type, detail } = eventBridgeEvent(told(happening))
      seen.add(type)
      for (const [key, kind] of Object.entries(PUBLISHED[type] ?? {}))
        expect(typeof detail[key], key).toBe(kind)
    }
    expect([...seen]).toEqual(expect.arrayContaining(Object.keys(PUBLISHED)))
    expect(seen.size).toBe(CERTIFICATE_EVENTS.length)
  })

  it.each([
    ['private', 'PRIVATE', 'AWS_MANAGED'],
    ['validated', 'AMAZON_ISSUED', 'AWS_MANAGED'],
    ['imported', 'IMPORTED', 'CUSTOMER_PROVIDED'],
  ] as const)('calls a certificate that is %s %s, with a key that is %s', (kind, type, origin) => {
    expect(eventBridgeEvent(told({ name: 'EXPIRED' }, { kind })).detail).toMatchObject({
      CertificateType: type,
      CertificateKeyPairOrigin: origin,
    })
  })
})

describe('CloudEvents 1.0', () => {
  it('§REQUIRED Attributes: id, source, specversion and type are there and not empty; time is RFC 3339', () => {
    for (const happening of HAPPENINGS) {
      const event = cloudEvent(told(happening))
      for (const name of ['id', 'source', 'specversion', 'type'] as const) expect(event[name]).not.toBe('')
      expect(event.specversion).toBe('1.0')
      expect(event.type).toMatch(/^local\.chancery\.certificate\.[a-z_]+$/)
      expect(event.time).toBe('2019-12-22T18:43:48.123Z')
      expect(new URL(event.source, 'https://ca.example.com').pathname).toBe(event.source)
      // §Attribute Naming Convention: lower-case letters and digits only.
      for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]+$/)
    }
  })

  it('carry the certificate as it was, with times in RFC 3339', () => {
    expect(cloudEvent(told({ name: 'REVOKED', reason: 'keyCompromise' }))).toEqual({
      specversion: '1.0',
      id: '01234567-0123-7123-8123-0123456789ab',
      source: '/accounts/111122223333/regions/us-east-1',
      type: 'local.chancery.certificate.revoked',
      subject: 'arn:aws:acm:us-east-1:111122223333:certificate/0197a1b2-0000-7000-8000-000000000001',
      time: '2019-12-22T18:43:48.123Z',
      datacontenttype: 'application/json',
      data: {
        certificate: '0197a1b2-0000-7000-8000-000000000001',
        domainName: 'www.example.com',
        names: ['www.example.com', 'example.com'],
        kind: 'validated',
        validationMethod: 'DNS',
        inUse: false,
        exportable: true,
        exported: false,
        version: 1,
        serial: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
        daysToExpiry: 198,
        reason: 'keyCompromise',
        createdAt: '2019-12-22T18:43:48.123Z',
        notBefore: '2019-12-22T18:43:48.123Z',
        notAfter: '2020-07-07T18:43:48.123Z',
      },
    })
  })

  it('leave out what a certificate without a version lacks', () => {
    const { data } = cloudEvent(told({ name: 'VALIDATION_TIMED_OUT' }, { current: undefined }))
    expect(Object.keys(data)).not.toContain('notAfter')
    expect(JSON.stringify(data)).not.toContain('null')
  })
})

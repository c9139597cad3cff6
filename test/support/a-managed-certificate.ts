import type { AccountId, AuthorityId, KeyId, ManagedId, Region, Serial } from '../../src/core/domain/ids.ts'
import type { ManagedCertificate, ManagedVersion } from '../../src/core/domain/managed-certificates.ts'
import { DAY } from '../../src/core/domain/time.ts'

const MADE = Date.UTC(2030, 5, 15, 12)

/** The first version of `aManagedCertificate`: 90 days from 2030-06-15T12:00Z. */
export const aManagedVersion = (more: Partial<ManagedVersion> = {}): ManagedVersion => ({
  managed: '0197a1b2-0000-7000-8000-000000000001' as ManagedId,
  number: 1,
  authority: '01900000-0000-7000-8000-000000000001' as AuthorityId,
  serial: '0a1b2c3d4e5f60718293a4b5c6d7e8f9' as Serial,
  key: 'key-1' as KeyId,
  notBefore: MADE,
  notAfter: MADE + 90 * DAY,
  createdAt: MADE,
  imported: undefined,
  facts: {
    commonName: 'www.example.com',
    keyUsages: ['digitalSignature'],
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'],
  },
  ...more,
})

/** An issued private certificate for www.example.com, in use by nothing. */
export const aManagedCertificate = (more: Partial<ManagedCertificate> = {}): ManagedCertificate => ({
  id: '0197a1b2-0000-7000-8000-000000000001' as ManagedId,
  account: '111122223333' as AccountId,
  region: 'us-east-1' as Region,
  revision: 1,
  kind: 'private',
  status: 'ISSUED',
  failure: undefined,
  failureDetail: undefined,
  names: ['www.example.com', 'example.com'],
  keyAlgorithm: 'EC_prime256v1',
  authority: '01900000-0000-7000-8000-000000000001' as AuthorityId,
  profile: 'tls-server',
  days: 90,
  validationMethod: undefined,
  renewalKey: 'new',
  exportable: true,
  managedBy: undefined,
  tags: {},
  createdAt: MADE,
  validateUntil: undefined,
  dueAt: undefined,
  attempts: 0,
  renewal: undefined,
  current: aManagedVersion(),
  exportedVersion: undefined,
  revocation: undefined,
  inUseBy: [],
  ...more,
})

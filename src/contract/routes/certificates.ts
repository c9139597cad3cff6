import { PEM_MEDIA_TYPES, PKCS10_MEDIA_TYPE, type Route } from '../route.ts'
import * as certificates from '../schemas/certificates.ts'
import * as revocations from '../schemas/revocations.ts'
import { exportedFile, exportForm } from '../schemas/exports.ts'
import { EXPORT_MEDIA, PEM_OR_DER, pemOf, plain } from './shared.ts'

const REVOKED = {
  status: 200,
  description: 'The certificate, and where it says so.',
  body: revocations.revoked,
} as const

/** Certificates. */
export const CERTIFICATES_ROUTES = {
  issueCertificate: {
    method: 'POST',
    path: '/v1/certificates',
    operationId: 'issueCertificate',
    tag: 'Certificates',
    summary: 'Issue a certificate',
    description:
      'For the key in a CSR, or for a new key that the service makes and keeps. A bare CSR may be sent as the body; ' +
      'then authority, profile and days are query parameters.',
    request: {
      query: certificates.issuanceQuery,
      body: certificates.issuance,
      otherBodies: [
        { type: PKCS10_MEDIA_TYPE, description: 'A PKCS#10 request as DER.' },
        ...PEM_MEDIA_TYPES.map((type) => ({ type, description: 'A PKCS#10 request as PEM.' })),
      ],
    },
    response: {
      status: 201,
      description: 'The certificate.',
      body: certificates.issuedCertificate,
      otherMedia: pemOf('The certificate and its issuers without the root, as PEM.'),
    },
    errors: [
      'csr_invalid',
      'lint_failed',
      'policy_refused',
      'not_found',
      'state_conflict',
      'kms_unavailable',
    ],
    idempotent: true,
    etag: false,
  },
  searchCertificates: {
    method: 'GET',
    path: '/v1/certificates',
    operationId: 'searchCertificates',
    tag: 'Certificates',
    summary: 'Search certificates',
    request: { query: certificates.certificateListQuery },
    response: { status: 200, description: 'A page of certificates.', body: certificates.certificatePage },
    errors: ['not_found'],
    ...plain,
  },
  describeCertificate: {
    method: 'GET',
    path: '/v1/certificates/{id}',
    operationId: 'describeCertificate',
    tag: 'Certificates',
    summary: 'Describe a certificate',
    request: { params: certificates.certificateParams },
    response: { status: 200, description: 'The certificate.', body: certificates.certificate },
    errors: ['not_found'],
    idempotent: false,
    etag: true,
  },
  getCertificate: {
    method: 'GET',
    path: '/v1/certificates/{id}/certificate',
    operationId: 'getCertificate',
    tag: 'Certificates',
    summary: 'Download a certificate',
    request: { params: certificates.certificateParams },
    response: { status: 200, description: 'The certificate.', otherMedia: PEM_OR_DER },
    errors: ['not_found'],
    idempotent: false,
    etag: true,
  },
  getCertificateChain: {
    method: 'GET',
    path: '/v1/certificates/{id}/chain',
    operationId: 'getCertificateChain',
    tag: 'Certificates',
    summary: 'Download a certificate with its issuers without the root, as a TLS server sends it',
    request: { params: certificates.certificateParams },
    response: { status: 200, description: 'The chain.', otherMedia: pemOf('The chain as PEM.') },
    errors: ['not_found'],
    idempotent: false,
    etag: true,
  },
  revokeCertificate: {
    method: 'POST',
    path: '/v1/certificates/{id}/revoke',
    operationId: 'revokeCertificate',
    tag: 'Certificates',
    summary: 'Revoke a certificate; in force when the call returns',
    description:
      'Doing it again changes nothing. A hold may become final, and keyCompromise may take the place of another reason; ' +
      'any other change of the reason is refused.',
    request: {
      params: certificates.certificateParams,
      query: revocations.revocationQuery,
      body: revocations.revocationRequest,
    },
    response: REVOKED,
    errors: ['not_found', 'already_revoked', 'state_conflict', 'kms_unavailable'],
    ...plain,
  },
  liftHold: {
    method: 'POST',
    path: '/v1/certificates/{id}/lift-hold',
    operationId: 'liftHold',
    tag: 'Certificates',
    summary: 'Take a certificate off hold',
    description: 'Only what was revoked for certificateHold; any other revocation is final.',
    request: { params: certificates.certificateParams, query: revocations.revocationQuery },
    response: REVOKED,
    errors: ['not_found', 'state_conflict', 'kms_unavailable'],
    ...plain,
  },
  revokeNamed: {
    method: 'POST',
    path: '/v1/revocations',
    operationId: 'revokeNamed',
    tag: 'Certificates',
    summary: 'Revoke a certificate by its serial, or by itself',
    request: { query: revocations.revocationQuery, body: revocations.namedRevocation },
    response: REVOKED,
    errors: ['not_found', 'already_revoked', 'state_conflict', 'kms_unavailable'],
    ...plain,
  },
  revokeByProof: {
    method: 'POST',
    path: '/v1/revocations/by-proof',
    operationId: 'revokeByProof',
    tag: 'Certificates',
    summary: 'Revoke a certificate by proof of its key',
    description:
      'Without a token: who has the key may end the use of the certificate, and whoever found one must be able to. Not for ' +
      'certificates of authorities.',
    request: { query: revocations.revocationQuery, body: revocations.provenRevocation },
    response: REVOKED,
    errors: ['not_found', 'already_revoked', 'state_conflict', 'kms_unavailable'],
    ...plain,
    anonymous: true,
  },
  exportCertificate: {
    method: 'POST',
    path: '/v1/certificates/{id}/export',
    operationId: 'exportCertificate',
    tag: 'Certificates',
    summary: 'Export a certificate with its private key',
    description:
      'Only where the service made the key. Answers the file itself; JSON with the file in base64 when `Accept` asks ' +
      'for application/json.',
    request: { params: certificates.certificateParams, body: exportForm },
    response: {
      status: 200,
      description: 'The file.',
      body: exportedFile,
      fileFirst: true,
      otherMedia: EXPORT_MEDIA,
    },
    errors: ['not_found', 'state_conflict', 'kms_unavailable'],
    ...plain,
  },
} as const satisfies Record<string, Route>

import type { Route } from '../route.ts'
import * as archives from '../schemas/certificate-archives.ts'
import { plain } from './shared.ts'

/** Archives of expired certificates. */
export const CERTIFICATE_ARCHIVE_ROUTES = {
  archiveCertificates: {
    method: 'POST',
    path: '/v1/certificate-archives',
    operationId: 'archiveCertificates',
    tag: 'Certificates',
    summary: 'Move expired certificates into a signed file, for administrators of the installation',
    description:
      'At most 20,000 certificates a call. Their serials stay on record: OCSP, CRLs and the uniqueness of serials don’t change.',
    request: { body: archives.certificateArchiving },
    response: { status: 200, description: 'What was archived.', body: archives.certificatesArchived },
    errors: ['state_conflict', 'kms_unavailable'],
    ...plain,
  },
  listCertificateArchives: {
    method: 'GET',
    path: '/v1/certificate-archives',
    operationId: 'listCertificateArchives',
    tag: 'Certificates',
    summary: 'List archives of certificates, oldest first, for administrators of the installation',
    request: { query: archives.certificateArchiveQuery },
    response: { status: 200, description: 'A page of archives.', body: archives.certificateArchivePage },
    errors: [],
    ...plain,
  },
  readCertificateArchive: {
    method: 'GET',
    path: '/v1/certificate-archives/{first}/file',
    operationId: 'readCertificateArchive',
    tag: 'Certificates',
    summary: 'Download an archive of certificates, for administrators of the installation',
    request: { params: archives.certificateArchiveParams },
    response: {
      status: 200,
      description: 'The file.',
      otherMedia: [{ type: 'application/gzip', description: 'JSON lines, compressed.' }],
    },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>

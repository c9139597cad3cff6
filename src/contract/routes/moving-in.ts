import type { Route } from '../route.ts'
import { authorityParams } from '../schemas/authorities.ts'
import * as movingIn from '../schemas/moving-in.ts'
import { serialParams, serialStanding } from '../schemas/serials.ts'
import { plain } from './shared.ts'

/** Authorities of other programs, with what they issued and revoked; and what is on record about a serial. */
export const MOVING_IN_ROUTES = {
  importAuthority: {
    method: 'POST',
    path: '/v1/authorities/import',
    operationId: 'importAuthority',
    tag: 'Authorities',
    summary: 'Import an authority of another program, with its key',
    description:
      'It is DISABLED until its certificates and revocations have been imported, too, and it is enabled: so no CRL ' +
      'goes out that lacks them. One that is here already is refused with its id in `details.authority`.',
    request: { body: movingIn.authorityImport, bodyLimit: movingIn.AUTHORITY_IMPORT_LIMIT },
    response: { status: 200, description: 'What was imported.', body: movingIn.importedAuthority },
    errors: ['certificate_invalid', 'already_exists', 'kms_unavailable'],
    ...plain,
  },
  importCertificates: {
    method: 'POST',
    path: '/v1/authorities/{authority}/certificates/import',
    operationId: 'importCertificates',
    tag: 'Authorities',
    summary: 'Import certificates that an authority signed elsewhere',
    description:
      'All of a call or none, and the same again changes nothing. Each must verify under the authority’s key.',
    request: {
      params: authorityParams,
      body: movingIn.certificatesImport,
      bodyLimit: movingIn.CERTIFICATES_IMPORT_LIMIT,
    },
    response: { status: 200, description: 'How many were new.', body: movingIn.importedCertificates },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
  importRevocations: {
    method: 'POST',
    path: '/v1/authorities/{authority}/revocations/import',
    operationId: 'importRevocations',
    tag: 'Authorities',
    summary: 'Import what an authority revoked elsewhere, from its CRL or as a list',
    description: 'The next CRL has them, with their dates and reasons; the same again changes nothing.',
    request: {
      params: authorityParams,
      body: movingIn.revocationsImport,
      bodyLimit: movingIn.REVOCATIONS_IMPORT_LIMIT,
    },
    response: { status: 200, description: 'How many were new.', body: movingIn.importedRevocations },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
  describeSerial: {
    method: 'GET',
    path: '/v1/authorities/{authority}/serials/{serial}',
    operationId: 'describeSerial',
    tag: 'Authorities',
    summary: 'Say whether a serial number was issued, as far as this installation knows',
    request: { params: serialParams },
    response: { status: 200, description: 'What is on record.', body: serialStanding },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>

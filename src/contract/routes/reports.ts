import type { Route } from '../route.ts'
import { authorityParams } from '../schemas/authorities.ts'
import * as reports from '../schemas/reports.ts'
import { plain } from './shared.ts'

const PATH = '/v1/authorities/{authority}/audit-reports'

/** Audit reports: what an authority issued, as files. */
export const REPORTS_ROUTES = {
  createAuditReport: {
    method: 'POST',
    path: PATH,
    operationId: 'createAuditReport',
    tag: 'Audit reports',
    summary: 'Have a report made of everything that an authority issued',
    description:
      'It is made in the background; follow it at `url`. One at a time for each authority, which must be ACTIVE or DISABLED.',
    request: { params: authorityParams, body: reports.reportCreation },
    response: { status: 202, description: 'The report, which is being made.', body: reports.report },
    errors: ['not_found', 'state_conflict'],
    idempotent: true,
    etag: false,
  },
  listAuditReports: {
    method: 'GET',
    path: PATH,
    operationId: 'listAuditReports',
    tag: 'Audit reports',
    summary: 'List the audit reports of an authority, newest first',
    request: { params: authorityParams, query: reports.reportListQuery },
    response: { status: 200, description: 'A page of audit reports.', body: reports.reportPage },
    errors: ['not_found'],
    ...plain,
  },
  describeAuditReport: {
    method: 'GET',
    path: `${PATH}/{report}`,
    operationId: 'describeAuditReport',
    tag: 'Audit reports',
    summary: 'Show an audit report and how far it is',
    request: { params: reports.reportParams },
    response: { status: 200, description: 'The audit report.', body: reports.report },
    errors: ['not_found'],
    ...plain,
  },
  readAuditReport: {
    method: 'GET',
    path: `${PATH}/{report}/file`,
    operationId: 'readAuditReport',
    tag: 'Audit reports',
    summary: 'Download the file of an audit report',
    description: 'In the format that the report was asked for; may be hundreds of megabytes.',
    request: { params: reports.reportParams },
    response: {
      status: 200,
      description: 'The file.',
      otherMedia: [
        { type: 'text/csv', description: 'CSV in UTF-8 with a header (RFC 4180).' },
        { type: 'application/json', description: 'An array of objects.' },
      ],
    },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
  deleteAuditReport: {
    method: 'DELETE',
    path: `${PATH}/{report}`,
    operationId: 'deleteAuditReport',
    tag: 'Audit reports',
    summary: 'Delete an audit report, or give up one that is being made',
    request: { params: reports.reportParams },
    response: { status: 204, description: 'It is gone, with its file.' },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>

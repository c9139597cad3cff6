import type { ReportFormat } from '../../../core/domain/audit-reports.ts'
import { createAuditReport } from '../../../core/operations/reports/create-report.ts'
import { deleteAuditReport } from '../../../core/operations/reports/delete-report.ts'
import {
  describeAuditReport,
  listAuditReports,
  readAuditReport,
} from '../../../core/operations/reports/read-reports.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { StreamReply, type Handlers } from '../../http/serve.ts'
import { reportJson } from '../json/report-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  'createAuditReport' | 'listAuditReports' | 'describeAuditReport' | 'readAuditReport' | 'deleteAuditReport'
>

const MEDIA: Readonly<Record<ReportFormat, { readonly type: string; readonly extension: string }>> = {
  // RFC 4180 §3: the header is there.
  CSV: { type: 'text/csv; charset=utf-8; header=present', extension: 'csv' },
  JSON: { type: 'application/json', extension: 'json' },
}

/** Audit reports. */
export const reportHandlers = (ports: Ports): Part => ({
  createAuditReport: async ({ principal, params, body, idempotency }) =>
    reportJson(await createAuditReport(ports, principal, { ...params, ...body, idempotency })),
  listAuditReports: async ({ principal, params, query }) => {
    const { items, next } = await listAuditReports(ports, principal, {
      authority: params.authority,
      page: pageRequestOf(query),
    })
    return { items: items.map(reportJson), next }
  },
  describeAuditReport: async ({ principal, params }) =>
    reportJson(await describeAuditReport(ports, principal, params)),
  readAuditReport: async ({ principal, params }) => {
    const { report, size, pieces } = await readAuditReport(ports, principal, params)
    const { type, extension } = MEDIA[report.format]
    return new StreamReply(type, size, pieces, `${report.id}.${extension}`)
  },
  deleteAuditReport: async ({ principal, params }) => {
    await deleteAuditReport(ports, principal, params)
    return undefined
  },
})

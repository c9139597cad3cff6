import { reportKey } from '../../../../core/domain/buckets.ts'
import { createAuditReport } from '../../../../core/operations/reports/create-report.ts'
import { describeAuditReport } from '../../../../core/operations/reports/read-reports.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityArn } from '../arns.ts'

type Part = Pick<
  AcmPcaHandlers,
  'CreateCertificateAuthorityAuditReport' | 'DescribeCertificateAuthorityAuditReport'
>

/** Audit reports, which are kept in a bucket. */
export const reportHandlers = (ports: Ports): Part => ({
  CreateCertificateAuthorityAuditReport: async ({ principal, input }) => {
    const report = await createAuditReport(ports, principal, {
      authority: authorityArn(input.CertificateAuthorityArn),
      format: input.AuditReportResponseFormat,
      bucket: input.S3BucketName,
    })
    return { AuditReportId: report.id, S3Key: reportKey(report) }
  },

  DescribeCertificateAuthorityAuditReport: async ({ principal, input }) => {
    const authority = authorityArn(input.CertificateAuthorityArn)
    const report = await describeAuditReport(ports, principal, { authority, report: input.AuditReportId })
    return {
      AuditReportStatus: report.status,
      S3BucketName: report.bucket,
      S3Key: reportKey(report),
      CreatedAt: report.createdAt,
    }
  },
})

import type { AuditReport, ReportFormat } from './audit-reports.ts'
import type { Violation } from './errors.ts'
import { isAuthorityId, isReportId, type AccountId, type AuthorityId, type ReportId } from './ids.ts'
import { PUBLIC_NAMES } from './public-addresses.ts'
import type { Millis } from './time.ts'

/** A name under which an account keeps CRLs and audit reports: whoever uses it first has it, in every region. */
export type Bucket = {
  readonly name: string
  readonly account: AccountId
  /** On the system clock. */
  readonly createdAt: Millis
}

/** Buckets of one account, at most: as many as Amazon S3 used to give. */
export const MAX_BUCKETS = 100

/** Who may read a CRL in a bucket of a storage service, in AWS Private CA's words. */
export const OBJECT_ACLS = ['PUBLIC_READ', 'BUCKET_OWNER_FULL_CONTROL'] as const
export type ObjectAcl = (typeof OBJECT_ACLS)[number]

/** A bucket is part of a host name, too: `reports.s3.eu-central-1.example.com`. */
const LABEL = /^(?!-)[a-z0-9-]+(?<!-)$/
const ADDRESS = /^[0-9]+(\.[0-9]+){3}$/
/** What Amazon S3 keeps for names of its own making. */
const KEPT = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

/** Whether a bucket may be called so, by Amazon S3's rules for general purpose buckets. */
export const isBucketName = (text: string): boolean =>
  text.length >= 3 &&
  text.length <= 63 &&
  text.split('.').every((label) => LABEL.test(label)) &&
  !ADDRESS.test(text) &&
  !KEPT.test(text) &&
  !PUBLIC_NAMES.includes(text)

/** What is wrong with the name of a bucket. */
export const bucketViolations = (name: string | undefined, field: string): readonly Violation[] =>
  name === undefined || isBucketName(name)
    ? []
    : [
        {
          code: 'bucket_name',
          field,
          message:
            'must be 3 to 63 lower-case letters, digits and hyphens, in parts with dots between them that begin and end with ' +
            'a letter or a digit; no IP address, nothing that Amazon S3 keeps for itself (such as xn-- or -s3alias), and ' +
            `none of ${PUBLIC_NAMES.join(', ')}`,
        },
      ]

/** What a CRL is called in its bucket: as in its URL. @param path instead of `crl`; `/` for none */
export const crlKey = (path: string | undefined, file: string): string =>
  path === '/' ? file : `${path ?? 'crl'}/${file}`

/** What an audit report is called in its bucket, as with AWS Private CA. */
export const reportKey = ({ authority, id, format }: Pick<AuditReport, 'authority' | 'id' | 'format'>) =>
  `audit-report/${authority}/${id}.${format.toLowerCase()}`

export type ReportPlace = {
  readonly authority: AuthorityId
  readonly report: ReportId
  readonly format: ReportFormat
}

/** The audit report that a key names; undefined for a key of anything else. */
export function reportAtKey(key: string): ReportPlace | undefined {
  const [, authority = '', report = '', ending] =
    /^audit-report\/([0-9a-f-]{36})\/([0-9a-f-]{36})\.(csv|json)$/.exec(key) ?? []
  if (!isAuthorityId(authority) || !isReportId(report)) return undefined
  return { authority, report, format: ending === 'csv' ? 'CSV' : 'JSON' }
}

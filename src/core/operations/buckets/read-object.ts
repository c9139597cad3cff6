import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { reportAtKey } from '../../domain/buckets.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { repositorySegments } from '../../domain/repository-paths.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { attemptOf } from '../reports/report-attempt.ts'
import { crlFile } from '../revocation/crl-file.ts'

/** What lies in a bucket. */
export type BucketObject = {
  readonly mediaType: string
  /** Octets. */
  readonly length: number
  /** The same for the same octets only; without quotes. */
  readonly etag: string
  readonly lastModified: Millis
  /** From the first octet on, up to but without `to`; read as it is asked for. */
  octets(from: number, to: number): AsyncIterable<Uint8Array>
}

type ReadingPorts = Pick<Ports, 'store' | 'reportFiles'>

/**
 * An object of a bucket, for the bucket's owner alone: an audit report that is made, or a current CRL of an authority.
 * @throws not_found, with `details.missing`: `bucket` also for another account's, `object` also for what isn't made yet
 */
export async function readObject(
  ports: ReadingPorts,
  principal: Principal,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<BucketObject> {
  authorize(principal, 's3:GetObject', arns.object(principal, bucket, key))
  const owner = (await ports.store.reads.buckets.get(bucket))?.account
  if (owner !== principal.account) throw missing('bucket', 'The account has no bucket of that name')
  const object = (await reportIn(ports, bucket, key)) ?? (await crlIn(ports, bucket, key))
  if (object === undefined) throw missing('object', 'The bucket has no object of that name')
  return object
}

const missing = (what: 'bucket' | 'object', message: string): ChanceryError =>
  new ChanceryError('not_found', message, { details: { missing: what } })

async function reportIn(
  { store, reportFiles }: ReadingPorts,
  bucket: string,
  key: string,
): Promise<BucketObject | undefined> {
  const place = reportAtKey(key)
  const report = place && (await store.reads.auditReports.get(place.authority, place.report))
  // What names a bucket has its owner: no report of another account's stands in it.
  if (report?.bucket !== bucket || report.format !== place?.format || report.file === undefined)
    return undefined
  const attempt = attemptOf(report)
  if ((await reportFiles.size(attempt)) !== report.file.size) return undefined
  return {
    mediaType: report.format === 'CSV' ? 'text/csv' : 'application/json',
    length: report.file.size,
    etag: Buffer.from(report.file.sha256).toString('hex').slice(0, 32),
    lastModified: report.finishedAt ?? report.createdAt,
    octets: (from, to) => reportFiles.read(attempt, { from, to }),
  }
}

async function crlIn(
  { store }: ReadingPorts,
  bucket: string,
  key: string,
): Promise<BucketObject | undefined> {
  const segments = repositorySegments(`/${key}`)
  const file = segments && (await crlFile({ store }, segments))
  if (file === undefined) return undefined
  const { crl } = file
  const authority = await store.reads.authorities.public(crl.scope.authority)
  if (authority?.revocation.crl.bucket !== bucket) return undefined
  return {
    mediaType: 'application/pkix-crl',
    length: crl.length,
    etag: String(crl.number),
    lastModified: crl.thisUpdate,
    octets: (from, to) => store.reads.crls.octets(crl, from, to),
  }
}

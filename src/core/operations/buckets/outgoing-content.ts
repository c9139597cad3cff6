import type { Authority } from '../../domain/authorities.ts'
import { crlKey, reportKey } from '../../domain/buckets.ts'
import { isStoredElsewhere, type ObjectSource } from '../../domain/outgoing-objects.ts'
import type { NewObject, ObjectName, StoredObject } from '../../ports/object-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { attemptOf } from '../reports/report-attempt.ts'

/** An object as it is to be, and where. */
export type OutgoingContent = {
  readonly name: ObjectName
  readonly object: NewObject
  /** Of a CRL. */
  readonly number: bigint | undefined
}

type ContentPorts = Pick<Ports, 'store' | 'reportFiles' | 'settings'>

/** The CRL's number, in decimal, with an object in the storage: which of two is the newer one. */
const NUMBER = 'crl-number'
const ACL = 'object-acl'

/** Of a CRL's file, as its scope has it: the authority's id or the shard's name; of a report its id. */
export async function nameOf({ store }: Pick<Ports, 'store'>, source: ObjectSource): Promise<string> {
  if (source.kind === 'report') return source.report
  const { authority, shard } = source.scope
  const name = shard === undefined ? undefined : (await store.reads.shards.get(shard))?.name
  return name ?? authority
}

/** What is to stand in the storage now; undefined where nothing has to any more. @param name as `nameOf` has it */
export async function contentOf(
  ports: ContentPorts,
  authority: Authority,
  source: ObjectSource,
  name: string,
): Promise<OutgoingContent | undefined> {
  const content = await (source.kind === 'report'
    ? reportContent(ports, source)
    : crlContent(ports, authority, source, name))
  return content && isStoredElsewhere(ports.settings.storedBuckets, content.name.bucket) ? content : undefined
}

async function crlContent(
  { store }: ContentPorts,
  { revocation }: Authority,
  { kind, scope }: Exclude<ObjectSource, { kind: 'report' }>,
  name: string,
): Promise<OutgoingContent | undefined> {
  const { bucket, path, objectAcl } = revocation.crl
  const latest = await store.reads.crls.latest(scope, kind)
  if (bucket === undefined || latest === undefined) return undefined
  return {
    name: { bucket, key: crlKey(path, `${name}${kind === 'delta' ? '-delta' : ''}.crl`) },
    number: latest.number,
    object: {
      mediaType: 'application/pkix-crl',
      length: latest.length,
      acl: objectAcl,
      notes: { [NUMBER]: String(latest.number), [ACL]: objectAcl },
      octets: () => store.reads.crls.octets(latest),
    },
  }
}

async function reportContent(
  { store, reportFiles }: ContentPorts,
  source: Extract<ObjectSource, { kind: 'report' }>,
): Promise<OutgoingContent | undefined> {
  const report = await store.reads.auditReports.byId(source.report)
  if (report?.bucket === undefined || report.file === undefined) return undefined
  const attempt = attemptOf(report)
  if ((await reportFiles.size(attempt)) !== report.file.size) return undefined
  return {
    name: { bucket: report.bucket, key: reportKey(report) },
    number: undefined,
    object: {
      mediaType: report.format === 'CSV' ? 'text/csv' : 'application/json',
      length: report.file.size,
      // Whoever owns the bucket says who reads reports.
      acl: undefined,
      notes: {},
      octets: () => reportFiles.read(attempt),
    },
  }
}

/** Whether what stands there is what is to stand there. A report never changes under its name. */
export const isStored = ({ object }: OutgoingContent, stored: StoredObject): boolean =>
  stored.length === object.length &&
  Object.entries(object.notes).every(([name, value]) => stored.notes[name] === value)

/** Whether what stands there is a CRL with a higher number: it must not be replaced by ours. */
export function isNewer(stored: StoredObject, { number }: OutgoingContent): boolean {
  const theirs = stored.notes[NUMBER] ?? ''
  return number !== undefined && /^[0-9]{1,20}$/.test(theirs) && BigInt(theirs) > number
}

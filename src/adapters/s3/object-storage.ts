import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { ObjectAcl } from '../../core/domain/buckets.ts'
import { SECOND, type Millis } from '../../core/domain/time.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { NewObject, ObjectName, ObjectStore, StorageFailure } from '../../core/ports/object-store.ts'
import { exchange, type OutboundAnswer, type OutboundRequest } from '../outbound/exchange.ts'
import type { OutboundPolicy, Resolve } from '../outbound/guard.ts'
import { objectUrl, type Addressing } from './object-url.ts'
import { signedHeaders, type S3Credentials } from './signed-headers.ts'

export type ObjectStorageOptions = {
  /** An origin. */
  readonly endpoint: string
  readonly region: string
  readonly addressing: Addressing
  readonly credentials: S3Credentials
  /** PEM of the authorities to trust; the runtime's own when undefined. */
  readonly ca: readonly string[] | undefined
  /** Signatures are good for 15 minutes around their time. */
  readonly clock: SystemClock
  /** Of the running program. */
  readonly version: string
  /** Addresses of a host name; the system's resolver when absent. */
  readonly resolve?: Resolve
}

/** The endpoint is configuration, so it may be anywhere but where nothing has to be sent (a cloud's metadata service). */
const POLICY: OutboundPolicy = { schemes: ['https:', 'http:'], ports: 'any', privateAddresses: true }
const systemResolver: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** As much of an answer as an error's code is in. */
const MOST_OCTETS = 16_384
const TIMEOUT: Millis = 15 * SECOND
/** Slower than a quarter of a megabyte a second is broken. */
const SLOWEST = 256 * 1024

const ACLS: Readonly<Record<ObjectAcl, string>> = {
  PUBLIC_READ: 'public-read',
  BUCKET_OWNER_FULL_CONTROL: 'bucket-owner-full-control',
}
const NOTE = 'x-amz-meta-'
const NOTHING = createHash('sha256').digest('hex')

/** A storage that speaks S3: HeadObject and PutObject, signed, over a connection to the configured endpoint. */
export function createObjectStorage(options: ObjectStorageOptions): ObjectStore {
  const send = sender(options)
  // Some refuse conditions (501, OpenStack Swift's S3 API), others don't look at them.
  let knowsConditions = true
  return {
    stat: async (name, stopping) => {
      const answer = await send('HEAD', name, {}, NOTHING, undefined, stopping)
      if (answer.outcome === 'failed') return unreached(answer)
      const { status, headers } = answer
      if (status === 404) return { outcome: 'absent' }
      if (status !== 200) return failureOf(answer)
      const { etag, 'content-length': length } = headers
      if (etag === undefined || length === undefined)
        return { outcome: 'failed', detail: 'the storage described an object without ETag or length' }
      return { outcome: 'found', object: { etag, length: Number(length), notes: notesIn(headers) } }
    },
    put: async (name, object, over, stopping) => {
      const digest = await sha256Of(object)
      const headers = headersOf(object, digest)
      const attempt = (condition: Headers) =>
        send('PUT', name, { ...headers, ...condition }, digest.toString('hex'), object, stopping)
      let answer = await attempt(knowsConditions ? conditionOf(over) : {})
      if (knowsConditions && answer.outcome === 'answered' && answer.status === 501) {
        knowsConditions = false
        answer = await attempt({})
      }
      if (answer.outcome === 'failed') return unreached(answer)
      if (answer.status === 200) return { outcome: 'stored' }
      // 409: two at once (ConditionalRequestConflict); 404 where the one to be written over is gone.
      const code = codeIn(answer.body)
      if (answer.status === 412 || code === 'ConditionalRequestConflict' || code === 'NoSuchKey')
        return { outcome: 'changed' }
      return failureOf(answer)
    },
  }
}

type Headers = Readonly<Record<string, string>>

const conditionOf = (over: string | undefined): Headers =>
  over === undefined ? { 'if-none-match': '*' } : { 'if-match': over }

function sender({
  endpoint,
  region,
  addressing,
  credentials,
  ca,
  clock,
  version,
  ...rest
}: ObjectStorageOptions) {
  const { resolve = systemResolver } = rest
  const tls = { verify: true, ...(ca === undefined ? {} : { ca }) }
  return (
    method: 'HEAD' | 'PUT',
    name: ObjectName,
    headers: Headers,
    bodySha256: string,
    body: NewObject | undefined,
    stopping: AbortSignal | undefined,
  ): Promise<OutboundAnswer> => {
    const url = objectUrl(endpoint, addressing, name)
    const signed = signedHeaders(
      {
        method,
        url,
        region,
        headers: { 'user-agent': `chancery/${version}`, ...headers },
        bodySha256,
        now: clock.now(),
      },
      credentials,
    )
    const request: OutboundRequest = { method, url, headers: signed, ...(body === undefined ? {} : { body }) }
    const timeoutMs = TIMEOUT + Math.ceil(((body?.length ?? 0) / SLOWEST) * SECOND)
    return exchange(request, { policy: POLICY, resolve, timeoutMs, mostOctets: MOST_OCTETS, tls }, stopping)
  }
}

async function sha256Of(object: NewObject): Promise<Buffer> {
  const hash = createHash('sha256')
  for await (const piece of object.octets()) hash.update(piece)
  return hash.digest()
}

function headersOf({ mediaType, acl, notes }: NewObject, digest: Buffer): Headers {
  return {
    'content-type': mediaType,
    // What the storage keeps with the object, and checks the body by.
    'x-amz-checksum-sha256': digest.toString('base64'),
    ...(acl === undefined ? {} : { 'x-amz-acl': ACLS[acl] }),
    ...Object.fromEntries(Object.entries(notes).map(([name, value]) => [NOTE + name, value])),
  }
}

const notesIn = (headers: Readonly<Record<string, string | readonly string[] | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(NOTE) && typeof value === 'string' ? [[name.slice(NOTE.length), value]] : [],
    ),
  )

const unreached = ({ reason, detail }: Extract<OutboundAnswer, { outcome: 'failed' }>): StorageFailure => ({
  outcome: 'failed',
  detail: `${reason}: ${detail}`,
})

/** Of these the storage may think otherwise by itself. */
const PASSING = new Set([408, 425, 429])

function failureOf({ status, body }: Extract<OutboundAnswer, { outcome: 'answered' }>): StorageFailure {
  const code = codeIn(body)
  const detail = `the storage answered ${status}${code === undefined ? '' : ` ${code}`}`
  return { outcome: status >= 300 && status < 500 && !PASSING.has(status) ? 'refused' : 'failed', detail }
}

/** The code alone: what S3 says besides repeats the key's id and what was signed. */
const codeIn = (body: Uint8Array): string | undefined =>
  /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(Buffer.from(body).toString('latin1'))?.[1]

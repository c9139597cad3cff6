import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignatureV4 } from '@smithy/signature-v4'
import { createObjectStorage, type ObjectStorageOptions } from '../../src/adapters/s3/object-storage.ts'
import type { ObjectStore } from '../../src/core/ports/object-store.ts'

/** What requests are signed with, here and in a real storage. */
export const STORAGE_CREDENTIALS = {
  accessKeyId: 'chancery:storage',
  secretAccessKey: 'storage-secret-0123456789',
} as const
const REGION = 'eu-central-1'

export type KeptObject = { readonly body: Buffer; readonly headers: IncomingHttpHeaders }

/** A storage in this process that is as strict as Amazon S3 about what it is sent, and can be told to misbehave. */
export type TestStorage = {
  readonly endpoint: string
  /** By `bucket/key`. */
  readonly objects: Map<string, KeptObject>
  readonly buckets: Set<string>
  /** Each request, `PUT bucket/key`. */
  readonly asked: string[]
  /** What it does with If-Match and If-None-Match; kept to begin with. */
  conditions: 'kept' | 'ignored' | 'refused'
  /** Called before each request; answers it, or waits. */
  before: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<'answered' | void> | 'answered' | void
  /** What writes to it, as the server has it. */
  client(more?: Partial<ObjectStorageOptions>): ObjectStore
  close(): Promise<void>
}

export async function aTestStorage(now: () => number): Promise<TestStorage> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const storage: TestStorage = {
    endpoint,
    objects: new Map(),
    buckets: new Set(),
    asked: [],
    conditions: 'kept',
    before: () => undefined,
    client: (more = {}) =>
      createObjectStorage({
        endpoint,
        region: REGION,
        addressing: 'path',
        credentials: STORAGE_CREDENTIALS,
        ca: undefined,
        clock: { now },
        version: '0.0.0-test',
        ...more,
      }),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray().catch(() => [])) as Buffer[])
    storage.asked.push(`${request.method} ${(request.url ?? '').slice(1)}`)
    if ((await storage.before(request, response)) === 'answered') return
    const { status, code, headers = {} } = await decided(storage, request, body)
    const text = code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : text)
  }
  return storage
}

type Decision = {
  readonly status: number
  readonly code?: string
  readonly headers?: Record<string, string | number>
}

async function decided(storage: TestStorage, request: IncomingMessage, body: Buffer): Promise<Decision> {
  const { method, headers } = request
  const name = (request.url ?? '').slice(1)
  const [bucket = ''] = name.split('/')
  const { authorization } = headers
  if (authorization === undefined || authorization !== (await expectedAuthorization(request)))
    return { status: 403, code: 'SignatureDoesNotMatch' }
  if (!storage.buckets.has(bucket)) return { status: 404, code: 'NoSuchBucket' }
  const kept = storage.objects.get(name)
  if (method === 'HEAD')
    return kept === undefined ? { status: 404 } : { status: 200, headers: described(kept) }
  const digest = createHash('sha256').update(body).digest()
  if (headers['x-amz-content-sha256'] !== digest.toString('hex'))
    return { status: 400, code: 'XAmzContentSHA256Mismatch' }
  if (headers['x-amz-checksum-sha256'] !== digest.toString('base64'))
    return { status: 400, code: 'BadDigest' }
  const conditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
  if (conditional && storage.conditions === 'refused') return { status: 501, code: 'NotImplemented' }
  if (storage.conditions === 'kept') {
    if (headers['if-none-match'] === '*' && kept !== undefined)
      return { status: 412, code: 'PreconditionFailed' }
    const over = headers['if-match']
    if (over !== undefined && kept === undefined) return { status: 404, code: 'NoSuchKey' }
    if (over !== undefined && over !== etagOf(kept)) return { status: 412, code: 'PreconditionFailed' }
  }
  storage.objects.set(name, { body, headers })
  return { status: 200, headers: { etag: etagOf({ body }) } }
}

const etagOf = (kept: Pick<KeptObject, 'body'> | undefined): string =>
  kept === undefined ? '' : `"${createHash('md5').update(kept.body).digest('hex')}"`

const described = (kept: KeptObject): Record<string, string | number> => ({
  etag: etagOf(kept),
  'content-length': kept.body.length,
  'content-type': kept.headers['content-type'] ?? '',
  ...Object.fromEntries(
    Object.entries(kept.headers).filter(([name]) => name.startsWith('x-amz-meta-')) as [string, string][],
  ),
})

/** What the request's Authorization must be, by another implementation of Signature Version 4 than the one that made it. */
export async function expectedAuthorization(request: IncomingMessage): Promise<string | undefined> {
  const { authorization = '', ...headers } = request.headers as Record<string, string>
  const names = (/SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '').split(';')
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => names.includes(name))) return undefined
  const signer = new SignatureV4({
    service: 's3',
    region: REGION,
    credentials: STORAGE_CREDENTIALS,
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: false,
  })
  const date = (headers['x-amz-date'] ?? '').replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')
  const signed = await signer.sign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: request.url ?? '',
      headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
    },
    { signingDate: new Date(date), signableHeaders: new Set(names) },
  )
  return signed.headers['authorization']
}

class NodeSha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', secret as string | NodeJS.ArrayBufferView)
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string | NodeJS.ArrayBufferView)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('a hash is used once')
  }
}

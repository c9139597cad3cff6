import { createHash, createHmac, randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { CallAudit } from '../../../src/core/ports/call-audit.ts'
import type { Guard } from '../../../src/faces/http/authenticate.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { apiListener } from '../../../src/main/api-listener.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string }
type Answer = {
  readonly status: number | undefined
  readonly headers: Record<string, unknown>
  readonly body: string
}

let installation: Installation
let api: Listening
let admin: Client
let owner: Keys
let stranger: Keys
let authority: string
let key: string
let octets: Buffer

/** Keys of a user with a policy. */
async function accessKeyOf(client: Client, name = 'deployer', policy = 'AdministratorAccess'): Promise<Keys> {
  await client.createUser({ body: { name } })
  await client.attachPolicy({ params: { policy, kind: 'user', name } })
  const { id, secret } = await client.createAccessKey({ params: { user: name } })
  return { accessKeyId: id, secretAccessKey: secret }
}

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(apiListener(installation.ports, { ready: () => true }).inner)
  admin = clientOf(api, installation.adminToken)
  owner = await accessKeyOf(admin)
  const account = await admin.createAccount({ body: { name: 'other' } })
  const token = await admin.createToken({ body: { name: 't', role: 'administrator', account: account.id } })
  stranger = await accessKeyOf(clientOf(api, token.secret))
  authority = (await admin.listAuthorities()).items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
  await admin.updateAuthority({ params: { authority }, body: { revocation: { crl: { bucket: 'pki' } } } })
  const issued = await admin.issueCertificate({
    body: { names: { dns: ['a.example'] }, key: { algorithm: 'EC_prime256v1' } },
  })
  await admin.revokeCertificate({ params: { id: issued.id }, body: {} })
  const body = { format: 'CSV', bucket: 'pki' } as const
  const asked = await admin.createAuditReport({ params: { authority }, body })
  key = asked.key
  expect(await get(`/pki/${key}`)).toMatchObject({
    status: 404,
    body: expect.stringContaining('NoSuchKey') as string,
  })
  await makeDueReports(installation.ports)
  const params = { authority, report: asked.id }
  octets = Buffer.from((await admin.readAuditReport({ params })).bytes)
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

class Sha256 {
  readonly #hash
  constructor(secret?: Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: Uint8Array | string) {
    this.#hash.update(data)
  }
  digest() {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }
}
type Options = {
  readonly keys?: Keys
  readonly host?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly presign?: boolean
  readonly service?: string
  readonly query?: Record<string, string>
}
/** As S3's own clients sign: with the path as it is. */
async function get(path: string, options: Options = {}): Promise<Answer> {
  const {
    keys = owner,
    host = `127.0.0.1:${api.port}`,
    method = 'GET',
    headers = {},
    presign = false,
  } = options
  const { service = 's3', query = {} } = options
  const signer = new SignatureV4({
    ...{ service, region: 'us-east-1', credentials: keys, sha256: Sha256 as never },
    uriEscapePath: false,
    applyChecksum: true,
  })
  const given = { method, protocol: 'http:', hostname: host, path, query, headers: { host, ...headers } }
  // Its own presigner says in the query that no body is signed.
  const hash = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const signed = presign
    ? await signer.presign({ ...given, headers: { host, ...hash } })
    : await signer.sign(given)
  const target = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  return raw(method, `${path}${target.length === 0 ? '' : `?${target.join('&')}`}`, signed.headers)
}

function raw(method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: api.port, method, path, headers }, (response) => {
      response.toArray().then((pieces) => {
        const body = Buffer.concat(pieces as Buffer[]).toString('latin1')
        resolve({ status: response.statusCode, headers: response.headers, body })
      }, reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}
const code = ({ body }: Answer) => /<Code>(.*)<\/Code>/.exec(body)?.[1]
const text = () => octets.toString('latin1')

describe('an audit report in a bucket', () => {
  test('is read by path and by host name, whole and in part; HEAD says what it is', async () => {
    const whole = await get(`/pki/${key}`)
    expect(whole).toMatchObject({ status: 200, body: text() })
    expect(whole.headers).toMatchObject({
      'content-type': 'text/csv',
      'content-length': String(octets.length),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as string,
    })
    expect(Date.parse(String(whole.headers['last-modified']))).toBeGreaterThan(0)
    const host = 'pki.s3.us-east-1.ca.example.com:8443'
    expect(await get(`/${key}`, { host })).toMatchObject({ status: 200, body: text() })
    const part = await get(`/pki/${key}`, { headers: { range: 'bytes=4-9' } })
    expect(part).toMatchObject({ status: 206, body: text().slice(4, 10) })
    expect(part.headers['content-range']).toBe(`bytes 4-9/${octets.length}`)
    expect(await get(`/pki/${key}`, { headers: { range: `bytes=${octets.length}-` } })).toMatchObject({
      status: 416,
    })
    const head = await get(`/pki/${key}`, { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers['content-length']).toBe(String(octets.length))
  })

  test('is read by a presigned URL, whose body nobody signs, and with what S3’s clients put into it', async () => {
    expect(await get(`/pki/${key}`, { presign: true })).toMatchObject({ status: 200, body: text() })
    const query = { 'x-id': 'GetObject', 'x-amz-checksum-mode': 'ENABLED' }
    expect(await get(`/pki/${key}`, { presign: true, query })).toMatchObject({ status: 200 })
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    expect(await get(`/pki/${key}`, { headers })).toMatchObject({ status: 200 })
  })

  test('is its owner’s alone: to another account neither bucket nor object is there', async () => {
    const theirs = await get(`/pki/${key}`, { keys: stranger })
    const nobodys = await get(`/nobodys/${key}`, { keys: stranger })
    expect([theirs.status, code(theirs)]).toEqual([404, 'NoSuchBucket'])
    expect([nobodys.status, code(nobodys)]).toEqual([404, 'NoSuchBucket'])
    const without = (body: string) => body.replace(/<RequestId>.*<\/RequestId>/, '')
    expect(without(theirs.body)).toBe(without(nobodys.body))
  })

  test('isn’t there without a signature, with a wrong one, or with one for another service', async () => {
    expect(await raw('GET', `/pki/${key}`, {})).toMatchObject({ status: 404 })
    const wrong = await get(`/pki/${key}`, { keys: { ...owner, secretAccessKey: 'wrong' } })
    expect([wrong.status, code(wrong)]).toEqual([403, 'SignatureDoesNotMatch'])
    const unknown = await get(`/pki/${key}`, { keys: { ...owner, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' } })
    expect([unknown.status, code(unknown)]).toEqual([403, 'InvalidAccessKeyId'])
    expect((await get(`/pki/${key}`, { service: 'acm-pca' })).status).toBe(404)
    // What is signed for S3 is good for nothing else.
    expect((await get('/v1/authorities')).status).toBe(404)
  })

  test('takes the right to read objects', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::pki/audit-report/*' }],
    }
    await admin.createPolicy({ body: { name: 'reports', document } })
    const reader = await accessKeyOf(admin, 'reader', 'reports')
    expect(await get(`/pki/${key}`, { keys: reader })).toMatchObject({ status: 200 })
    const crl = await get(`/pki/crl/${authority}.crl`, { keys: reader })
    expect([crl.status, code(crl)]).toEqual([403, 'AccessDenied'])
    const issuer = await accessKeyOf(admin, 'issuer', 'IssuerAccess')
    const refused = await get(`/pki/${key}`, { keys: issuer })
    expect([refused.status, code(refused)]).toEqual([403, 'AccessDenied'])
  })

  test('is written and listed by nobody', async () => {
    for (const method of ['PUT', 'DELETE', 'POST']) {
      const answer = await get(`/pki/${key}`, { method })
      expect([answer.status, code(answer)]).toEqual([405, 'MethodNotAllowed'])
    }
    const list = await get('/pki', { query: { 'list-type': '2' } })
    expect([list.status, code(list)]).toEqual([404, 'NoSuchKey'])
  })

  test.each([
    ...['audit-report/../', 'audit-report//', '%2e%2e/', 'audit-report/%2e%2e/', './', 'crl/..%2f', '..\\'],
    ...['audit-report/', 'audit-report/x.csv', '', 'crl/', 'audit-report%2F', '\0'.replace('\0', '%00')],
  ])('isn’t %j, nor is anything else: no path leads out of a bucket', async (prefix) => {
    for (const target of [
      `/pki/${prefix}`,
      `/pki/${prefix}${key}`,
      `/${prefix}pki/${key}`,
      `/..${prefix}/pki/${key}`,
    ]) {
      if (target === `/pki/${key}`) continue
      const { status } = await get(target)
      expect([400, 403, 404], target).toContain(status)
    }
    expect((await get(`/pki/audit-report/${authority}/${randomUUID()}.csv`)).status).toBe(404)
    expect((await get(`/pki/${key.replace('.csv', '.json')}`)).status).toBe(404)
  })
})

test('a CRL is read likewise, where its authority keeps it', async () => {
  const crl = await readCrl(installation.ports, authority)
  const answer = await get(`/pki/crl/${authority}.crl`)
  expect(answer).toMatchObject({ status: 200, body: Buffer.from(crl?.der ?? []).toString('latin1') })
  expect(answer.headers['content-type']).toBe('application/pkix-crl')
  const root = (await admin.listAuthorities()).items.find(({ kind }) => kind === 'root')?.id
  expect((await get(`/pki/crl/${root}.crl`)).status).toBe(404)
})

test('reading goes through what guards every face, and into the audit trail', async () => {
  const recorded: unknown[] = []
  let admits = true
  const audit: CallAudit = {
    read: async (principal, { name, parameters }) => void recorded.push([principal.id, name, parameters]),
    refused: async (_, { name, source }, error) =>
      void recorded.push([name, source, (error as ChanceryError).code]),
  }
  const guard: Guard = (_, authenticate) => {
    if (admits) return authenticate()
    throw new ChanceryError('throttled', 'too many failed authentications')
  }
  const open = api
  const guarded = await listening(apiListener(installation.ports, { ready: () => true, guard, audit }).inner)
  try {
    api = guarded
    await get(`/pki/${key}`)
    await get(`/pki/${key}`, { keys: stranger })
    admits = false
    const refused = await get(`/pki/${key}`)
    expect([refused.status, code(refused)]).toEqual([503, 'SlowDown'])
  } finally {
    api = open
    await guarded.close()
  }
  expect(recorded).toEqual([
    ['user/deployer', 'GetObject', { bucketName: 'pki', key }],
    ['GetObject', 's3.amazonaws.com', 'not_found'],
    ['GetObject', 's3.amazonaws.com', 'throttled'],
  ])
})

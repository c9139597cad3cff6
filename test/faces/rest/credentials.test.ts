import { request, type IncomingMessage } from 'node:http'
import aws4 from 'aws4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { addAccessKey, type TestKey } from '../../support/identities.ts'
import { anInstallation, listening, type Installation, type Listening } from '../installation.ts'

let given: Installation
let api: Listening
let key: TestKey
beforeAll(async () => {
  given = await anInstallation()
  api = await listening(createRestApp(given.ports, { ready: () => true, bodyLimit: 4096 }))
  key = await addAccessKey(given.ports, given.account, 'alice')
})
afterAll(async () => {
  await api.close()
  await given.close()
})

type Answer = { readonly status: number; readonly json: Record<string, unknown> }
/** Sends exactly these headers, doubled ones too. */
function send(
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[],
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: api.port,
      method,
      path,
      headers: headers.flat(),
      setHost: false,
    }
    const outgoing = request(options, (incoming: IncomingMessage) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, json: JSON.parse(text || '{}') as Answer['json'] }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

type Signing = {
  readonly method?: string
  readonly body?: string
  readonly signQuery?: boolean
  readonly service?: string
  readonly headers?: Readonly<Record<string, string>>
}
function signed(
  path: string,
  { method = 'GET', body, signQuery = false, service = 'chancery', headers }: Signing = {},
) {
  const options = aws4.sign(
    {
      ...{ method, path: signQuery ? `${path}${path.includes('?') ? '&' : '?'}X-Amz-Expires=60` : path },
      ...{ host: `127.0.0.1:${api.port}`, service, region: 'us-east-1', signQuery },
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json', ...headers } }),
      ...(body === undefined && headers !== undefined ? { headers: { ...headers } } : {}),
    },
    { accessKeyId: key.id, secretAccessKey: key.secret },
  )
  const pairs = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)] as const)
  return { path: options.path ?? '', headers: pairs }
}
const bearer = (): readonly [string, string] => ['Authorization', `Bearer ${given.adminToken}`]
const host = (): readonly [string, string] => ['Host', `127.0.0.1:${api.port}`]

describe('a signed request to the API', () => {
  it.each(['chancery', 'acm', 'acm-pca'])('is answered, for the service %s', async (service) => {
    const { path, headers } = signed('/v1/authorities?limit=1', { service })
    const { status, json } = await send('GET', path, headers)
    expect(status, JSON.stringify(json)).toBe(200)
    expect(json['items']).toHaveLength(1)
  })

  it('with a body is answered, and audited as its user’s', async () => {
    const body = JSON.stringify({ name: 'signed', rules: {}, base: 'tls-server' }).replace('"rules":{},', '')
    const { path, headers } = signed('/v1/profiles', { method: 'POST', body })
    const { status, json } = await send('POST', path, headers, body)
    expect(status, JSON.stringify(json)).toBe(201)
    const other = await send('POST', path, headers, body.replace('signed', 'others'))
    expect(other.status).toBe(401)
    expect(other.json['details']).toEqual({ signature: 'mismatch' })
  })

  it('in the query is answered; its parameters are none of the operation’s', async () => {
    const { path } = signed('/v1/authorities?limit=1', { signQuery: true })
    expect((await send('GET', path, [host()])).status).toBe(200)
    expect((await send('GET', path.replace('limit=1', 'limit=2'), [host()])).status).toBe(401)
    const unknown = signed('/v1/authorities?no=1', { signQuery: true })
    expect((await send('GET', unknown.path, [host()])).status).toBe(400)
  })

  it('of the wrong service is refused', async () => {
    const { path, headers } = signed('/v1/authorities', { service: 'sts' })
    expect((await send('GET', path, headers)).json['details']).toEqual({ signature: 'scope' })
  })

  it('with too large a body is refused as every other is', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(70_000) })
    const { path, headers } = signed('/v1/profiles', { method: 'POST', body })
    expect((await send('POST', path, headers, body)).status).toBe(413)
  })

  it('leaves neither secret nor signature in the log', () => {
    const log = JSON.stringify(given.log)
    expect(log).not.toContain(key.secret)
    expect(log).not.toContain('X-Amz-Signature')
  })
})

describe('attack: more than one credential at once', () => {
  it('a signature in the query and a token in the header', async () => {
    const { path } = signed('/v1/authorities', { signQuery: true })
    const { status, json } = await send('GET', path, [host(), bearer()])
    expect(status).toBe(401)
    expect(json['detail']).toContain('one credential at a time')
  })

  it('a signature in the query and one in the header', async () => {
    const { headers } = signed('/v1/authorities')
    const { path } = signed('/v1/authorities', { signQuery: true })
    expect((await send('GET', path, headers)).status).toBe(401)
  })

  it.each(['X-Amz-Signature=0', 'x-amz-date=1', 'X-Amz-Credential=a'])(
    'a part of a signature in the query, %s, and a token',
    async (part) => {
      const { status } = await send('GET', `/v1/authorities?${part}`, [host(), bearer()])
      expect(status).toBe(401)
    },
  )

  it('two Authorization headers, whatever they say', async () => {
    for (const second of [
      bearer(),
      ['authorization', 'Bearer other'] as const,
      ['AUTHORIZATION', ''] as const,
    ]) {
      const { status, json } = await send('GET', '/v1/authorities', [host(), bearer(), second])
      expect(status).toBe(401)
      expect(json['detail']).toContain('two Authorization headers')
    }
    expect((await send('GET', '/v1/authorities', [host(), bearer()])).status).toBe(200)
  })
})

describe('a role that is wanted', () => {
  it('is refused with what stands for one identity', async () => {
    const wanted = ['Chancery-Role', 'arn:aws:iam::111122223333:role/x'] as const
    expect((await send('GET', '/v1/authorities', [host(), bearer(), wanted])).status).toBe(400)
    const { path, headers } = signed('/v1/authorities', { headers: { 'Chancery-Role': wanted[1] } })
    expect((await send('GET', path, headers)).status).toBe(400)
  })
  it('must be a role’s ARN', async () => {
    const { status, json } = await send('GET', '/v1/authorities', [
      host(),
      bearer(),
      ['Chancery-Role', 'root'],
    ])
    expect(status).toBe(400)
    expect(json['violations']).toMatchObject([{ field: 'Chancery-Role', code: 'role_arn' }])
  })
})

describe('nothing, or something that nobody reads', () => {
  it.each<readonly (readonly [string, string])[]>([
    [['Authorization', 'Basic dXNlcjpwYXNz']],
    [['Authorization', 'Bearer']],
    [['Authorization', 'AWS4-HMAC-SHA256']],
    [['Authorization', 'AWS4-ECDSA-P256-SHA256 Credential=a']],
    [['Authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.AAAA']],
    [['X-Forwarded-User', 'admin']],
  ])('%j is unauthenticated', async (header) => {
    const { status, json } = await send('GET', '/v1/authorities', [host(), header])
    expect(status).toBe(401)
    expect(json['code']).toBe('unauthenticated')
  })
})

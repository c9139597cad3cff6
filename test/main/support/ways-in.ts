import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import aws4 from 'aws4'
import type { Client } from '../../../src/contract/client.ts'

type Keys = { readonly id: string; readonly secret: string }
export type Credential = 'right' | 'none' | 'unknown' | 'wrong' | 'confined'

/** An account with something to ask for, and users of whom one is confined to the listener `ops`. */
export type World = {
  readonly token: string
  readonly tokenId: string
  readonly keys: Keys
  readonly confined: Keys
  /** Path of an object in a bucket. */
  readonly object: string
  readonly secrets: readonly string[]
}

const CONFINING = {
  Version: '2012-10-17',
  Statement: {
    ...{ Effect: 'Deny', Action: '*', Resource: '*' },
    Condition: { StringNotEquals: { 'aws:SourceVpce': 'ops' } },
  },
}

/** Makes what the ways in ask for. */
export async function serving(admin: Client): Promise<World> {
  await admin.createPolicy({ body: { name: 'confining', document: CONFINING } })
  const userWith = async (name: string, policies: readonly string[]): Promise<Keys> => {
    await admin.createUser({ body: { name } })
    for (const policy of policies) await admin.attachPolicy({ params: { policy, kind: 'user', name } })
    return admin.createAccessKey({ params: { user: name } })
  }
  const keys = await userWith('deployer', ['AdministratorAccess'])
  const confined = await userWith('confined', ['AdministratorAccess', 'confining'])
  const { id: tokenId, secret: token } = await admin.createToken({
    body: { name: 't', role: 'administrator' },
  })
  const authority = (await admin.listAuthorities()).items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
  await admin.updateAuthority({ params: { authority }, body: { revocation: { crl: { bucket: 'pki' } } } })
  const body = { names: { dns: ['a.example'] }, key: { algorithm: 'ED25519' as const } }
  const { id } = await admin.issueCertificate({ body })
  await admin.revokeCertificate({ params: { id }, body: {} })
  const secrets = [keys.secret, confined.secret, token]
  return { token, tokenId, keys, confined, object: `/pki/crl/${authority}.crl`, secrets }
}

export type Wish = {
  readonly credential: Credential
  readonly headers?: Readonly<Record<string, string>>
  /** Length of the body, filled up with what means nothing. */
  readonly octets?: number
  readonly chunked?: boolean
  /** Asked for as proxies are. */
  readonly absolute?: boolean
  readonly keepAlive?: boolean
}

export type Said = {
  readonly requestId: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A call that succeeds, by one face and one kind of credential. */
export type Way = {
  readonly name: string
  readonly protocol: 'rest' | 'json' | 'restJson' | 'query' | 's3'
  readonly method: 'GET' | 'POST'
  /** As logs and metrics have it. */
  readonly route: string
  /** As limits name it. */
  readonly limit: string
  /** As the audit trail names it, and of which service, where the face says so. */
  readonly operation: string
  readonly source?: string
  /** Whether a policy can refuse it. */
  readonly needsRight: boolean
  readonly bodyLimit: number
  readonly principal: (world: World) => string
  readonly call: (world: World, port: number, wish: Wish) => Promise<Said>
  readonly codeIn: (said: Said) => unknown
}

type Call = {
  readonly service: string
  readonly path: (world: World) => string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What fills a body up. */
  readonly filler?: string
  readonly presigned?: boolean
}

/** Calls as somebody's who signs with `aws4`, in the header or in the query. */
const signing =
  (method: Way['method'], { service, path, type, headers, body, filler = ' ', presigned }: Call) =>
  (world: World, port: number, wish: Wish): Promise<Said> => {
    const content = body?.padEnd(wish.octets ?? 0, filler)
    const host = `127.0.0.1:${port}`
    const fields = { Host: host, ...(type && { 'Content-Type': type }), ...headers, ...wish.headers }
    const asked = { method, path: path(world), headers: fields }
    const keys = keysFor(world, wish.credential)
    if (keys === undefined) return send(port, asked, content, wish)
    const made = aws4.sign(
      {
        ...{ ...asked, host, service, region: 'us-east-1', signQuery: presigned === true },
        // Neither do SDKs sign the length.
        ...{ extraHeadersToIgnore: { 'content-length': true, 'x-forwarded-for': true } },
        ...(content !== undefined && { body: content }),
      },
      keys,
    )
    return send(port, { method, path: String(made.path), headers: made.headers as Fields }, content, wish)
  }

function keysFor({ keys, confined }: World, credential: Credential) {
  const { id: accessKeyId, secret: secretAccessKey } = credential === 'confined' ? confined : keys
  if (credential === 'none') return undefined
  if (credential === 'unknown') return { accessKeyId: 'AKIANOBODYNOBODY0000', secretAccessKey }
  return { accessKeyId, secretAccessKey: credential === 'wrong' ? 'wrong' : secretAccessKey }
}

type Fields = Readonly<Record<string, string>>
type Asked = { readonly method: string; readonly path: string; readonly headers: Fields }

/** @returns the answer as soon as it is there, however much of the body is still to be sent */
function send(port: number, asked: Asked, body: string | undefined, wish: Wish): Promise<Said> {
  const requestId = randomUUID()
  const { 'Content-Length': _, ...plain } = asked.headers
  const length =
    wish.chunked === true ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body?.length ?? 0 }
  const headers = { ...plain, ...(body === undefined ? {} : length), 'X-Request-Id': requestId }
  const path = wish.absolute === true ? `http://127.0.0.1:${port}${asked.path}` : asked.path
  const agent = new Agent({ keepAlive: wish.keepAlive === true })
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method: asked.method, path, headers }
    let answered = false
    const request = httpRequest(options, (response) => {
      answered = true
      response.toArray().then((pieces) => {
        const text = Buffer.concat(pieces as Buffer[]).toString('latin1')
        resolve({ requestId, status: response.statusCode ?? 0, headers: response.headers, text })
      }, reject)
    })
    // Whoever is refused while it still sends may find the connection closed.
    request.on('error', (error) => answered || reject(error))
    request.end(body)
  })
}

const jsonCode =
  (member: string) =>
  ({ text }: Said) =>
    (JSON.parse(text) as Record<string, unknown>)[member]
const xmlCode = ({ text }: Said) => /<Code>(.*?)<\/Code>/.exec(text)?.[1]

const ISSUE: Omit<Way, 'name' | 'principal' | 'call'> = {
  ...{ protocol: 'rest', method: 'POST', route: '/v1/certificates', limit: 'issueCertificate' },
  ...{ operation: 'IssueCertificate', needsRight: true, bodyLimit: 64 * 1024, codeIn: jsonCode('code') },
}
const body = '{"names":{"dns":["a.example"]},"key":{"algorithm":"ED25519"}}'
const restCall = { path: () => '/v1/certificates', type: 'application/json', body }
const user = () => 'user/deployer'

/** One way in for each protocol, and for each credential that REST takes and AWS's clients don't, or the other way round. */
export const waysIn: readonly Way[] = [
  {
    ...ISSUE,
    name: 'REST with a token',
    needsRight: false,
    principal: ({ tokenId }) => `token/${tokenId}`,
    call: ({ token }, port, wish) => {
      const { path, type, body: text } = restCall
      const shown = { right: token, none: undefined, unknown: 'nobodys', wrong: `${token}x`, confined: '' }
      const bearer = shown[wish.credential]
      const authorization = bearer === undefined ? undefined : { Authorization: `Bearer ${bearer}` }
      const headers = { 'Content-Type': type, ...authorization, ...wish.headers }
      return send(port, { method: 'POST', path: path(), headers }, text.padEnd(wish.octets ?? 0), wish)
    },
  },
  {
    ...ISSUE,
    name: 'REST, signed',
    principal: user,
    call: signing('POST', { ...restCall, service: 'chancery' }),
  },
  {
    ...{ name: 'AWS JSON', protocol: 'json', method: 'POST', needsRight: true, principal: user },
    ...{ operation: 'ListCertificateAuthorities', source: 'acm-pca.amazonaws.com' },
    route: 'acm-pca:ListCertificateAuthorities',
    limit: 'acm-pca:ListCertificateAuthorities',
    bodyLimit: 4 * 1024 * 1024,
    call: signing('POST', {
      ...{ service: 'acm-pca', path: () => '/', type: 'application/x-amz-json-1.1', body: '{}' },
      headers: { 'X-Amz-Target': 'ACMPrivateCA.ListCertificateAuthorities' },
    }),
    codeIn: jsonCode('__type'),
  },
  {
    ...{ name: 'REST-JSON', protocol: 'restJson', method: 'POST', needsRight: true, principal: user },
    ...{ operation: 'GetResourceShares', source: 'ram.amazonaws.com' },
    ...{ route: 'ram:GetResourceShares', limit: 'ram:GetResourceShares', bodyLimit: 1024 * 1024 },
    call: signing('POST', {
      ...{ service: 'ram', path: () => '/getresourceshares', type: 'application/json' },
      body: '{"resourceOwner":"SELF"}',
    }),
    codeIn: jsonCode('__type'),
  },
  {
    ...{ name: 'the query protocol', protocol: 'query', method: 'POST', needsRight: false, principal: user },
    ...{ operation: 'GetCallerIdentity', source: 'sts.amazonaws.com' },
    ...{ route: 'sts:GetCallerIdentity', limit: 'sts:GetCallerIdentity', bodyLimit: 128 * 1024 },
    call: signing('POST', {
      ...{ service: 'sts', path: () => '/', type: 'application/x-www-form-urlencoded' },
      ...{ body: 'Action=GetCallerIdentity&Version=2011-06-15&Unknown=', filler: 'x' },
    }),
    codeIn: xmlCode,
  },
  {
    ...{ name: 'the query protocol, presigned', protocol: 'query', method: 'GET', needsRight: false },
    ...{ operation: 'GetCallerIdentity', source: 'sts.amazonaws.com', principal: user },
    ...{ route: 'sts:GetCallerIdentity', limit: 'sts:GetCallerIdentity', bodyLimit: 0 },
    call: signing('GET', {
      ...{ service: 'sts', presigned: true },
      path: () => '/?Action=GetCallerIdentity&Version=2011-06-15',
    }),
    codeIn: xmlCode,
  },
  {
    ...{ name: 'S3', protocol: 's3', method: 'GET', needsRight: true, principal: user },
    ...{ operation: 'GetObject', source: 's3.amazonaws.com', route: 's3:GetObject', limit: 's3:GetObject' },
    bodyLimit: 0,
    call: signing('GET', { service: 's3', path: ({ object }) => object }),
    codeIn: xmlCode,
  },
]

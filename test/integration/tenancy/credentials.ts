import { sign } from 'aws4'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { createNodeFetch } from '../../../src/contract/node-fetch.ts'
import { systemClock } from '../../../src/adapters/system/clock.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { aRequest, keyPair } from '../../core/operations/requests.ts'
import { TestIssuer } from '../../core/operations/authentication/issuer.ts'
import { exchange } from '../support/load.ts'
import { ADMIN_TOKEN, aServer, type LocalServer } from '../support/servers.ts'
import type { Send } from './said.ts'

/** Every way to prove who one is. */
export const CREDENTIALS = [
  'token',
  'scoped token',
  'signature',
  'presigned URL',
  'session',
  'JWT',
  'client certificate',
  'authorizer',
] as const
export type Credential = (typeof CREDENTIALS)[number]

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const POLICY = 'AdministratorAccess'
const SPIFFE = 'spiffe://other.example/walker'
const API_KEY = 'the-key-of-a-walker'

export type Tenants = {
  readonly server: LocalServer
  /** Administrator of the first account and of the installation. */
  readonly admin: Client
  readonly clientOf: (token: string) => Client
  /** As an administrator of another account, by each kind of credential. */
  readonly senders: Readonly<Record<Credential, Send>>
  dispose(): Promise<void>
}

/** A simulated installation over TLS with two accounts, of which the second can prove itself in every way. */
export async function tenants(): Promise<Tenants> {
  const authorizer = await anAuthorizer()
  const server = await aServer(
    {
      CHANCERY_TLS: 'on',
      CHANCERY_CLIENT_CERTIFICATES: 'on',
      CHANCERY_AUTHORIZER_URL: authorizer.url,
      CHANCERY_AUTHORIZER_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      CHANCERY_AUTHORIZER_HEADERS: 'X-Api-Key',
    },
    'simulation',
  )
  const ca = readFileSync(server.listenerCaFile ?? '')
  const fetch = createNodeFetch({ ca })
  const client = (token: string) => createClient({ url: server.apiUrl, token, fetch })
  const admin = client(ADMIN_TOKEN)
  const { id: account } = await admin.createAccount({ body: { name: 'other' } })
  authorizer.tellAccount(account)
  const { secret: token } = await admin.createToken({
    body: { name: 'other', role: 'administrator', account },
  })
  const agent = new Agent({ keepAlive: true, ca })
  const { senders, close } = await allSenders(
    { url: server.apiUrl, agent, ca, token, account },
    client(token),
  )
  return {
    server,
    admin,
    clientOf: client,
    senders,
    dispose: async () => {
      close()
      agent.destroy()
      fetch.close()
      authorizer.close()
      await server.dispose()
    },
  }
}

type Side = {
  readonly url: string
  readonly agent: Agent
  readonly ca: Buffer
  readonly token: string
  readonly account: string
}
type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }

async function allSenders(side: Side, admin: Client) {
  const { agent, token, account } = side
  await admin.createUser({ body: { name: 'walker' } })
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
  }
  const role = await admin.createRole({ body: { name: 'walker', trust } })
  for (const kind of ['user', 'role'] as const)
    await admin.attachPolicy({ params: { policy: POLICY, kind, name: 'walker' } })
  const key = await admin.createAccessKey({ params: { user: 'walker' } })
  const keys = { accessKeyId: key.id, secretAccessKey: key.secret }
  const scoped = await admin.createToken({
    body: { name: 'scoped', role: 'administrator', scope: EVERYTHING },
  })
  const session = await admin.assumeRole({ body: { role: 'walker', session: 'walking' } })
  const withCertificate = await clientCertificate(side, admin, role.arn)
  const bearer = (secret: string) => sender(side, agent, { authorization: `Bearer ${secret}` })
  const senders: Record<Credential, Send> = {
    token: bearer(token),
    'scoped token': bearer(scoped.secret),
    signature: signing(side, keys),
    'presigned URL': signing(side, keys, true),
    session: signing(side, session),
    JWT: bearer(await jwt(admin, account, role.arn)),
    'client certificate': sender(side, withCertificate, {}),
    authorizer: sender(side, agent, { 'x-api-key': API_KEY }),
  }
  return { senders, close: () => withCertificate.destroy() }
}

const sender =
  ({ url }: Side, agent: Agent, more: Readonly<Record<string, string>>): Send =>
  (path, method, headers, body) =>
    exchange(agent, url + path, method, { ...headers, ...more }, body)

/** Signs with a signer of other people's. */
const signing =
  ({ url, agent }: Side, keys: Keys, signQuery = false): Send =>
  (path, method, headers, body) => {
    const region = headers['chancery-region'] ?? 'us-east-1'
    const { host } = new URL(url)
    const request = { host, method, path, headers: { ...headers }, service: 'chancery', region, signQuery }
    const signed = sign(body === undefined ? request : { ...request, body }, keys)
    return exchange(agent, url + (signed.path ?? ''), method, signed.headers as Record<string, string>, body)
  }

async function jwt(admin: Client, account: string, role: string): Promise<string> {
  const issuer = new TestIssuer('https://idp.other.example/', 'RS256')
  const jwks = JSON.parse(issuer.keySet()) as { keys: Record<string, unknown>[] }
  await admin.createIdentityProvider({
    body: { name: 'idp', issuer: issuer.url, jwks, rules: [{ claims: { sub: 'walker' }, role }] },
  })
  const now = systemClock.now()
  return issuer.token(now, { aud: `chancery:${account}`, sub: 'walker', exp: Math.floor(now / 1000) + 3600 })
}

/** An agent that shows a certificate of an authority of the account. */
async function clientCertificate({ ca }: Side, admin: Client, role: string): Promise<Agent> {
  await admin.createAuthority({
    body: { kind: 'root', name: 'clients', subject: { commonName: 'Clients' } },
  })
  await admin.createAuthority({
    body: {
      kind: 'subordinate',
      parent: 'clients',
      name: 'issuing',
      subject: { commonName: 'Issuing' },
    },
  })
  await admin.createCertificateMapping({
    body: { authority: 'issuing', kind: 'spiffe', value: SPIFFE, role },
  })
  const { certificate } = await admin.issueCertificate({
    body: {
      authority: 'issuing',
      profile: 'tls-client',
      names: { uri: [SPIFFE] },
      csr: pemEncode('CERTIFICATE REQUEST', aRequest({ names: [] })),
    },
  })
  const key = keyPair('EC_prime256v1').privateKey.export({ format: 'pem', type: 'pkcs8' })
  return new Agent({ keepAlive: true, ca, cert: certificate, key })
}

/** Somebody outside who knows one key. */
async function anAuthorizer() {
  let account = ''
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      const known = body.includes(API_KEY)
      response.writeHead(known ? 200 : 403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ principal: 'walker', account, policy: EVERYTHING, ttlSeconds: 60 }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    tellAccount: (id: string) => {
      account = id
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

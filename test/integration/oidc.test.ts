import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Provider, type JWK } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/contract/client.ts'
import { startChancery, type Chancery } from '../../src/testing/index.ts'
import { aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const CLIENT = { client_id: 'deploy/production', client_secret: randomUUID() }
const DEPLOYER = 'deployer'

/** A signing key as a provider keeps it. */
function aKey(alg: 'RS256' | 'ES256'): JWK {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() }
}

/** The same for all, so that nothing is refused for an unknown key but what shall be. */
const KEYS = [aKey('ES256'), aKey('RS256')]

/** A provider of others' making, which gives its clients JWTs for this audience. */
const provider = (url: string, audience: string, alg: 'RS256' | 'ES256', keys = KEYS) =>
  new Provider(url, {
    jwks: { keys },
    clients: [
      {
        ...CLIENT,
        ...{ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: alg,
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:chancery',
        getResourceServerInfo: () => ({
          ...{ scope: '', audience, accessTokenTTL: 300, accessTokenFormat: 'jwt' as const },
          jwt: { sign: { alg } },
        }),
      },
    },
  })

describe('tokens of a real OpenID provider', () => {
  let authority: Chancery
  let directory: string
  let server: LocalServer
  let url: string
  let account: string
  let role: string
  let standing: Provider
  let listening: ReturnType<typeof createServer>

  beforeAll(async () => {
    authority = await startChancery()
    directory = temporaryDirectory()
    const caFile = join(directory, 'ca.pem')
    writeFileSync(caFile, authority.root)
    const { cert, key } = await authority.issue({ dns: 'localhost', ip: '127.0.0.1' })
    listening = createServer({ cert, key }, (asked, answer) => void standing.callback()(asked, answer))
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    url = `https://localhost:${(listening.address() as AddressInfo).port}`
    server = await aServer({
      CHANCERY_OUTBOUND_CA_FILE: caFile,
      CHANCERY_OUTBOUND_PRIVATE: 'allow',
      CHANCERY_OUTBOUND_PORTS: 'any',
    })
    ;({ account } = await server.admin.describeInstallation())
    standing = provider(url, `chancery:${account}`, 'ES256')
    role = `arn:aws:iam::${account}:role/${DEPLOYER}`
    await furnish()
  })
  afterAll(async () => {
    await server.dispose()
    listening.closeAllConnections()
    await new Promise((resolve) => listening.close(resolve))
    await authority[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  /** A role that may issue, for this client of the provider. */
  async function furnish(): Promise<void> {
    const { admin } = server
    const trust = {
      Version: '2012-10-17' as const,
      Statement: [{ Effect: 'Allow' as const, Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
    }
    await admin.createRole({ body: { name: DEPLOYER, trust } })
    await admin.attachPolicy({ params: { policy: 'IssuerAccess', kind: 'role', name: DEPLOYER } } as never)
    await admin.createIdentityProvider({
      body: {
        ...{ name: 'login', issuer: url, jwksUrl: `${url}/jwks` },
        rules: [{ claims: { sub: 'deploy/*', client_id: CLIENT.client_id }, role }],
      },
    })
  }

  async function aToken(): Promise<string> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asked = request(`${url}/token`, { method: 'POST', ca: authority.root, headers })
    asked.end(new URLSearchParams({ ...CLIENT, grant_type: 'client_credentials' }).toString())
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const text = Buffer.concat(await answer.toArray()).toString()
    expect(answer.statusCode, text).toBe(200)
    return (JSON.parse(text) as { access_token: string }).access_token
  }
  const issueWith = (token: string) =>
    createClient({ url: server.apiUrl, token }).issueCertificate({
      body: { names: { dns: ['www.example.com'] }, key: { algorithm: 'EC_prime256v1' } },
    })

  test.each(['ES256', 'RS256'] as const)(
    'signed with %s let its client act in the role that the account’s rules say, and no more',
    async (alg) => {
      standing = provider(url, `chancery:${account}`, alg)
      const token = await aToken()
      expect((await issueWith(token)).status).toBe('valid')
      const client = createClient({ url: server.apiUrl, token })
      await expect(client.createUser({ body: { name: 'x' } })).rejects.toMatchObject({ code: 'forbidden' })
    },
  )

  test.each([
    ['for somebody else', () => provider(url, 'another-service', 'RS256')],
    ['of another issuer', () => provider(`${url}/other`, `chancery:${account}`, 'RS256')],
    ['signed with another key', () => provider(url, `chancery:${account}`, 'RS256', [aKey('RS256')])],
  ])('are refused %s', async (_, other) => {
    standing = other()
    await expect(issueWith(await aToken())).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

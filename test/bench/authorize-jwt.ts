/**
 * Microseconds to know who holds a token of an identity provider, whose key is known, and that it may: the token read, its
 * ES256 signature verified, its claims mapped to a role, and a decision over 20 policies of 20 statements. Each token is
 * another one; nothing is kept of them.
 */
import { authenticateBearer } from '../../src/core/operations/access/authenticate-bearer.ts'
import { TestIssuer } from '../core/operations/authentication/issuer.ts'
import { aScene, authorizeIssuance, benchCall, measure } from './support/authorize.ts'

const TOKENS = 5_000
const { given, ports, role } = await aScene()
const { account } = given.admin
const issuer = new TestIssuer('https://idp.example.com')
await ports.store.transact((writes) => [
  writes.identityProviders.add(
    {
      ...{ account, name: 'bench', issuer: issuer.url, audiences: [`chancery:${account}`] },
      ...{ algorithms: ['ES256'], keys: { set: issuer.keySet() }, revision: 1, createdAt: 0, updatedAt: 0 },
      rules: [{ claims: { sub: 'repo:bench/*:ref:refs/heads/main' }, role }],
    },
    10,
  ),
])
const now = ports.clock.now()
const tokens = await Promise.all(
  Array.from({ length: TOKENS }, (_, at) =>
    issuer.token(now, { aud: `chancery:${account}`, sub: `repo:bench/app-${at}:ref:refs/heads/main` }),
  ),
)

await measure('authorize-jwt', 120, TOKENS, async (at) => {
  const principal = await authenticateBearer(ports, tokens[at] as string, benchCall)
  if (principal === undefined) throw new Error('nobody knows the token')
  authorizeIssuance(principal)
})
await given[Symbol.asyncDispose]()

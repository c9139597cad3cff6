import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpProbe } from '../../src/adapters/probe/http-probe.ts'
import { createRecursiveResolver } from '../../src/adapters/dns/recursive-resolver.ts'
import { checkHttp } from '../../src/core/operations/validation/check-http.ts'
import { installationSecret } from '../../src/core/operations/installation/installation-secret.ts'
import { httpValidation } from '../../src/core/operations/validation/http-validation.ts'
import { createRepositoryApp } from '../../src/faces/pki/app.ts'
import { testPorts, type TestPorts } from '../support/test-ports.ts'
import { dnsServer, type DnsServer } from './support/dns-server.ts'

const at = Date.UTC(2030, 0, 1)
const servers: Server[] = []
async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

let given: TestPorts
let dns: DnsServer
let repository: number
beforeAll(async () => {
  given = await testPorts({ authorities: false })
  const here = (name: string) => [{ type: 'A' as const, name, ttl: 1, data: '127.0.0.1' }]
  dns = await dnsServer({
    'www.example.com': here('www.example.com'),
    'pki.example.com': here('pki.example.com'),
  })
  repository = await listening(createRepositoryApp(given.ports, { ready: () => true }))
})
afterAll(async () => {
  servers.forEach((server) => server.close())
  await dns[Symbol.asyncDispose]()
  await given[Symbol.asyncDispose]()
})

/** Validates www.example.com, whose web server answers so. */
async function validated(
  account: string,
  web: (expected: ReturnType<typeof httpValidation>) => RequestListener,
) {
  const { installation, ports } = given
  const secret = await installationSecret(ports)
  const base = `http://pki.example.com:${repository}`
  const expected = httpValidation(base, secret, installation.account, 'www.example.com')
  const other = httpValidation(base, secret, account as typeof installation.account, 'www.example.com')
  const http = await listening(web(other))
  const resolver = createRecursiveResolver({ address: '127.0.0.1', port: dns.port })
  // The repository's port stands for the other one that may be reached.
  const probe = createHttpProbe({ resolver, ports: { http, https: repository }, privateAddresses: true })
  const perspectives = { primary: { name: 'us-east-1', resolver, probe }, remote: [], quorum: 0 }
  return { expected, check: await checkHttp(perspectives, expected, at) }
}
const redirecting =
  ({ to, from }: ReturnType<typeof httpValidation>): RequestListener =>
  (request, response) =>
    request.url === new URL(from).pathname
      ? response.writeHead(302, { location: to }).end()
      : response.writeHead(404).end()

test('a redirect to the public repository proves control over the web server', async () => {
  const { expected, check } = await validated(given.installation.account, redirecting)
  expect(check).toMatchObject({ verdict: 'passed', evidence: [{ resolver: '127.0.0.1' }] })
  expect(check.evidence[0]?.answer).toContain(`${expected.from} → ${expected.to}: 200, `)
})

test('so does a copy of the content', async () => {
  const copy: Parameters<typeof validated>[1] =
    ({ content }) =>
    (_, response) =>
      void response.end(content)
  expect((await validated(given.installation.account, copy)).check.verdict).toBe('passed')
})

test('what proves it for another account proves nothing here', async () => {
  expect((await validated('123456789012', redirecting)).check.verdict).toBe('refused')
  const everything: Parameters<typeof validated>[1] =
    ({ to }) =>
    (_, response) =>
      void response.writeHead(302, { location: to }).end()
  expect((await validated('123456789012', everything)).check).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('the content is another one'),
  })
})

test('a server that redirects everything to the repository with its path proves nothing', async () => {
  const carrying: Parameters<typeof validated>[1] = () => (request, response) =>
    void response.writeHead(302, { location: `http://pki.example.com:${repository}${request.url}` }).end()
  expect((await validated(given.installation.account, carrying)).check).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('the server answers 404'),
  })
})

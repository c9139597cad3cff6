import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasTool, runTool } from '../support/tools.ts'
import { pemOf } from './support/load.ts'
import { opensslRequest, P256 } from './support/requests.ts'
import { fetchCrl } from './support/revoked-in.ts'
import { run } from './support/run.ts'
import { freePort } from '../../scripts/free-port.ts'
import { ADMIN_TOKEN, aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

/** The one URL of a CRL that stands in a certificate, read by openssl. */
function crlUrlIn(certificatePem: string): string {
  const text = runTool(
    'openssl',
    ['x509', '-noout', '-ext', 'crlDistributionPoints'],
    Buffer.from(certificatePem),
  )
  const urls = [...text.stdout.matchAll(/URI:(\S+)/g)].map(([, url]) => url ?? '')
  expect(urls, text.stdout + text.stderr).toHaveLength(1)
  return urls[0] ?? ''
}

type Pair = {
  readonly id: string
  readonly cert: string
  readonly key: string
  readonly chain: readonly string[]
}

// Without openssl there is no key pair made elsewhere, which a service of somebody's has.
describe.runIf(hasTool('openssl'))('a TLS server with an issued pair', () => {
  let ca: LocalServer
  let files: string
  let server: Pair
  let client: Pair
  let root: string
  let anchors: readonly string[]
  const file = (name: string, content: string): string => {
    const path = join(files, name)
    writeFileSync(path, content)
    return path
  }

  async function issued(name: string, profile: 'tls-server' | 'tls-client'): Promise<Pair> {
    const { csr, key } = opensslRequest(P256, `/CN=${name}`, ['-addext', `subjectAltName=DNS:${name}`])
    const { id, certificate, chain } = await ca.admin.issueCertificate({
      body: {
        csr,
        profile,
        names: profile === 'tls-server' ? { dns: [name, 'localhost'] } : { dns: [name] },
      },
    })
    return { id, cert: certificate, key, chain }
  }
  /** Every CRL of the path, each from the URL that stands in a certificate; the root's is named in its subordinate. */
  async function freshCrls(): Promise<string[]> {
    const issuing = anchors[0] ?? ''
    return Promise.all(
      [server.cert, issuing].map(async (pem) => pemOf('X509 CRL', await fetchCrl(crlUrlIn(pem)))),
    )
  }
  beforeAll(async () => {
    ca = await aServer()
    files = temporaryDirectory()
    server = await issued('www.example.test', 'tls-server')
    client = await issued('client.example.test', 'tls-client')
    anchors = server.chain
    root = anchors.at(-1) ?? ''
  })
  afterAll(async () => {
    await ca.dispose()
    await rm(files, { recursive: true })
  })

  /** One HTTPS exchange between a server and a client of Node's own; resolves to the body. */
  async function handshake(
    serverOptions: SecureContextOptions & { requestCert?: boolean },
    clientOptions: SecureContextOptions,
  ): Promise<string> {
    const https = createServer({ ...serverOptions, rejectUnauthorized: true }, (_, response) =>
      response.end('hello'),
    )
    https.listen(0, '127.0.0.1')
    await once(https, 'listening')
    const { port } = https.address() as AddressInfo
    try {
      return await new Promise<string>((resolve, reject) => {
        const options = {
          port,
          host: '127.0.0.1',
          servername: 'www.example.test',
          agent: false,
          ...clientOptions,
        }
        request(options, (incoming) => {
          let body = ''
          incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
          incoming.on('end', () => resolve(body))
        })
          .on('error', reject)
          .end()
      })
    } finally {
      https.closeAllConnections()
      https.close()
    }
  }
  const chainOf = ({ cert, chain }: Pair): string => [cert, ...chain.slice(0, -1)].join('')
  const serving = (): SecureContextOptions => ({ cert: chainOf(server), key: server.key })
  const presenting = (): SecureContextOptions => ({ cert: chainOf(client), key: client.key })

  const verified = (crls: readonly string[], leaf: Pair, purpose: string) =>
    runTool('openssl', [
      'verify',
      ...['-x509_strict', '-crl_check_all', '-purpose', purpose],
      ...['-CAfile', file('root.pem', root), '-untrusted', file('issuing.pem', leaf.chain[0] ?? '')],
      ...['-CRLfile', file('crls.pem', crls.join(''))],
      file('leaf.pem', leaf.cert),
    ])

  describe('before revocation', () => {
    test('Node: both sides prove themselves, with the CRLs from the URLs in the certificates', async () => {
      const crl = await freshCrls()
      const mutual = { ...serving(), ca: root, crl, requestCert: true }
      expect(await handshake(mutual, { ...presenting(), ca: root, crl })).toBe('hello')
    })

    test('Node: another root is no trust', async () => {
      const stranger = await aServer()
      const { items } = await stranger.admin.listAuthorities()
      const theirs = items.find(({ kind }) => kind === 'root')?.id ?? ''
      const { certificate } = await stranger.admin.describeAuthority({ params: { authority: theirs } })
      await expect(handshake(serving(), { ca: certificate ?? '' })).rejects.toThrow(
        /unable to get|self.signed|issuer/i,
      )
      await stranger.dispose()
    })

    test('Node: a client’s certificate is none for a server', async () => {
      await expect(handshake({ cert: chainOf(client), key: client.key }, { ca: root })).rejects.toMatchObject(
        {
          code: 'INVALID_PURPOSE',
        },
      )
    })

    test('openssl verify -x509_strict -crl_check_all', async () => {
      const crls = await freshCrls()
      expect(verified(crls, server, 'sslserver')).toMatchObject({ status: 0 })
      expect(verified(crls, client, 'sslclient')).toMatchObject({ status: 0 })
    })

    test('openssl s_server and s_client, and curl with its own check of the CRL', async () => {
      await withOpensslServer(async (port) => {
        const crls = await freshCrls()
        expect(await sClient(port)).toMatch(/Verification: OK/)
        expect(await curl(port, crls)).toMatchObject({ status: 0 })
      })
    })

    test('a CRL of another authority doesn’t count as checked', async () => {
      const [ofRoot = ''] = (await freshCrls()).slice(1)
      expect(verified([ofRoot], server, 'sslserver').stderr).toMatch(/unable to get certificate CRL/)
    })
  })

  describe('after revocation', () => {
    beforeAll(async () => {
      await ca.admin.revokeCertificate({ params: { id: server.id }, body: { reason: 'keyCompromise' } })
      await ca.admin.revokeCertificate({
        params: { id: client.id },
        body: { reason: 'cessationOfOperation' },
      })
    })

    test('Node’s client refuses the server', async () => {
      await expect(handshake(serving(), { ca: root, crl: await freshCrls() })).rejects.toMatchObject({
        code: 'CERT_REVOKED',
      })
      // It is the CRL that refuses, nothing else.
      expect(await handshake(serving(), { ca: root })).toBe('hello')
    })

    test('Node’s server refuses the client', async () => {
      const mutual = { ...serving(), ca: root, crl: await freshCrls(), requestCert: true }
      await expect(handshake(mutual, { ...presenting(), ca: root })).rejects.toThrow(
        /alert|ECONNRESET|socket/i,
      )
    })

    test('openssl verify names it, and its reason stands in the CRL', async () => {
      const crls = await freshCrls()
      expect(verified(crls, server, 'sslserver').stderr).toMatch(/error 23 .*certificate revoked/)
      expect(verified(crls, client, 'sslclient').stderr).toMatch(/error 23 .*certificate revoked/)
      const text = runTool('openssl', ['crl', '-noout', '-text'], Buffer.from(crls[0] ?? '')).stdout
      expect(text).toMatch(/Key Compromise/)
      expect(text).toMatch(/Cessation Of Operation/)
    })

    test('openssl s_client and curl refuse the server', async () => {
      await withOpensslServer(async (port) => {
        const crls = await freshCrls()
        expect(await sClient(port)).toMatch(/verify error:num=23:certificate revoked/)
        expect((await curl(port, crls)).stderr).toMatch(/certificate revoked/)
      })
    })
  })

  async function withOpensslServer(use: (port: number) => Promise<void>): Promise<void> {
    const port = await freePort()
    const child = spawn('openssl', [
      ...['s_server', '-accept', `127.0.0.1:${port}`, '-www'],
      ...['-cert', file('server.pem', server.cert), '-key', file('server.key', server.key)],
      ...['-cert_chain', file('chain.pem', anchors.slice(0, -1).join(''))],
    ])
    const exited = once(child, 'exit')
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('ACCEPT')) resolve()
      })
    })
    try {
      await use(port)
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  }
  /** What s_client says while it connects; it fetches the CRL itself from the URL in the server's certificate. */
  async function sClient(port: number): Promise<string> {
    const { stdout, stderr } = await run('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${port}`, '-verify_return_error', '-x509_strict'],
      ...['-servername', 'www.example.test', '-verify_hostname', 'www.example.test'],
      ...['-CAfile', file('root.pem', root), '-crl_check', '-crl_download'],
    ])
    return stdout + stderr
  }
  const curl = (port: number, crls: readonly string[]) =>
    run('curl', [
      ...['-sS', '--cacert', file('root.pem', root), '--crlfile', file('crls.pem', crls.join(''))],
      ...['--resolve', `www.example.test:${port}:127.0.0.1`, `https://www.example.test:${port}/`],
    ])
})

describe.runIf(hasTool('curl', '--version') && hasTool('openssl'))('the API’s own listener', () => {
  test('curl trusts it with the file in the data directory, and issues with a bare CSR', async () => {
    const ca = await aServer({ CHANCERY_TLS: 'on' })
    expect(ca.apiUrl).toMatch(/^https:/)
    const { csr } = opensslRequest(P256, '/CN=x', ['-addext', 'subjectAltName=DNS:curl.example.test'])
    const answer = await run('curl', [
      ...['-sS', '--fail-with-body', '--cacert', ca.listenerCaFile ?? '', '--data-binary', csr],
      ...['-H', 'Content-Type: application/x-pem-file', '-H', 'Accept: application/x-pem-file'],
      ...['-H', `Authorization: Bearer ${ADMIN_TOKEN}`],
      `${ca.apiUrl}/v1/certificates`,
    ])
    expect(answer, answer.stdout + answer.stderr).toMatchObject({ status: 0, stderr: '' })
    const text = runTool(
      'openssl',
      ['x509', '-noout', '-ext', 'subjectAltName'],
      Buffer.from(answer.stdout),
    ).stdout
    expect(text).toContain('DNS:curl.example.test')
    const refused = await run('curl', ['-sS', `${ca.apiUrl}/health/ready`])
    expect(refused.stderr).toMatch(/self-signed|unable to get local issuer/)
    await ca.dispose()
  })
})

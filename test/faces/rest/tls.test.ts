import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../../src/contract/client.ts'
import { createNodeFetch } from '../../../src/contract/node-fetch.ts'
import { createServer } from '../../../src/faces/http/server.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation } from '../installation.ts'

let installation: Installation
let server: Server
let url: string
let root: string
const sender = { close: () => {} }

/** A listener with a certificate that the installation has issued for itself. */
beforeAll(async () => {
  installation = await anInstallation()
  const app = createRestApp(installation.ports, { ready: () => true })
  const plain = await listening(app)
  const issued = await clientOf(plain, installation.issuerToken).issueCertificate({
    body: {
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: ['localhost'], ip: ['127.0.0.1'] },
      export: { format: 'pem' },
    },
  })
  await plain.close()
  root = issued.chain.at(-1) ?? ''
  const pem = Buffer.from(issued.exported?.content ?? '', 'base64').toString()
  server = createServer(app, { key: pem, cert: pem })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  sender.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await installation.close()
})

test('the client trusts the authority it is given', async () => {
  const send = createNodeFetch({ ca: root })
  sender.close = () => send.close()
  const client = createClient({ url, token: installation.adminToken, fetch: send })
  expect((await client.describeInstallation()).account).toBe(installation.account)
  expect((await client.listAuthorities()).items).toHaveLength(2)
})

test('and no other', async () => {
  const send = createNodeFetch()
  const client = createClient({ url, token: installation.adminToken, fetch: send })
  await expect(client.describeInstallation()).rejects.toMatchObject({
    code: expect.stringMatching(/CERT|SELF_SIGNED/),
  })
  send.close()
})

test('TLS 1.1 is refused for its version', async () => {
  const { port } = server.address() as AddressInfo
  // SECLEVEL=0: else it would be the client that refuses.
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const outcome = new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca: root, ...old })
    socket.on('secureConnect', () => resolve('connected'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  expect(await outcome).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
})

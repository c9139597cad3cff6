import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createOperatorWebhook } from '../../../src/adapters/webhooks/operator-webhook.ts'

test('signs as Standard Webhooks 1.0 has it, and reaches the operator’s own network', async () => {
  let got: { headers: IncomingMessage['headers']; body: Buffer } | undefined
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      got = { headers: request.headers, body: Buffer.concat(chunks as Buffer[]) }
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const secret = new Uint8Array(32).fill(5)
  const { port } = server.address() as AddressInfo
  const webhook = createOperatorWebhook({
    url: `http://127.0.0.1:${port}/x`,
    secret,
    version: '1.2.3',
    ca: undefined,
  })
  const body = new TextEncoder().encode('{"a":1}')
  expect(await webhook.send({ id: 'the-id', at: 1_900_000_000_999, body })).toMatchObject({ status: 204 })
  const mac = createHmac('sha256', secret).update('the-id.1900000000.{"a":1}').digest('base64')
  expect(got?.body.toString()).toBe('{"a":1}')
  expect(got?.headers).toMatchObject({
    'content-type': 'application/cloudevents+json',
    'user-agent': 'chancery/1.2.3',
    'webhook-id': 'the-id',
    'webhook-timestamp': '1900000000',
    'webhook-signature': `v1,${mac}`,
  })
  server.close()
  const metadata = createOperatorWebhook({
    url: 'http://169.254.169.254/',
    secret,
    version: '1',
    ca: undefined,
  })
  expect(await metadata.send({ id: 'x', at: 0, body })).toMatchObject({
    failure: expect.stringContaining('not a public address') as string,
  })
})

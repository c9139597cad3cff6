/**
 * Microseconds to know who signed a request (AWS Signature Version 4) and that it may: parsing, the body's hash, the
 * signature, the key and its user from the database's cache, and a decision over 20 policies of 20 statements. Each of the
 * requests has another body and another signature.
 */
import aws4 from 'aws4'
import { authenticateSignature } from '../../src/core/operations/access/authenticate-signature.ts'
import { aScene, authorizeIssuance, benchCall, measure } from './support/authorize.ts'

const REQUESTS = 20_000
const { given, ports, key } = await aScene()
const csr = 'A'.repeat(500)
const requests = Array.from({ length: REQUESTS }, (_, at) => {
  const body = JSON.stringify({ csr, names: { dns: [`host-${at}.bench.example.com`] } })
  const signed = aws4.sign(
    {
      ...{ method: 'POST', host: 'ca.example.com', path: '/v1/certificates', service: 'chancery' },
      ...{ region: 'us-east-1', body, headers: { 'Content-Type': 'application/json' } },
    },
    { accessKeyId: key.id, secretAccessKey: key.secret },
  )
  const rawHeaders = Object.entries(signed.headers ?? {}).flatMap(([name, value]) => [name, String(value)])
  const octets = Buffer.from(body)
  return { request: { method: 'POST', target: '/v1/certificates', rawHeaders }, body: async () => octets }
})

await measure('authorize-sigv4', 60, REQUESTS, async (at) => {
  const { request, body } = requests[at] as (typeof requests)[0]
  authorizeIssuance(await authenticateSignature(ports, request, ['chancery'], body, benchCall))
})
await given[Symbol.asyncDispose]()

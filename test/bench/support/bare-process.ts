/** What node:http alone does here: a body read, a kilobyte answered with as many headers. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const BODY = Buffer.alloc(1024, 7)
const HEADERS = [
  ...['content-type', 'application/ocsp-response', 'content-length', String(BODY.length)],
  ...['etag', `"${'0'.repeat(64)}"`, 'cache-control', 'max-age=43200, public, no-transform, must-revalidate'],
  ...['last-modified', new Date(0).toUTCString(), 'expires', new Date(0).toUTCString()],
]
const server = createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => response.writeHead(200, HEADERS).end(BODY))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

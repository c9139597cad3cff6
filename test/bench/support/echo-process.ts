/** What Express alone costs here: the same bodies read as JSON and answered with a few octets. Prints its port. */
import express from 'express'
import type { AddressInfo } from 'node:net'

const app = express()
app.disable('x-powered-by')
app.set('etag', false)
app.use(express.json())
app.post('/v1/certificates', (request, response) => {
  response.status(201).json({ members: Object.keys(request.body as object).length })
})
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

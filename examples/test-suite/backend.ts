import { createServer, request, type Server } from 'node:https'

type Tls = { readonly cert: string; readonly key: string; readonly ca: string }

/** What is under test: answers only clients whose certificate our authority has issued. */
export function createBackend(tls: Tls): Server {
  return createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (_, response) => {
    response.end('for your eyes only')
  })
}

/** What a frontend does: asks the backend, showing its own certificate. */
export function askBackend(port: number, tls: Partial<Tls> & { readonly crl?: string[] }): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'localhost', port, agent: false, ...tls }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })
}

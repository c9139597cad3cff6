import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createClient, createNodeFetch } from 'chancery'

const setting = (name: string, fallback?: string): string => {
  const value = process.env[name] ?? fallback
  if (value === undefined) throw new Error(`${name} is not set; see README.md`)
  return value
}
const name = setting('SERVICE_NAME', 'localhost')
const lifetime = Number(setting('LIFETIME_SECONDS', `${30 * 86_400}`))

const ca = createClient({
  url: setting('CHANCERY_URL'),
  token: readFileSync(setting('CHANCERY_TOKEN_FILE'), 'utf8').trim(),
  fetch: createNodeFetch({ ca: readFileSync(setting('CHANCERY_CA')), timeoutMs: 10_000 }),
})

/** A new certificate with a new key. The key comes once, over TLS, and stays in memory. */
async function certificate(): Promise<{ pem: string; notAfter: number }> {
  const issued = await ca.issueCertificate({
    body: {
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: [name] },
      validity: { seconds: lifetime },
      export: { format: 'pem' },
    },
  })
  const pem = Buffer.from(issued.exported?.content ?? '', 'base64').toString()
  return { pem, notAfter: Date.parse(issued.notAfter) }
}

let current = await certificate()
const server = createServer({ cert: current.pem, key: current.pem }, (_, response) => {
  response.end(`hello from ${name}\n`)
})

/** Renews when a third of its life is left; while that fails, the old one serves on and we try again. */
async function renewIfDue(): Promise<void> {
  if (current.notAfter - Date.now() > (lifetime * 1000) / 3) return
  try {
    current = await certificate()
    // Connections that stand go on; new ones get the new certificate.
    server.setSecureContext({ cert: current.pem, key: current.pem })
    console.log(`renewed until ${new Date(current.notAfter).toISOString()}`)
  } catch (error) {
    console.error('could not renew:', error)
  }
}
const timer = setInterval(() => void renewIfDue(), Math.min(lifetime * 100, 60_000))

server.listen(Number(setting('PORT', '9443')), () => {
  const address = server.address()
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`)
})
process.once('SIGTERM', () => {
  clearInterval(timer)
  server.close()
  server.closeIdleConnections()
})

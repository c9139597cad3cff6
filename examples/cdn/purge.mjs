// Receives what Chancery tells the operator's webhook, and has caches forget what is out of date.
//
//   WEBHOOK_SECRET   the secret that CHANCERY_REPOSITORY_WEBHOOK_SECRET_FILE holds, whsec_…
//   PURGE_PORT       where to listen, on 127.0.0.1; 9000 unless set
//   PURGE_CACHE      a cache that is purged by URL, such as nginx with nginx.conf beside this file, or Varnish; with
//   PURGE_SECRET     what it knows this program by
//   PURGE_METHOD     GET for that nginx.conf, PURGE for Varnish; GET unless set
//   PURGE_API        a CDN's API that is given {"tags": […]}, as Cloudflare's .../purge_cache; with
//   PURGE_API_TOKEN  a bearer token for it
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { WEBHOOK_SECRET = '', PURGE_PORT = '9000', PURGE_CACHE, PURGE_SECRET = '' } = process.env
const { PURGE_METHOD = 'GET', PURGE_API, PURGE_API_TOKEN } = process.env
const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64')
if (key.length < 24) throw new Error('WEBHOOK_SECRET must be whsec_ and at least 24 octets in base64')

/** Standard Webhooks 1.0: over the octets as they came, and no older than five minutes. */
function verified(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers
  if (!signatures || !(Math.abs(Date.now() / 1000 - Number(time)) < 300)) return false
  const expected = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest()
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64')
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

/** The same path at the cache, whatever host the URL in a certificate names. */
async function purgeUrl(url) {
  const { pathname, host } = new URL(url)
  const response = await fetch(new URL(pathname, PURGE_CACHE), {
    method: PURGE_METHOD,
    headers: { 'x-purge': PURGE_SECRET, 'x-forwarded-host': host },
  })
  await response.body?.cancel()
  // What isn't there (any more) needs no purging.
  if (!response.ok && response.status !== 404) throw new Error(`${url}: ${response.status}`)
}

async function purgeTags(tags) {
  const response = await fetch(PURGE_API, {
    method: 'POST',
    headers: { authorization: `Bearer ${PURGE_API_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tags }),
  })
  if (!response.ok) throw new Error(`${PURGE_API}: ${response.status}`)
}

async function purge({ urls, tags }) {
  if (PURGE_CACHE) for (const url of urls) await purgeUrl(url)
  // As many at a time as Cloudflare takes.
  if (PURGE_API) for (let at = 0; at < tags.length; at += 30) await purgeTags(tags.slice(at, at + 30))
}

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray())
  if (!verified(request.headers, body)) return response.writeHead(401).end()
  const { type, subject, data } = JSON.parse(body)
  try {
    if (type === 'local.chancery.repository.changed') await purge(data)
    console.log(type, subject ?? `${data.urls.length} URLs, ${data.tags.length} tags`)
    response.writeHead(204).end()
  } catch (error) {
    // It is told again, later.
    console.error(error.message)
    response.writeHead(502).end()
  }
}).listen(Number(PURGE_PORT), '127.0.0.1', () => console.log('listening'))

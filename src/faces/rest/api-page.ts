import type { Express } from 'express'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answer } from '../http/answer.ts'
import { mountPath } from '../http/app.ts'
import { etagListed, etagOf } from '../http/etags.ts'

/**
 * Everything comes from this server, and nothing goes elsewhere. The page draws its icons from `data:` URLs, and sets
 * styles on elements as it renders, which `style-src` counts as inline.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Chancery API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"><p>This page needs JavaScript; the same is in <a href="/docs/openapi.json">openapi.json</a>.</p></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

// No validator badge: it would ask a server elsewhere. The token stays in the page, not in the browser's storage.
const START = `SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  displayRequestDuration: true,
  docExpansion: 'list',
  tryItOutEnabled: true,
})
`

type Asset = { readonly mediaType: string; readonly content: () => string | Uint8Array }

/** Mounts the interactive API page at `/docs`; it works without any other host. */
export function mountApiPage(app: Express): void {
  const bundle = bundleFolder()
  const assets: Record<string, Asset> = {
    '/docs': { mediaType: 'text/html; charset=utf-8', content: () => PAGE },
    '/docs/start.js': { mediaType: 'text/javascript; charset=utf-8', content: () => START },
    '/docs/openapi.json': { mediaType: 'application/json', content: () => readFileSync(documentFile()) },
  }
  if (bundle !== undefined) {
    const file = (name: string) => () => readFileSync(join(bundle, name))
    assets['/docs/swagger-ui.css'] = { mediaType: 'text/css; charset=utf-8', content: file('swagger-ui.css') }
    assets['/docs/swagger-ui-bundle.js'] = {
      mediaType: 'text/javascript; charset=utf-8',
      content: file('swagger-ui-bundle.js'),
    }
  }
  for (const [path, asset] of Object.entries(assets)) mountAsset(app, path, asset)
}

function mountAsset(app: Express, path: string, { mediaType, content }: Asset): void {
  // Read at the first request, not at start: most servers never show the page.
  let loaded: { content: string | Uint8Array; etag: string } | undefined
  mountPath(app, path, path, {
    GET: (request, response) => {
      if (loaded === undefined) {
        const octets = content()
        loaded = { content: octets, etag: etagOf(octets) }
      }
      const headers = {
        'content-type': mediaType,
        'content-security-policy': PAGE_POLICY,
        'cache-control': 'no-cache',
        etag: loaded.etag,
      }
      const unchanged = etagListed(request.headers['if-none-match'], loaded.etag)
      answer(response, unchanged ? 304 : 200, headers, unchanged ? '' : loaded.content)
    },
  })
}

/** The nearest folder above this file that has `path`: sources and the compiled package lie at different depths. */
function above(path: string): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = join(folder, path)
    if (existsSync(candidate)) return candidate
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
}

const documentFile = (): string => above('docs/openapi.json') ?? 'docs/openapi.json'

/** In the published package the build has put the two files beside the code; in the sources they are a package. */
function bundleFolder(): string | undefined {
  const built = above('api-page/swagger-ui-bundle.js')
  if (built !== undefined) return dirname(built)
  try {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  } catch {
    return undefined
  }
}

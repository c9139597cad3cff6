import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { htmlText } from '../../core/domain/html-text.ts'
import { answer, type Headers } from '../http/answer.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --line: #8a8a94; --go: #1a6334; --stop: #a3231a; --on: #ffffff }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #17171a; --line: #77777f; --go: #7fd69b; --stop: #ff9d94; --on: #101012 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif }
main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere }
dt { font-weight: 600; margin-top: .75rem }
dd { margin: 0; overflow-wrap: anywhere }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 }
button { flex: 1 1 10rem; min-height: 3rem; padding: .5rem 1rem; font: inherit; font-weight: 600; border: 2px solid; border-radius: .5rem; cursor: pointer }
button.go { background: var(--go); border-color: var(--go); color: var(--on) }
button.stop { background: var(--paper); border-color: var(--stop); color: var(--stop) }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
.state { border-left: .3rem solid var(--line); padding-left: .75rem }
`

/** Nothing may run, be fetched or be framed; the one style is known by its hash; forms go to this server. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS: Headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
}

/** Ends an answer with a page. @param content HTML that is safe already */
export function answerPage(
  response: ServerResponse,
  status: number,
  { title, content }: { readonly title: string; readonly content: string },
  headers: Headers = {},
): void {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${htmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${htmlText(title)}</h1>
${content}
</main>
</body>
</html>
`
  answer(response, status, { ...HEADERS, ...headers }, html)
}

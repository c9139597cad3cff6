import { ERROR_CODES, type ErrorCode } from '../core/domain/errors.ts'
import { PROBLEMS, problemType } from './problems.ts'

const INTRODUCTION = `# Errors

Every error of the API is a problem document (RFC 9457) with the media type \`application/problem+json\`:

| member | |
| --- | --- |
| \`type\` | the kind of problem, a URI relative to the API; it answers with what stands below |
| \`code\` | the kind of problem, for programs; the list below is closed |
| \`title\`, \`status\` | the same for every problem of a kind |
| \`detail\` | what happened this time, for people; don't parse it |
| \`instance\` | the path of the request |
| \`requestId\` | also in the header \`X-Request-Id\`, and in the server's log |
| \`violations\` | for mistakes in the request: each with \`code\`, \`field\` (a path into the request) and \`message\` |
| \`details\` | facts for programs, by kind |

Answers with \`Retry-After\` may be tried again after that many seconds. A request with an \`Idempotency-Key\` can be
tried again after any failure without making anything twice ([asking again](repeating.md)).

This page is written by \`npm run openapi\` from the table that the server answers from.
`

/** The page `docs/errors.md`: every code with its status, meaning and an example. */
export function errorsPage(): string {
  const overview = ERROR_CODES.map(
    (code) => `| [\`${code}\`](#${code}) | ${PROBLEMS[code].status} | ${PROBLEMS[code].title} |`,
  )
  return [
    INTRODUCTION,
    ['| code | HTTP status | title |', '| --- | --- | --- |', ...overview, ''].join('\n'),
    ...ERROR_CODES.map(section),
  ].join('\n')
}

function section(code: ErrorCode): string {
  const { status, meaning } = PROBLEMS[code]
  return `## ${code}\n\nHTTP ${status}. ${meaning}\n\n\`\`\`json\n${JSON.stringify(problemExample(code), undefined, 2)}\n\`\`\`\n`
}

/** A problem document as it may be answered. */
export const problemExample = (code: ErrorCode) => ({
  type: problemType(code),
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  code,
  detail: PROBLEMS[code].example,
  requestId: 'c0ffee00c0ffee00c0ffee00',
})

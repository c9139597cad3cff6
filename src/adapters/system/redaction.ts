/** Member names whose values never reach a log, compared without case, hyphens and underscores. */
export const REDACTED_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'sessiontoken',
  'bearer',
  'passphrase',
  'password',
  'secret',
  'secretkey',
  'secretaccesskey',
  'clientsecret',
  'apikey',
  'privatekey',
  'privatekeypem',
  'privatekeyder',
  'datakey',
  'pkcs8',
  'pkcs12',
  'approvaltoken',
  'csrf',
])

export const REDACTED = '[redacted]'
const DEEPEST = 6
const MOST_ITEMS = 100
const LONGEST_TEXT = 8192

/** A PEM private key of any kind, cut off or whole. */
const PRIVATE_PEM = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g
/** `Basic` only in a header: certificates have basic constraints. */
const CREDENTIAL = /\b(Bearer|authorization\W{1,4}Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi

/** What follows in a mail's link approves a certificate. */
const APPROVAL_LINK = /\/approvals\/[A-Za-z0-9_-]{16,}/g

/** Nothing shorter holds any of these: `Bearer` and eight characters. */
const SHORTEST_SECRET = 15

/** `text` without PEM private keys, bearer credentials and approval links, cut at 8,192 characters. */
export function redactedText(text: string): string {
  if (text.length < SHORTEST_SECRET) return text
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  return short
    .replace(PRIVATE_PEM, REDACTED)
    .replace(CREDENTIAL, `$1 ${REDACTED}`)
    .replace(APPROVAL_LINK, `/approvals/${REDACTED}`)
}

/**
 * A copy of `fields` that is safe to log: members named in `REDACTED_NAMES` blanked at any depth, octets reduced to
 * their number, errors with their causes spelled out, everything bounded in depth and size. Never throws.
 */
export function redacted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return members(fields, 0)
}

function members(value: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value).slice(0, MOST_ITEMS)) {
    if (REDACTED_NAMES.has(name.toLowerCase().replace(/[-_]/g, ''))) copy[name] = REDACTED
    else copy[name] = safely(() => shown((value as Record<string, unknown>)[name], depth + 1))
  }
  return copy
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
  if (typeof value !== 'object' || value === null) return value
  // The bytes in a log line would be a certificate at best and a key at worst.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} octets]`
  if (depth > DEEPEST) return '[…]'
  if (value instanceof Error) return error(value, depth)
  if (Array.isArray(value))
    return value.slice(0, MOST_ITEMS).map((item) => safely(() => shown(item, depth + 1)))
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`
  // A secret's toJSON refuses; `safely` turns that refusal into the placeholder.
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return shown(toJSON.call(value), depth + 1)
  return members(value, depth)
}

function error(value: Error, depth: number): Record<string, unknown> {
  return {
    ...members(value, depth),
    type: value.name,
    message: redactedText(value.message),
    stack: redactedText(value.stack ?? ''),
    ...(value.cause === undefined ? {} : { cause: safely(() => shown(value.cause, depth + 1)) }),
  }
}

function safely(show: () => unknown): unknown {
  try {
    return show()
  } catch {
    return REDACTED
  }
}

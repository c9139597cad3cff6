const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const MOST_HOST = 253
/** The repository looks at paths of sixteen names: a bucket, these, and the file's two. */
const MOST_SEGMENTS = 12
const SEGMENT = /^[A-Za-z0-9._~-]+$/
/** What the public port has other things under. */
export const PUBLIC_NAMES: readonly string[] = ['ca', 'ocsp', 'validation']

/** `host` or `host:port` in lower case; undefined for what isn't a host name. No scheme, no path, no user. */
export function canonicalHostPort(text: string): string | undefined {
  const [host = '', port, ...rest] = text.toLowerCase().split(':')
  if (rest.length > 0 || host.length > MOST_HOST || !host.split('.').every((label) => LABEL.test(label)))
    return undefined
  if (port === undefined) return host
  const number = Number(port)
  return /^[0-9]{1,5}$/.test(port) && number >= 1 && number <= 65_535 ? `${host}:${number}` : undefined
}

/**
 * Names with slashes between them, without one at either end, or `/` for none; undefined for what can't be the path of a
 * CRL.
 */
export function canonicalPath(text: string): string | undefined {
  if (text === '/') return text
  const segments = text.replace(/^\/|\/$/g, '').split('/')
  const right = segments.every((each) => SEGMENT.test(each) && each !== '.' && each !== '..')
  return right &&
    segments.length <= MOST_SEGMENTS &&
    text.length <= MOST_HOST &&
    !PUBLIC_NAMES.includes(segments[0] ?? '')
    ? segments.join('/')
    : undefined
}

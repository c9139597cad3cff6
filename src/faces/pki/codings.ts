/**
 * Whether Accept-Encoding asks for gzip (RFC 9110 §12.5.3). Only when it names it, or `*`, with a weight above zero: a
 * client that says nothing may be one that can read nothing else than the octets themselves.
 */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>()
  for (const item of String(header ?? '').split(',', 32)) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const given = parameters.find((each) => each.startsWith('q='))
    const weight = given === undefined ? 1 : Number(given.slice(2))
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, weight)
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}

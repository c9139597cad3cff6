import { signatureRefused } from './refusal.ts'
import { partsOf, type HeaderFields, type WireRequest } from './signed-request.ts'

/** What is never part of the query that is signed: it is the signature. */
const SIGNATURE_PARAMETER = 'X-Amz-Signature'
const RESERVED = /[^A-Za-z0-9_.~-]/g
const RESERVED_IN_PATH = /[^A-Za-z0-9_.~/-]/g
/** A segment that another program would resolve or leave out. */
const ODD_SEGMENT = /\/(?:\.{1,2})?(?=\/)|\/\.{1,2}$/

/**
 * The canonical request of Signature Version 4, of which the hash is signed.
 * @param signedHeaders names in lower case, in order
 * @param payloadHash of the body, 64 hex digits in lower case
 * @returns one character an octet, as WireRequest has it
 * @throws unauthenticated where the path or the query can be read in two ways
 */
export function canonicalRequest(
  { method, target }: WireRequest,
  fields: HeaderFields,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const { path, query } = partsOf(target)
  let text = `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n`
  for (const name of signedHeaders) text += `${name}:${canonicalValue(fields.get(name) ?? [])}\n`
  return `${text}\n${signedHeaders.join(';')}\n${payloadHash}`
}

/**
 * Each segment encoded once more, as every service but S3 has it. AWS would resolve dot segments and empty ones first;
 * our routes don't, so what was signed would be another path than the one that is served: refused.
 */
export function canonicalPath(path: string): string {
  if (!path.startsWith('/')) throw signatureRefused('incomplete', 'a signed request names a path from /')
  if (ODD_SEGMENT.test(path))
    throw signatureRefused('incomplete', 'the path of a signed request has no empty or dot segments')
  return path.replace(RESERVED_IN_PATH, percentEncoded)
}

/** Parameters decoded, encoded in the one way there is, and sorted by name and value. */
export function canonicalQuery(query: string): string {
  if (query === '') return ''
  // A form has it for a space, signers disagree: what it means here mustn't depend on who reads it.
  if (query.includes('+'))
    throw signatureRefused(
      'incomplete',
      'the query of a signed request writes %20 or %2B, not +, which has two meanings',
    )
  const pairs: (readonly [name: string, value: string])[] = []
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = reencoded(equals === -1 ? pair : pair.slice(0, equals))
    if (name !== SIGNATURE_PARAMETER)
      pairs.push([name, equals === -1 ? '' : reencoded(pair.slice(equals + 1))])
  }
  return pairs
    .sort(([name, value], [other, otherValue]) => compare(name, other) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Octets as they came, however they were encoded: nothing has to be UTF-8. */
function reencoded(text: string): string {
  const octets = text.replace(/%([0-9A-Fa-f]{2})|%/g, (_, digits: string | undefined) => {
    if (digits === undefined)
      throw signatureRefused('incomplete', 'the query holds a % that two hex digits don’t follow')
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
  return octets.replace(RESERVED, percentEncoded)
}

const percentEncoded = (octet: string): string =>
  `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

const canonicalValue = (values: readonly string[]): string =>
  (values.length === 1 ? (values[0] as string) : values.join(',')).replace(/[ \t]{2,}|\t/g, ' ')

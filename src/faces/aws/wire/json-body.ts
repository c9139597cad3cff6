import type { IncomingMessage } from 'node:http'
import { ChanceryError } from '../../../core/domain/errors.ts'
import type { BodyReader } from '../../http/body-once.ts'
import { contentTypeOf } from '../../http/media-types.ts'
import { parseStrictJson } from '../../http/strict-json.ts'
import { malformed } from '../refusals.ts'

/**
 * A body of JSON; one without octets is an empty object.
 * @throws AwsRefusal `SerializationException`, media_type_unsupported, body_too_large
 */
export async function jsonBody(
  request: IncomingMessage,
  body: BodyReader,
  types: readonly string[],
): Promise<unknown> {
  const octets = await body()
  if (octets.length === 0) return {}
  contentTypeOf(request, types)
  try {
    return parseStrictJson(octets)
  } catch (error) {
    if (error instanceof ChanceryError) throw malformed(error.message)
    throw error
  }
}

import type { IncomingMessage } from 'node:http'
import { hasBody, readBody } from './body.ts'

/** The octets of a body, read when somebody asks for them, once for all who do. @throws body_too_large */
export type BodyReader = () => Promise<Buffer>

const NOTHING = Buffer.alloc(0)

/** @param limit most octets that are taken */
export function bodyOnce(request: IncomingMessage, limit: number): BodyReader {
  let reading: Promise<Buffer> | undefined
  return () => (reading ??= hasBody(request) ? readBody(request, limit) : Promise.resolve(NOTHING))
}

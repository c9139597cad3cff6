import type { IncomingMessage } from 'node:http'
import { ChanceryError } from '../../core/domain/errors.ts'

/** The caller went away before its body was complete: there is nobody to answer. */
export class Disconnected extends Error {
  constructor() {
    super('the caller closed the connection before its body was complete')
    this.name = 'Disconnected'
  }
}

/** Whether a request has content: a length above zero, or chunks (RFC 9112 §6.3). */
export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

const bounds = new WeakMap<IncomingMessage, number>()

/** Lets whoever reads the body of this request take no more than so many octets. */
export const boundBody = (request: IncomingMessage, octets: number): void => void bounds.set(request, octets)

/**
 * All octets of a body.
 * @throws body_too_large beyond `most` octets, or those of `boundBody`, before they are read where the length was declared
 */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const limit = Math.min(most, bounds.get(request) ?? most)
  const tooLarge = () => new ChanceryError('body_too_large', `the body may have at most ${limit} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      reject(tooLarge())
    })
    request.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)),
    )
    request.on('error', () => reject(new Disconnected()))
    // Comes after every request; an Error with its stack is made only for those that were cut off.
    request.on('close', () => {
      if (!request.complete) reject(new Disconnected())
    })
  })
}

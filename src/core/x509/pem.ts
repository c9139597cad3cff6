import type { ErrorCode } from '../domain/errors.ts'
import { violationError } from './der/errors.ts'

export type PemBlock = { readonly label: string; readonly der: Uint8Array }

const LINE = 64
// RFC 7468 §3: the labels of both lines are the same; nothing else may stand on them.
const BLOCK =
  /-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]{1,64})-----/y
const SPACE = /\s*/y
/** More blocks than any chain has; a bound against input made to be slow. */
const MAX_BLOCKS = 100

/** PEM text (RFC 7468 §2): lines of 64 characters, LF, a newline at the end. */
export function pemEncode(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.length).toString('base64')
  let lines = ''
  for (let i = 0; i < base64.length; i += LINE) lines += `${base64.slice(i, i + LINE)}\n`
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}

/**
 * All blocks of PEM text, in order; white space around them and CRLF are tolerated, anything else is refused.
 * @throws `code` (request_invalid by default) naming `field`: no block, text around blocks, a label not in `labels`,
 * header lines, base64 that isn't canonical
 */
export function pemDecode(
  text: string,
  labels: readonly string[],
  field = 'pem',
  code: ErrorCode = 'request_invalid',
): PemBlock[] {
  const refusal = (violation: string, message: string) => violationError(code, violation, field, message)
  const blocks: PemBlock[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    BLOCK.lastIndex = at
    const match = BLOCK.exec(text)
    if (match === null) {
      throw text.startsWith('-----BEGIN ', at)
        ? refusal('pem_block', 'a PEM block is damaged or has no END line')
        : refusal(
            'pem_text',
            `there is text outside the PEM blocks; expected -----BEGIN ${labels.join(' or ')}-----`,
          )
    }
    const [, begin = '', body = '', end = ''] = match
    if (begin !== end) throw refusal('pem_label', `a PEM block begins as ${begin} and ends as ${end}`)
    if (!labels.includes(begin)) {
      throw refusal('pem_label', `a PEM block of ${labels.join(' or ')} expected, ${begin} found`)
    }
    const der = base64Octets(body)
    if (der === undefined) throw refusal('pem_base64', 'the base64 of a PEM block is damaged')
    if (blocks.length === MAX_BLOCKS) throw refusal('pem_blocks', `more than ${MAX_BLOCKS} PEM blocks`)
    blocks.push({ label: begin, der })
    at = skipSpace(text, BLOCK.lastIndex)
  }
  if (blocks.length === 0) throw refusal('pem_empty', 'there is no PEM block')
  return blocks
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}

/** Decoded octets, or undefined where encoding them again doesn't give the same text (RFC 4648 §3.5). */
function base64Octets(body: string): Uint8Array | undefined {
  const base64 = body.replace(/\s+/g, '')
  // Memory of its own, not a slice of Buffer's pool: these octets go to worker threads.
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(base64, 'base64'))
  const length = buffer.write(base64, 'base64')
  if (length === 0 || buffer.toString('base64', 0, length) !== base64) return undefined
  return new Uint8Array(buffer.buffer, 0, length)
}

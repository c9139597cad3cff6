import { readFileSync } from 'node:fs'
import { pemDecode } from '../core/x509/pem.ts'

/** A CRL with the name it goes by in messages. */
export type CrlSource = { readonly name: string; readonly der: Uint8Array }

const TIME_LIMIT = 10_000
/** A million entries take less. */
const MOST_OCTETS = 64 * 1024 * 1024

/** A CRL in a file, PEM or DER. @throws Error or ChanceryError naming the file */
export function crlInFile(path: string): CrlSource {
  const octets = readFileSync(path)
  const isPem = octets.subarray(0, 11).toString('latin1') === '-----BEGIN '
  if (!isPem) return { name: path, der: new Uint8Array(octets) }
  const [block] = pemDecode(octets.toString('latin1'), ['X509 CRL'], path)
  return { name: path, der: block?.der ?? new Uint8Array() }
}

/** The CRL that is published under a URL of the operator's own. @throws Error saying why there is none */
export async function publishedCrl(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT), redirect: 'error' })
  if (response.status !== 200 || response.body === null) throw new Error(`it answers ${response.status}`)
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    octets += chunk.length
    if (octets > MOST_OCTETS) throw new Error(`it is larger than ${MOST_OCTETS} octets`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

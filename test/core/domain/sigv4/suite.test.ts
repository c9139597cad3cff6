import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { onWire, verify } from './signing.ts'

type Vector = {
  readonly name: string
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  readonly body: string
  readonly signature: string
}
const SUITE = join(import.meta.dirname, '../../../fixtures/sigv4-suite.json')
const vectors = JSON.parse(readFileSync(SUITE, 'utf8')) as readonly Vector[]

const requestOf = ({ method, target, headers, signature }: Vector) => {
  const rawHeaders = ['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z', ...headers]
  const names = new Set(rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()))
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
    `SignedHeaders=${[...names].sort().join(';')}, Signature=${signature}`
  return { method, target: onWire(target), rawHeaders: [...rawHeaders, 'Authorization', authorization] }
}

describe("AWS's Signature Version 4 test suite", () => {
  it.each(vectors)('verifies $name', (vector) => {
    expect(() => verify(requestOf(vector), vector.body)).not.toThrow()
  })

  it.each(vectors)('refuses $name with another signature', (vector) => {
    const signature = vector.signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    expect(() => verify(requestOf({ ...vector, signature }), vector.body)).toThrow('does not match')
  })
})

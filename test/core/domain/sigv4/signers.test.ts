import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import aws4 from 'aws4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalQuery } from '../../../../src/core/domain/sigv4/canonical-request.ts'
import type { WireRequest } from '../../../../src/core/domain/sigv4/signed-request.ts'
import { KEY_ID, MOMENT, SECRET, verify } from './signing.ts'

const HOST = 'ca.example.com:8443'
const TIME = '20150830T123600Z'
const options = { services: ['chancery'] }
const unreserved = 'ABCxyz019-._~'.split('')
const awkward = [
  ...unreserved,
  ':',
  '/',
  '@',
  ',',
  ';',
  '=',
  '&',
  '%',
  '+',
  ' ',
  '*',
  "'",
  '(',
  '!',
  'é',
  '漢',
  '\u{1f511}',
]
const words = (letters: readonly string[], minLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength: minLength + 10 })

/** A request as a client would make it: segments and parameters encoded. */
const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  path: fc
    .array(words(awkward, 1), { maxLength: 5 })
    .map((segments) => `/${segments.map(strictly).join('/')}`)
    .filter((path) => !/\/\.{1,2}(\/|$)/.test(path)),
  query: fc.uniqueArray(fc.tuple(words(awkward, 1), words(awkward, 0)), {
    maxLength: 5,
    selector: ([name]) => name,
  }),
  note: words([...unreserved, ' ', '"', ';', '='], 1).filter((text) => text.trim() === text),
  body: fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 200 })),
  token: fc.option(words([...unreserved, '+', '/', '='], 20), { nil: undefined }),
})
type Request = typeof requests extends fc.Arbitrary<infer R> ? R : never

function strictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
const queryOf = ({ query }: Request): string =>
  query.map(([name, value]) => `${strictly(name)}=${strictly(value)}`).join('&')
const targetOf = (request: Request): string =>
  `${request.path}${request.query.length === 0 ? '' : `?${queryOf(request)}`}`
const flat = (headers: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)])

const byAws4 = (request: Request, signQuery: boolean): WireRequest => {
  const { method, body, note, token } = request
  const target = targetOf(request)
  const signed = aws4.sign(
    {
      ...{ method, host: HOST, service: 'chancery', region: 'eu-central-1', signQuery },
      path: signQuery ? `${target}${target.includes('?') ? '&' : '?'}X-Amz-Date=${TIME}` : target,
      headers: {
        Host: HOST,
        'X-Note': note,
        ...(signQuery ? {} : { 'X-Amz-Date': TIME }),
        ...(body === '' ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === '' ? {} : { body }),
    },
    { accessKeyId: KEY_ID, secretAccessKey: SECRET, ...(token === undefined ? {} : { sessionToken: token }) },
  )
  return { method, target: signed.path ?? '', rawHeaders: flat(signed.headers ?? {}) }
}

class Sha256 {
  readonly #digest
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#digest =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as NodeJS.ArrayBufferView)
  }
  update(data: Uint8Array | string): void {
    this.#digest.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#digest.digest()
  }
  reset(): void {}
}

const smithy = (token: string | undefined) =>
  new SignatureV4({
    service: 'chancery',
    region: 'eu-central-1',
    sha256: Sha256,
    credentials: {
      accessKeyId: KEY_ID,
      secretAccessKey: SECRET,
      ...(token === undefined ? {} : { sessionToken: token }),
    },
  })

const smithyRequest = (request: Request) => ({
  method: request.method,
  protocol: 'https:',
  hostname: 'ca.example.com',
  port: 8443,
  path: request.path,
  query: Object.fromEntries(request.query),
  headers: {
    host: HOST,
    'x-note': request.note,
    ...(request.body === '' ? {} : { 'content-type': 'application/json' }),
  },
  body: request.body,
})
type Smithy = {
  readonly method: string
  readonly path: string
  readonly query?: object
  readonly headers: object
}
const fromSmithy = ({ method, path, query = {}, headers }: Smithy): WireRequest => {
  const text = Object.entries(query as Record<string, string>)
    .map(([name, value]) => `${strictly(name)}=${strictly(value)}`)
    .join('&')
  return { method, target: text === '' ? path : `${path}?${text}`, rawHeaders: flat({ ...headers }) }
}

describe('what independent signers sign', () => {
  it('verifies: aws4, in the header', () => {
    fc.assert(
      fc.property(requests, (request) => verify(byAws4(request, false), request.body, options)),
      { numRuns: 300 },
    )
  })

  it('verifies: aws4, in the query', () => {
    fc.assert(
      fc.property(requests, (request) => {
        // aws4 hashes an empty body for what it presigns, and so it signs requests without one.
        const presigned = { ...request, body: '' }
        verify(byAws4(presigned, true), '', options)
      }),
      { numRuns: 300 },
    )
  })

  it('verifies: @smithy/signature-v4, in the header', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const signed = await smithy(request.token).sign(smithyRequest(request), {
          signingDate: new Date(MOMENT),
        })
        verify(fromSmithy(signed), request.body, options)
      }),
      { numRuns: 300 },
    )
  })

  it('verifies: @smithy/signature-v4, in the query', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const signed = await smithy(request.token).presign(smithyRequest(request), {
          signingDate: new Date(MOMENT),
          expiresIn: 60,
        })
        verify(fromSmithy(signed), request.body, { ...options, now: MOMENT + 50_000 })
      }),
      { numRuns: 200 },
    )
  })
})

describe('the canonical query', () => {
  it('is the same for every way to encode the same parameters', () => {
    const anyhow = (text: string, how: readonly boolean[]): string =>
      [...Buffer.from(text, 'utf8')]
        .map((octet, at) => {
          const letter = String.fromCharCode(octet)
          const hex = octet.toString(16).padStart(2, '0')
          if (!/[A-Za-z0-9_.~-]/.test(letter)) return `%${how[at] === true ? hex : hex.toUpperCase()}`
          return how[at] === true ? `%${hex}` : letter
        })
        .join('')
    fc.assert(
      fc.property(words(awkward, 1), words(awkward, 0), fc.array(fc.boolean()), (name, value, how) => {
        expect(canonicalQuery(`${anyhow(name, how)}=${anyhow(value, how)}`)).toBe(
          `${strictly(name)}=${strictly(value)}`,
        )
      }),
    )
  })
})

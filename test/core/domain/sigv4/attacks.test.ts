import aws4 from 'aws4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalRequest } from '../../../../src/core/domain/sigv4/canonical-request.ts'
import { ChanceryError } from '../../../../src/core/domain/errors.ts'
import { headerFields, type WireRequest } from '../../../../src/core/domain/sigv4/signed-request.ts'
import { sha256Hex } from '../../../../src/core/x509/digest.ts'
import { damagedFrom } from '../../x509/damaged.ts'
import { KEY_ID, MOMENT, SECRET, verify } from './signing.ts'

const BODY = '{"name":"web"}'
const TARGET = '/v1/certificates?limit=10&name=www.example.com'
const given = {
  Host: 'ca.example.com',
  'X-Amz-Date': '20150830T123600Z',
  'Content-Type': 'application/json',
  'Idempotency-Key': 'first',
}

type Signing = {
  readonly headers?: Readonly<Record<string, string>>
  readonly target?: string
  readonly body?: string
  readonly signQuery?: boolean
  readonly service?: string
}

function signed({
  headers = given,
  target = TARGET,
  body = BODY,
  signQuery = false,
  service = 'chancery',
}: Signing = {}) {
  const request = aws4.sign(
    {
      ...{ method: 'POST', host: 'ca.example.com', path: target, service, region: 'eu-central-1', signQuery },
      headers: { ...headers },
      ...(signQuery ? {} : { body }),
    },
    { accessKeyId: KEY_ID, secretAccessKey: SECRET },
  )
  const rawHeaders = Object.entries(request.headers ?? {}).flatMap(([name, value]) => [name, String(value)])
  return { method: 'POST', target: request.path ?? '', rawHeaders }
}

const withHeader = (request: WireRequest, name: string, value: string): WireRequest => ({
  ...request,
  rawHeaders: [...request.rawHeaders, name, value],
})
const changed = (request: WireRequest, name: string, change: (value: string) => string): WireRequest => ({
  ...request,
  rawHeaders: request.rawHeaders.map((text, at) =>
    at % 2 === 1 && request.rawHeaders[at - 1]?.toLowerCase() === name ? change(text) : text,
  ),
})
const without = (request: WireRequest, name: string): WireRequest => ({
  ...request,
  rawHeaders: request.rawHeaders.filter((_, at) => request.rawHeaders[at - (at % 2)]?.toLowerCase() !== name),
})

const options = { services: ['chancery', 'acm', 'acm-pca'] }
/** Which fault a request is refused with. */
function fault(request: WireRequest, body = BODY, more: Parameters<typeof verify>[2] = {}): unknown {
  try {
    verify(request, body, { ...options, ...more })
  } catch (error) {
    if (error instanceof ChanceryError && error.code === 'unauthenticated') return error.details['signature']
    throw error
  }
  return undefined
}

it('verifies the request that the attacks below change', () => {
  expect(fault(signed())).toBeUndefined()
})

describe('attack: a signature over other headers', () => {
  it.each([
    ['host', 'evil.example.com'],
    ['content-type', 'text/plain'],
    ['idempotency-key', 'second'],
    ['x-amz-date', '20150830T123601Z'],
  ])('%s changed on the way', (name, value) => {
    expect(fault(changed(signed(), name, () => value))).toBe('mismatch')
  })
  it('a signed header taken away', () => {
    expect(fault(without(signed(), 'idempotency-key'))).toBe('incomplete')
  })
})

describe('attack: headers that count, not signed', () => {
  it.each(['X-Amz-Target', 'Chancery-Region', 'Chancery-Role', 'If-Match', 'Content-Encoding'])(
    '%s added on the way',
    (name) => {
      expect(fault(withHeader(signed(), name, 'anything'))).toBe('unsigned_header')
    },
  )
  it.each(['host', 'content-type', 'x-amz-date'])('%s left out of SignedHeaders', (name) => {
    const request = changed(signed(), 'authorization', (text) =>
      text.replace(new RegExp(`${name};|;${name}`), ''),
    )
    expect(fault(request)).toBe('unsigned_header')
  })
  it('Date as the only time, not signed', () => {
    const dated = withHeader(without(signed(), 'x-amz-date'), 'Date', 'Sun, 30 Aug 2015 12:36:00 GMT')
    expect(fault(changed(dated, 'authorization', (text) => text.replace(';x-amz-date', '')))).toBe(
      'unsigned_header',
    )
  })
})

describe('attack: replay outside the window', () => {
  it.each([
    [-5 * 60_000 - 1, 'not_current'],
    [-5 * 60_000, undefined],
    [5 * 60_000, undefined],
    [5 * 60_000 + 1, 'not_current'],
  ])('%d ms from the time it was signed', (distance, expected) => {
    expect(fault(signed(), BODY, { now: MOMENT + distance })).toBe(expected)
  })
  it('a wider window where it is configured', () => {
    expect(fault(signed(), BODY, { now: MOMENT + 15 * 60_000, minutes: 15 })).toBeUndefined()
  })
  it('says so as AWS does', () => {
    expect(() => verify(signed(), BODY, { ...options, now: MOMENT + 15 * 60_000 })).toThrow(
      'Signature expired: 20150830T123600Z is now earlier than 20150830T124600Z (20150830T125100Z - 5 min.)',
    )
  })
  const query = (expires: string) => `${TARGET}&X-Amz-Date=20150830T123600Z&X-Amz-Expires=${expires}`
  const presigned = (expires: string) =>
    signed({ headers: { Host: 'ca.example.com' }, target: query(expires), signQuery: true })
  it.each([
    [61_000, 'not_current'],
    [60_000, undefined],
    [-5 * 60_000 - 1, 'not_current'],
  ])('a presigned one for 60 seconds, %d ms later', (distance, expected) => {
    expect(fault(presigned('60'), '', { now: MOMENT + distance })).toBe(expected)
  })
  it.each(['0', '604801', '-1', '1e3', ''])('a presigned one for %s seconds', (expires) => {
    expect(fault(presigned(expires), '')).toBe('incomplete')
  })
})

describe('attack: doubled headers', () => {
  it.each(['Host', 'Content-Type', 'X-Amz-Date', 'Idempotency-Key', 'Authorization', 'Content-Length'])(
    '%s twice',
    (name) => {
      const request = signed()
      const at = request.rawHeaders.findIndex((text) => text.toLowerCase() === name.toLowerCase())
      const value = request.rawHeaders[at + 1] ?? ''
      expect(fault(withHeader(request, name, value))).toBe('incomplete')
      expect(fault(withHeader(request, name.toUpperCase(), 'other'))).toBe('incomplete')
    },
  )
})

describe('attack: another scope', () => {
  it('the wrong service', () => {
    expect(fault(signed({ service: 's3' }))).toBe('scope')
  })
  it.each(['eu-central-1', 'chancery', '20150830'])('%s replaced in the scope', (part) => {
    const others: Record<string, string> = {
      'eu-central-1': 'us-east-1',
      chancery: 'acm',
      '20150830': '20150831',
    }
    const request = changed(signed(), 'authorization', (text) => text.replace(part, others[part] ?? ''))
    expect(fault(request)).toBe(part === '20150830' ? 'scope' : 'mismatch')
  })
})

describe('attack: a body that isn’t signed', () => {
  it('another body', () => {
    expect(fault(signed(), '{"name":"evil"}')).toBe('mismatch')
  })
  it.each(['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])(
    '%s',
    (claim) => {
      const request = signed({ headers: { ...given, 'X-Amz-Content-Sha256': claim } })
      expect(fault(request)).toBe('payload')
    },
  )
  it('the hash of another body, signed', () => {
    const hash = sha256Hex(Buffer.from('{"name":"evil"}'))
    expect(fault(signed({ headers: { ...given, 'X-Amz-Content-Sha256': hash } }))).toBe('payload')
  })
})

describe('attack: a path that can be read in two ways', () => {
  it.each(['/v1/../admin', '/v1//certificates', '/v1/./certificates', '/v1/certificates/..', '//v1', '/.'])(
    '%s',
    (target) => {
      expect(fault(signed({ target }))).toBe('incomplete')
    },
  )
  it('a plus sign in the query', () => {
    const request = signed({ target: '/v1?name=a%2Bb' })
    expect(fault(request)).toBeUndefined()
    expect(fault({ ...request, target: '/v1?name=a+b' })).toBe('incomplete')
  })
  it('an encoded slash is another path than a slash', () => {
    const request = signed({ target: '/v1/a%2Fb' })
    expect(fault(request)).toBeUndefined()
    expect(fault({ ...request, target: '/v1/a/b' })).toBe('mismatch')
  })
})

describe('attack: a malformed credential', () => {
  it.each<readonly [string, (text: string) => string]>([
    ['another algorithm', (text) => text.replace('SHA256', 'SHA1')],
    ['no credential', (text) => text.replace(/Credential=[^,]*, /, '')],
    ['no signed headers', (text) => text.replace(/SignedHeaders=[^,]*, /, '')],
    ['no signature', (text) => text.replace(/, Signature=.*/, '')],
    ['two credentials', (text) => text.replace('Signed', 'Credential=a/b, Signed')],
    ['something more', (text) => `${text}, Token=1`],
    ['a signature in upper case', (text) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())],
    ['a short signature', (text) => text.slice(0, -1)],
    ['another terminator', (text) => text.replace('aws4_request', 'aws5_request')],
    ['a part too many', (text) => text.replace('/chancery', '/x/chancery')],
    ['headers out of order', (text) => text.replace('host;', '').replace('x-amz-date', 'x-amz-date;host')],
    ['a header twice', (text) => text.replace('host;', 'host;host;')],
    ['a header in upper case', (text) => text.replace('host;', 'Host;')],
    ['nothing', () => 'AWS4-HMAC-SHA256'],
  ])('%s', (_, change) => {
    expect(fault(changed(signed(), 'authorization', change))).toBe('incomplete')
  })
  it.each([
    '20150830T123600',
    '2015-08-30T12:36:00Z',
    '20150230T250000Z',
    '20150229T123600Z',
    '20151330T123600Z',
    '20150030T123600Z',
    '20150800T123600Z',
    '20150830T240000Z',
    '20150830T126000Z',
    '20150830T123660Z',
    '00150830T123600Z',
    '',
  ])('the time %s', (time) => {
    expect(fault(changed(signed(), 'x-amz-date', () => time))).toBe('incomplete')
  })
})

const inWire = (request: WireRequest, body: string): Buffer =>
  Buffer.from([request.method, request.target, ...request.rawHeaders, body].join('\n'), 'latin1')
function fromWire(octets: Uint8Array): { request: WireRequest; body: string } {
  const [method = '', target = '', ...rest] = Buffer.from(octets).toString('latin1').split('\n')
  return { request: { method, target, rawHeaders: rest.slice(0, -1) }, body: rest.at(-1) ?? '' }
}

describe('a request with octets changed', () => {
  const presigned = signed({
    headers: { Host: 'ca.example.com' },
    target: `${TARGET}&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60`,
    signQuery: true,
  })
  it.each([
    ['in the header', signed(), BODY],
    ['in the query', presigned, ''],
  ])('is refused, or says the same as before: signed %s', (_, original, text) => {
    const meaning = ({ request, body }: { request: WireRequest; body: string }): string => {
      const fields = headerFields(request.rawHeaders)
      const names = ['host', ...(text === '' ? [] : ['content-type', 'idempotency-key', 'x-amz-date'])]
      return canonicalRequest(request, fields, names, sha256Hex(Buffer.from(body)))
    }
    const before = meaning({ request: original, body: text })
    let accepted = 0
    fc.assert(
      fc.property(damagedFrom(inWire(original, text)), (octets) => {
        const damaged = fromWire(octets)
        if (fault(damaged.request, damaged.body) !== undefined) return
        accepted++
        expect(meaning(damaged)).toBe(before)
      }),
      { numRuns: 5000 },
    )
    // The case of a header's name, white space after a comma: some changes change nothing.
    expect(accepted).toBeLessThan(1500)
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { addressSet } from '../../../src/faces/http/front-door/addresses.ts'
import { createFrontDoor, type FrontDoorOptions } from '../../../src/faces/http/front-door/door.ts'
import { entranceOf } from '../../../src/faces/http/front-door/entrance.ts'
import { RateLimits } from '../../../src/faces/http/front-door/rate-limits.ts'
import { apiListener } from '../../../src/main/api-listener.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'
import {
  accessKeysOf,
  JSON_TYPE,
  sent,
  signed,
  type Keys,
  type WireAnswer,
  type WireCall,
} from './support/signed-calls.ts'

const LIST = 'ACMPrivateCA.ListCertificateAuthorities'
const TAGS = 'ACMPrivateCA.ListTags'
const ISSUE = 'ACMPrivateCA.IssueCertificate'
const MIB = 1024 * 1024

let installation: Installation
let api: Listening
let admin: Client
let keys: Keys
let arn: string

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(apiListener(installation.ports, { ready: () => true }).inner)
  admin = clientOf(api, installation.adminToken)
  keys = await accessKeysOf(admin)
  arn = (await admin.listAuthorities()).items.find(({ kind }) => kind === 'subordinate')?.arn ?? ''
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

/** Whatever is asked, the answer is one of AWS's (contract §2): a request id, and an error that clients can read. */
async function call(asked: WireCall, port = api.port): Promise<WireAnswer> {
  const answer = await sent(signed(port, asked, keys))
  expectSpoken(answer)
  return answer
}
function expectSpoken({ status, headers, text, json }: WireAnswer): void {
  expect(status, text).toBeLessThan(500)
  expect(headers['x-amzn-requestid']).toMatch(/^[\w-]{8,}$/)
  expect(headers['content-type']).toBe(JSON_TYPE)
  if (status === 200) return
  expect(json.__type).toBe(headers['x-amzn-errortype'])
  expect(json.message).not.toBe('')
}
const refused = async (asked: WireCall): Promise<string> => {
  const { status, json } = await call(asked)
  return status === 200 ? 'none' : `${json.__type}: ${json.message}`
}
/** ListTags with a body that is the input's text. */
const listTags = (body: string | Buffer) => refused({ target: TAGS, body })
const arnAnd = (more: string) => `{"CertificateAuthorityArn":"${arn}"${more}}`

describe('what isn’t a call at all (contract §2, §12.3)', () => {
  test('is taken as it should be, to begin with', async () => {
    expect(await refused({ target: LIST })).toBe('none')
    expect(await listTags(arnAnd(''))).toBe('none')
  })
  test.each([
    ['another operation', 'ACMPrivateCA.NoSuchOperation'],
    ['none', 'ACMPrivateCA.'],
    ['a member that every object has', 'ACMPrivateCA.constructor'],
    ['__proto__', 'ACMPrivateCA.__proto__'],
    ['another’s operation', 'ACMPrivateCA.ListCertificates'],
    ['of another letter case', 'ACMPrivateCA.listTags'],
    ['another service', 'DynamoDB_20120810.ListTables'],
    ['no dot', 'ListTags'],
    ['nothing', ''],
    ['two', `${LIST}, ${TAGS}`],
    ['ten thousand letters', `ACMPrivateCA.${'x'.repeat(10_000)}`],
    ['letters beyond ASCII', 'ACMPrivateCA.\u00fc'],
  ])('a target that names %s', async (_, target) => {
    const said = await refused({ target })
    expect(said).toMatch(/^UnknownOperationException: /)
    expect(said.length).toBeLessThan(250)
  })
  test('no target', async () => {
    expect(await refused({})).toMatch(/^UnknownOperationException: /)
    expect(await refused({ type: 'application/json' })).toMatch(/^UnknownOperationException: /)
  })
  test.each([
    ['text/plain', 'text/plain'],
    ['that of another version', 'application/x-amz-json-1.0'],
    ['another charset', `${JSON_TYPE}; charset=utf-16`],
    ['a list', `${JSON_TYPE}, ${JSON_TYPE}`],
    ['nothing', ''],
  ])('a content type that is %s', async (_, type) => {
    const { status, json } = await call({ target: LIST, type })
    expect({ status, type: json.__type }).toEqual({ status: 400, type: 'SerializationException' })
    expect(json.message).toContain('Content-Type')
  })
  test('a compressed body', async () => {
    const headers = { 'Content-Encoding': 'gzip' }
    expect(await refused({ target: LIST, headers })).toMatch(/^SerializationException: Content-Encoding/)
  })
  test('none of the keys, keys for another service, or a wrong one', async () => {
    const wrong = { ...keys, secret: 'wrong' }
    expect(await refused({ target: LIST, keys: null })).toMatch(/^MissingAuthenticationTokenException: /)
    const unknown = { ...keys, id: 'AKIANOBODYNOBODY0000' }
    expect(await refused({ target: LIST, keys: unknown })).toMatch(/^UnrecognizedClientException: /)
    expect(await refused({ target: LIST, keys: wrong })).toMatch(/^InvalidSignatureException: /)
    expect(await refused({ target: LIST, service: 'acm' })).toMatch(/^InvalidSignatureException: /)
    const bearer = { authorization: `Bearer ${installation.adminToken}` }
    expect(await refused({ target: LIST, keys: null, headers: bearer })).toMatch(
      /^MissingAuthenticationTokenException: /,
    )
    const halved = { authorization: 'AWS4-HMAC-SHA256 Credential=AKIAX' }
    expect(await refused({ target: LIST, keys: null, headers: halved })).toMatch(
      /^IncompleteSignatureException: /,
    )
  })
})

describe('a body that isn’t an input', () => {
  test.each([
    ['text', 'nonsense'],
    ['truncated', '{"CertificateAuthorityArn":'],
    ['a comment', '{}//'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['with a byte order mark', Buffer.from('\ufeff{}')],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
    ['a string', '"{}"'],
    ['a member twice', '{"MaxResults":1,"MaxResults":2}'],
    ['a member twice, once escaped', '{"MaxResults":1,"\\u004daxResults":2}'],
    ['half a surrogate pair', '{"NextToken":"\\ud83d"}'],
    ['half a surrogate pair in a name', '{"\\udc00":1}'],
    ['a number of no size', '{"MaxResults":1e999}'],
    ['a fraction', '{"MaxResults":1.5}'],
    ['more than 32 bits', '{"MaxResults":4294967297}'],
    ['more than 64 bits', '{"MaxResults":18446744073709551617}'],
    ['a number as text', '{"MaxResults":"7"}'],
    ['NaN', '{"MaxResults":NaN}'],
    ['a list for a text', '{"CertificateAuthorityArn":[]}'],
    ['an object for a text', '{"CertificateAuthorityArn":{}}'],
  ])('is malformed: %s', async (_, body) => {
    expect(await listTags(body)).toMatch(/^SerializationException: /)
  })
  test.each([
    ['lists', '['],
    ['objects', '{"a":'],
  ])('is malformed: tens of thousands of %s, one in the other', async (_, open) => {
    expect(await listTags(open.repeat(50_000))).toMatch(/^SerializationException: .*nested deeper than/)
    const deep = `{"CertificateAuthorityArn":${open.repeat(50_000)}`
    expect(await listTags(deep)).toMatch(/^SerializationException: .*nested deeper than/)
  })
  test('is malformed: a filter that holds itself, deeper than any', async () => {
    const filter = `${'{"Not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`
    const body = `{"FilterStatement":${filter}}`
    const search = { service: 'acm', target: 'CertificateManager.SearchCertificates', body }
    expect(await refused(search)).toMatch(/^SerializationException: /)
  })
  test('is too large beyond 4 MiB, declared or in pieces', async () => {
    const body = Buffer.alloc(4 * MIB + 1, 0x20)
    const { plain } = signed(api.port, { target: LIST, body }, keys)
    const declared = await sent({ plain, body }, false)
    expectSpoken(declared)
    expect([declared.status, declared.json.__type]).toEqual([413, 'RequestEntityTooLargeException'])
    const { 'Content-Length': _, ...headers } = plain.headers as Record<string, string>
    const pieces = { plain: { ...plain, headers: { ...headers, 'Transfer-Encoding': 'chunked' } }, body }
    expect(await sent(pieces)).toMatchObject({
      status: 413,
      json: { __type: 'RequestEntityTooLargeException' },
    })
    // As much as it may be, and not more.
    expect(await refused({ target: LIST, body: `{}${' '.repeat(4 * MIB - 2)}` })).toBe('none')
  })
  test('is malformed for REST-JSON, whose members stand in the query besides', async () => {
    const path = '/deletepermission?permissionArn=arn:aws:ram:us-east-1:111122223333:permission/x'
    for (const body of ['"text"', '[]', '7', '{']) {
      const asked = { service: 'ram', method: 'DELETE', path, type: 'application/json', body }
      const { status, json } = await sent(signed(api.port, asked, keys))
      expect([status, json.__type], body).toEqual([400, 'SerializationException'])
    }
  })
  test('has more faults than are worth saying: the answer is short however long it is', async () => {
    const tags = (count: number) => `{"Tags":[${Array(count).fill('{}').join(',')}]}`
    const many = await refused({ target: 'ACMPrivateCA.TagCertificateAuthority', body: tags(1_000_000) })
    expect(many).toMatch(/^ValidationException: 2 validation errors detected: .* less than or equal to 50/)
    const nulls = `{"resourceOwner":"SELF","resourceShareArns":[${Array(200_000).fill('null').join(',')}]}`
    const path = '/getresourceshares'
    const ram = { service: 'ram', path, type: 'application/json', body: nulls }
    const { status, json, text } = await sent(signed(api.port, ram, keys))
    expect({ status, type: json.__type }).toEqual({ status: 400, type: 'ValidationException' })
    expect(text.length).toBeLessThan(20_000)
  })
})

describe('an input (contract §2)', () => {
  test('may hold what nobody knows, and null for what isn’t there', async () => {
    const more = ',"NoSuchMember":{"a":[1]},"__proto__":{"MaxResults":"x"},"constructor":1'
    expect(await listTags(arnAnd(more))).toBe('none')
    expect(await listTags(arnAnd(',"MaxResults":null,"NextToken":null'))).toBe('none')
    expect(await listTags('{"CertificateAuthorityArn":null}')).toBe(
      "ValidationException: 1 validation error detected: Value null at 'certificateAuthorityArn' failed to satisfy constraint: Member must not be null",
    )
  })
  test('without octets is an empty one', async () => {
    expect(await refused({ target: LIST, body: '' })).toBe('none')
    expect(await refused({ target: LIST, body: '', type: null })).toBe('none')
  })
  test('may call its type application/json, and its charset', async () => {
    expect(await refused({ target: LIST, type: 'application/json' })).toBe('none')
    expect(await refused({ target: LIST, type: `${JSON_TYPE}; charset=UTF-8` })).toBe('none')
  })
  test.each(['%%%', 'QUJ', 'QUJD\nQUJD', 'QUI-', 'QQ==QQ==', '===='])(
    'has octets in base64, not %j',
    async (Csr) => {
      expect(await refused({ target: ISSUE, body: JSON.stringify({ ...issuing(), Csr }) })).toBe(
        'SerializationException: csr: is not base64',
      )
    },
  )
  test('has octets in base64, not a PEM text as it is', async () => {
    const Csr = '-----BEGIN CERTIFICATE REQUEST-----'
    expect(await refused({ target: ISSUE, body: JSON.stringify({ ...issuing(), Csr }) })).toMatch(
      /^SerializationException: csr: /,
    )
  })
  test.each(['"2026-01-01T00:00:00Z"', '"1767225600"', '1e300', '[1]', 'true'])(
    'has times as seconds, not %s',
    async (time) => {
      const filter = `{"Filter":{"X509AttributeFilter":{"NotAfter":{"Start":${time}}}}}`
      const body = `{"FilterStatement":${filter}}`
      const search = { service: 'acm', target: 'CertificateManager.SearchCertificates', body }
      expect(await refused(search)).toMatch(/^SerializationException: .*notAfter\.start: /)
    },
  )
})

/** An input of IssueCertificate that is taken, with something of everything. */
const issuing = () => ({
  CertificateAuthorityArn: arn,
  Csr: csr,
  SigningAlgorithm: 'SHA256WITHECDSA',
  TemplateArn: 'arn:aws:acm-pca:::template/BlankEndEntityCertificate_APIPassthrough/V1',
  Validity: { Type: 'DAYS', Value: 30 },
  ValidityNotBefore: { Type: 'ABSOLUTE', Value: Math.floor(installation.ports.clock.now() / 1000) },
  ApiPassthrough: {
    Subject: { CommonName: 'www.example.com', Organization: 'Example', Country: 'DE' },
    Extensions: {
      KeyUsage: { DigitalSignature: true },
      ExtendedKeyUsage: [{ ExtendedKeyUsageType: 'SERVER_AUTH' }],
      SubjectAlternativeNames: [{ DnsName: 'www.example.com' }, { IpAddress: '192.0.2.1' }],
      CertificatePolicies: [
        {
          CertPolicyId: '1.3.6.1.4.1.99999.1',
          PolicyQualifiers: [{ PolicyQualifierId: 'CPS', Qualifier: { CpsUri: 'http://example.com/cps' } }],
        },
      ],
      CustomExtensions: [{ ObjectIdentifier: '1.3.6.1.4.1.99999.2', Value: 'BAEB', Critical: false }],
    },
  },
})
const csr = Buffer.from(aRequest({ algorithm: 'EC_prime256v1' })).toString('base64')

describe('a valid request with something changed is taken or refused, never a fault', () => {
  test('is taken as it is', async () => {
    expect(await refused({ target: ISSUE, body: JSON.stringify(issuing()) })).toBe('none')
  })
  test('octets of the body', async () => {
    const valid = Buffer.from(JSON.stringify(issuing()))
    const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.constantFrom('set', 'cut', 'insert'))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let body = Buffer.from(valid)
        for (const [at, octet, how] of changes)
          if (how === 'set') body[Math.min(at, body.length - 1)] = octet
          else
            body = Buffer.concat([
              body.subarray(0, at),
              how === 'insert' ? Buffer.of(octet) : Buffer.alloc(0),
              body.subarray(how === 'cut' ? at + 1 : at),
            ])
        await call({ target: ISSUE, body })
      }),
      { numRuns: 400 },
    )
  })
  test('octets of the CSR', async () => {
    const der = Buffer.from(csr, 'base64')
    await fc.assert(
      fc.asyncProperty(fc.nat(der.length - 1), fc.nat(255), async (at, octet) => {
        const changed = Buffer.from(der)
        changed[at] = octet
        const body = JSON.stringify({ ...issuing(), Csr: changed.toString('base64') })
        const { status, json } = await call({ target: ISSUE, body })
        if (der[at] !== octet) expect([status, json.__type]).toEqual([400, 'MalformedCSRException'])
      }),
      { numRuns: 200 },
    )
  })
  test('values of members, anywhere', async () => {
    const places = placesOf(issuing())
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.jsonValue(), async (place, value) => {
        await call({ target: ISSUE, body: JSON.stringify(withValue(issuing(), place, value)) })
      }),
      { numRuns: 400 },
    )
  })
  test('the headers that say who calls', async () => {
    const asked = signed(api.port, { target: LIST }, keys)
    const headers = asked.plain.headers as Record<string, string>
    const named = fc.constantFrom('Authorization', 'X-Amz-Date', 'X-Amz-Target', 'Content-Type')
    await fc.assert(
      fc.asyncProperty(named, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), async (name, at, code) => {
        const given = headers[name] ?? ''
        const index = at % given.length
        const changed = given.slice(0, index) + String.fromCharCode(code) + given.slice(index + 1)
        const answer = await sent({
          ...asked,
          plain: { ...asked.plain, headers: { ...headers, [name]: changed } },
        })
        expect(answer.status, `${name}: ${changed}`).toBeLessThan(500)
        // Blanks around a value are no part of it, nor is letter case of a type.
        if (changed.trim() !== given.trim() && name !== 'Content-Type')
          expect(answer.status, `${name}: ${changed}`).not.toBe(200)
      }),
      { numRuns: 300 },
    )
  })
})

type Place = readonly string[]
function placesOf(value: unknown, place: Place = []): readonly Place[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, each]) => placesOf(each, [...place, name]))
      : []
  return [place, ...inner]
}
function withValue(of: unknown, [name, ...rest]: Place, value: unknown): unknown {
  if (name === undefined) return value
  const copy = structuredClone(of) as Record<string, unknown>
  copy[name] = withValue(copy[name], rest, value)
  return copy
}

describe('what stands in front says no as AWS does', () => {
  const open: Listening[] = []
  afterAll(async () => {
    for (const each of open) await each.close()
  })
  async function behind(door: FrontDoorOptions): Promise<number> {
    const { limits } = door
    const face = apiListener(installation.ports, {
      ready: () => true,
      ...(limits !== undefined && {
        limit: (request, response, principal, operation) =>
          limits.takeCall(response, principal, operation, entranceOf(request).address),
      }),
    })
    const listener = await listening(createFrontDoor(door, { refuse: face.refuse }, face.inner))
    open.push(listener)
    return listener.port
  }
  const day = { seconds: 86_400 }
  const typeOf = ({ status, json }: WireAnswer) => [status, json.__type]

  test('too many calls of a principal or of an operation: ThrottlingException, and when to come again', async () => {
    for (const rule of [
      { kind: 'principal', requests: 1, ...day },
      { kind: 'operation', operation: 'acm-pca:ListTags', requests: 1, ...day },
    ] as const) {
      const port = await behind({ limits: new RateLimits([rule]) })
      const asked = { target: TAGS, body: arnAnd('') }
      expect((await call(asked, port)).status).toBe(200)
      const second = await call(asked, port)
      expect(typeOf(second)).toEqual([400, 'ThrottlingException'])
      expect(second.json.message).toMatch(/^Rate exceeded/)
      expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
    }
  })
  test('too many requests of an address: ThrottlingException, before it is known who calls', async () => {
    const port = await behind({ limits: new RateLimits([{ kind: 'address', requests: 1, ...day }]) })
    expect(typeOf(await call({ target: LIST, keys: null }, port))).toEqual([
      400,
      'MissingAuthenticationTokenException',
    ])
    expect(typeOf(await call({ target: LIST }, port))).toEqual([400, 'ThrottlingException'])
  })
  test('an address that a rule keeps out: AccessDeniedException', async () => {
    const addresses = addressSet(['127.0.0.0/8'])
    if ('wrong' in addresses) throw new Error(addresses.wrong)
    const rule = { addresses, path: () => true, mostOctets: undefined } as const
    const port = await behind({ rules: [{ ...rule, verdict: 'deny' }] })
    expect(typeOf(await call({ target: LIST }, port))).toEqual([400, 'AccessDeniedException'])
    const small = await behind({ rules: [{ ...rule, verdict: 'allow', mostOctets: 10 }] })
    expect(typeOf(await call({ target: TAGS, body: arnAnd('') }, small))).toEqual([
      413,
      'RequestEntityTooLargeException',
    ])
  })
  test('a host name by which nobody may call: an error of AWS’s, too', async () => {
    const port = await behind({ hosts: ['ca.example.com'] })
    expect((await call({ target: LIST }, port)).status).toBe(400)
  })
})

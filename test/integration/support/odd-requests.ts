import { generateKeyPairSync } from 'node:crypto'
import { opensslRequest, P256 } from './requests.ts'
import { derOf } from './load.ts'

/** `why`: what is wrong; `field`: what the answer must name. */
export type Odd = {
  readonly why: string
  readonly body: unknown
  readonly code: RegExp
  readonly field: string
}

const CSR = /^csr_invalid$/
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')
const csrPem = (octets: Uint8Array): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${base64(octets).replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE REQUEST-----\n`
const NAMED = ['-addext', 'subjectAltName=DNS:a.example']

/** Certification requests that are none, or of keys that no certificate may carry. */
export function oddCsrs(): readonly Odd[] {
  const good = derOf(opensslRequest(P256, '/CN=a.example', NAMED).csr)
  const nested = (depth: number): Buffer => {
    let der = Buffer.from('0500', 'hex')
    for (let i = 0; i < depth; i++) {
      const { length } = der
      const head =
        length < 128
          ? [0x30, length]
          : length < 256
            ? [0x30, 0x81, length]
            : [0x30, 0x82, length >> 8, length & 255]
      der = Buffer.concat([Buffer.from(head), der])
    }
    return der
  }
  const changed = (at: number, octet: (was: number) => number): Buffer => {
    const copy = Buffer.from(good)
    copy[at < 0 ? copy.length + at : at] = octet(copy.at(at) ?? 0)
    return copy
  }
  // The outer SEQUENCE has a length of two octets: 30 82 hh ll.
  const content = good.subarray(good[1] === 0x81 ? 3 : 4)
  const long = Buffer.from([0x30, 0x83, 0, content.length >> 8, content.length & 255])
  const octets: readonly (readonly [string, Uint8Array])[] = [
    ...[0, 1, 2, 10, good.length - 1].map(
      (length) => [`cut to ${length} octets`, good.subarray(0, length)] as const,
    ),
    ['octets behind it', Buffer.concat([good, Buffer.from([0])])],
    ['40,000 octets of zeros', Buffer.alloc(40_000)],
    ['40,000 octets of ones', Buffer.alloc(40_000, 0xff)],
    ['nested 50 deep', nested(50)],
    ['nested 5,000 deep', nested(5000)],
    ['BER: indefinite length', Buffer.concat([Buffer.from([0x30, 0x80]), content, Buffer.from([0, 0])])],
    ['BER: a length with a leading zero', Buffer.concat([long, content])],
    ['a length of 2³² − 1', Buffer.concat([Buffer.from('3084ffffffff', 'hex'), content])],
    ['a wrong signature', changed(-1, (was) => was ^ 1)],
    ['a changed name', Buffer.from(good.toString('latin1').replaceAll('a.example', 'b.example'), 'latin1')],
    ['a version of its own', changed(good.indexOf(Buffer.from('020100', 'hex')) + 2, () => 9)],
  ]
  return [
    ...octets.flatMap(([why, der]) =>
      der.length === 0
        ? []
        : [
            { why: `${why}, PEM`, body: { csr: csrPem(der) }, code: CSR, field: 'csr' },
            { why: `${why}, base64`, body: { csr: base64(der) }, code: CSR, field: 'csr' },
          ],
    ),
    ...oddTexts(csrPem(good)),
    ...oddKeys(),
  ]
}

function oddTexts(good: string): readonly Odd[] {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const texts: readonly (readonly [string, string])[] = [
    ['not base64', '§§§ not a request §§§'],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['two requests', good + good],
    ['no end', good.replace(/-----END[^]*/, '')],
    ['another label', good.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')],
    ['encrypted headers', good.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n')],
    ['blanks only', '   \n  '],
    ['control characters', '\u0000\u0001\u0002'],
  ]
  return texts.map(([why, csr]) => ({ why, body: { csr }, code: CSR, field: 'csr' }))
}

/** Weak keys and curves that aren't issued for; what this openssl can't make is left to the fixtures of the parser. */
function oddKeys(): readonly Odd[] {
  const made: readonly (readonly [string, string, readonly string[]])[] = [
    ['RSA of 1024 bits', 'rsa:1024', []],
    ['RSA with exponent 3', 'rsa:2048 -pkeyopt rsa_keygen_pubexp:3', []],
    ['RSA of 1536 bits', 'rsa:1536', []],
    ['P-224', 'ec -pkeyopt ec_paramgen_curve:P-224', []],
    ['secp256k1', 'ec -pkeyopt ec_paramgen_curve:secp256k1', []],
    ['brainpool', 'ec -pkeyopt ec_paramgen_curve:brainpoolP256r1', []],
    ['Ed448', 'ed448', []],
    ['signed with SHA-1', P256, ['-sha1']],
    ['explicit curve parameters', `${P256} -pkeyopt ec_param_enc:explicit`, []],
  ]
  return made.map(([why, newKey, more]) => ({
    why,
    body: { csr: opensslRequest(newKey, '/CN=a.example', [...NAMED, ...more]).csr },
    code: /^(csr_invalid|lint_failed|request_invalid)$/,
    // A key that is too weak is found by the lint, which speaks of the certificate's fields.
    field: why.startsWith('RSA') ? 'subjectPublicKeyInfo' : 'csr',
  }))
}

const REQUEST = /^(request_invalid|lint_failed)$/
const key = { algorithm: 'EC_prime256v1' }
const KINDS = {
  dns: [
    ...['', ' ', 'a b.example', 'a\u0000.example', 'a\n.example', `${'a'.repeat(64)}.example`],
    ...[`${'a.'.repeat(130)}example`, '*', '*.', '*.example.*', 'a.*.example', '*.*.example', 'w*.example'],
    ...[
      'a..example',
      '.example',
      '-a.example',
      'a-.example',
      'a_b.example',
      '192.0.2.1',
      '[::1]',
      'a.example.',
    ],
    ...['p\u0430ypal.example', 'xn--', 'xn--a.example', 'a\u200d.example', 'http://a.example'],
    ...['a.example:443', 'a.example/', '*.xn--zzzzzzzzzzzzzzzzzz99999.example'],
  ],
  ip: [
    '',
    '1.2.3',
    '999.1.1.1',
    '01.2.3.4',
    '1.2.3.4.5',
    'fe80::1%eth0',
    '192.0.2.0/24',
    ':::1',
    '12345::',
    '::ffff:1.2.3',
    'localhost',
  ],
  email: [
    '',
    'nobody',
    '@a.example',
    'a@',
    'a@b@c.example',
    'a b@c.example',
    'a@*.example',
    'a\r\n@c.example',
  ],
  uri: ['', 'nothing', '/relative', 'spiffe://', 'http://a b.example/', 'http://', 'a:\u0000'],
} as const

/** Bodies whose names, validity, subject or members are wrong, one thing each. */
export function oddBodies(): readonly Odd[] {
  const one = (why: string, field: string, body: Record<string, unknown>): Odd => ({
    why,
    body: { key, names: { dns: ['a.example'] }, ...body },
    code: REQUEST,
    field,
  })
  const names = Object.entries(KINDS).flatMap(([kind, values]) =>
    values.map((value) =>
      one(`${kind} ${JSON.stringify(value).slice(0, 60)}`, `names.${kind}[1]`, {
        names: { dns: ['a.example'], [kind]: [GOOD[kind], value] },
      }),
    ),
  )
  return [
    ...names,
    // What isn't Unicode is refused while the JSON is read, which names the member it is in.
    one('half a surrogate pair', 'names', { names: { dns: ['\ud800.example'] } }),
    one('101 names', 'names.dns', { names: { dns: Array.from({ length: 101 }, (_, n) => `n${n}.example`) } }),
    one('no names', 'names', { names: {} }),
    ...[0, -1, 1.5, 1e9, '90', null].map((days) =>
      one(`${days} days`, 'validity.days', { validity: { days } }),
    ),
    one('beyond the issuer', 'validity.days', { validity: { days: 3000 } }),
    ...[0, -5, 0.5].map((seconds) =>
      one(`${seconds} seconds`, 'validity.seconds', { validity: { seconds } }),
    ),
    one('in the past', 'validity.notAfter', { validity: { notAfter: '2020-01-01T00:00:00Z' } }),
    one('year 10000', 'validity.notAfter', { validity: { notAfter: '+010000-01-01T00:00:00Z' } }),
    one('no time at all', 'validity.notAfter', { validity: { notAfter: 'tomorrow' } }),
    one('two validities', 'validity', { validity: { days: 1, seconds: 1 } }),
    one('no validity', 'validity', { validity: {} }),
    one('an unknown member', 'nmaes', { nmaes: {} }),
    one('an unknown member within', 'key.size', { key: { ...key, size: 2048 } }),
    one('another case', 'Names', { Names: {} }),
    { ...one('an unknown profile', 'profile', { profile: 'tls-everything' }), code: /^not_found$/ },
    one('an unknown template', 'template', { template: 'EndEntityCertificate/V2' }),
    one('a passthrough without template', 'passthrough', { passthrough: {} }),
    one('a weak key', 'key.algorithm', { key: { algorithm: 'RSA_1024' } }),
    one('a key of both kinds', 'key', { csr: 'x' }),
    one('neither key nor request', 'csr', { key: undefined }),
    one('a long common name', 'subject.commonName', { subject: { commonName: 'x'.repeat(65) } }),
    one('a country of three letters', 'subject.country', { subject: { country: 'DEU' } }),
    one('a country of digits', 'subject.country', { subject: { country: '12' } }),
    one('a control character', 'subject.organization', { subject: { organization: 'a\u0007b' } }),
    one('a short passphrase', 'export.passphrase', { export: { format: 'pkcs12', passphrase: 'short' } }),
  ]
}
const GOOD: Readonly<Record<string, string>> = {
  dns: 'b.example',
  ip: '192.0.2.1',
  email: 'a@b.example',
  uri: 'spiffe://a.example/b',
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { readChainConstraints } from '../../../src/core/x509/chain-constraints.ts'
import { DerError } from '../../../src/core/x509/der/errors.ts'
import { element, explicit, integer, oid, sequence, setOf } from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { encodeNameConstraints } from '../../../src/core/x509/name-constraints-extension.ts'
import { nameFromText } from '../../../src/core/x509/name-from-text.ts'
import { constraintsFrom } from '../../../src/core/x509/name-constraints-input.ts'
import { constraintViolations } from '../../../src/core/x509/name-constraints.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { GeneralName, NameConstraints } from '../../../src/core/domain/names.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const compiled = (constraints: NameConstraints) => readChainConstraints(encodeNameConstraints(constraints))
const nameOf = (text: string): Uint8Array => {
  const name = nameFromText(text)
  if (name instanceof Uint8Array) return name
  throw new Error(name.message)
}
const allows = (constraints: NameConstraints, name: GeneralName, subject: Uint8Array = EMPTY_NAME): boolean =>
  constraintViolations([name], subject, compiled(constraints)).length === 0
const subtree = (tag: number, content: Uint8Array | string): Uint8Array =>
  sequence(element(tag, typeof content === 'string' ? Buffer.from(content, 'latin1') : content))
const permitting = (...subtrees: readonly Uint8Array[]) =>
  readChainConstraints(sequence(explicit(0, ...subtrees)))
const excluding = (...subtrees: readonly Uint8Array[]) =>
  readChainConstraints(sequence(explicit(1, ...subtrees)))

type Kind = 'dns' | 'ip' | 'email' | 'uri' | 'directory'
/** [kind, subtree, name, whether the subtree covers the name] */
const COVERS: readonly [Kind, string, string, boolean][] = [
  // RFC 5280 §4.2.1.10: "www.host.example.com would satisfy the constraint but host1.example.com would not."
  ['dns', 'host.example.com', 'www.host.example.com', true],
  ['dns', 'host.example.com', 'host.example.com', true],
  ['dns', 'host.example.com', 'host1.example.com', false],
  ['dns', 'example.com', 'notexample.com', false],
  ['dns', 'example.com', 'a.b.c.example.com', true],
  ['dns', 'example.com', '*.example.com', true],
  ['dns', 'example.com', 'example.com.evil.org', false],
  ['dns', 'www.example.com', 'example.com', false],
  // "a URI constraint host.example.com is one host, .example.com its subdomains but not itself"
  ['uri', 'host.example.com', 'https://host.example.com/path', true],
  ['uri', 'host.example.com', 'https://my.host.example.com/', false],
  ['uri', '.example.com', 'https://host.example.com:8443/?q', true],
  ['uri', '.example.com', 'https://my.host.example.com', true],
  ['uri', '.example.com', 'https://example.com/', false],
  ['uri', 'host.example.com', 'HTTPS://HOST.example.COM/', true],
  ['uri', 'example.org', 'spiffe://example.org/service', true],
  ['uri', 'example.org', 'https://example.org@evil.com/', false],
  ['uri', 'example.org', 'https://evil.com/example.org', false],
  ['uri', 'example.org', 'https://evil.com?@example.org', false],
  // "root@example.com" one mailbox, "example.com" a host, ".example.com" hosts below
  ['email', 'root@example.com', 'root@example.com', true],
  ['email', 'root@example.com', 'root@EXAMPLE.com', true],
  ['email', 'root@example.com', 'Root@example.com', false],
  ['email', 'root@example.com', 'admin@example.com', false],
  ['email', 'example.com', 'anyone@example.com', true],
  ['email', 'example.com', 'anyone@mail.example.com', false],
  ['email', '.example.com', 'anyone@mail.example.com', true],
  ['email', '.example.com', 'anyone@example.com', false],
  // "192.0.2.0/24 (mask 255.255.255.0)"
  ['ip', '192.0.2.0/24', '192.0.2.0', true],
  ['ip', '192.0.2.0/24', '192.0.2.255', true],
  ['ip', '192.0.2.0/24', '192.0.3.0', false],
  ['ip', '192.0.2.128/25', '192.0.2.127', false],
  ['ip', '192.0.2.7/32', '192.0.2.7', true],
  ['ip', '0.0.0.0/0', '203.0.113.9', true],
  ['ip', '0.0.0.0/0', '2001:db8::1', false],
  ['ip', '2001:db8::/32', '2001:db8:ffff::1', true],
  ['ip', '2001:db8::/33', '2001:db8:8000::', false],
  ['ip', '::/0', '192.0.2.1', false],
  // §4.2.1.10 and §7.1: names below begin with the same RDNs, values compare without case, string type and blanks
  ...(
    [
      ['O=Example GmbH,C=DE', 'O=Example GmbH,C=DE', true],
      ['O=Example GmbH,C=DE', 'CN=www,OU=Web,O=Example GmbH,C=DE', true],
      ['O=Example GmbH,C=DE', 'CN=www,O=EXAMPLE  gmbh,C=DE', true],
      ['O=Example GmbH,C=DE', 'C=DE', false],
      ['O=Example GmbH,C=DE', 'O=Example GmbH,C=AT', false],
      ['O=Example GmbH,C=DE', 'O=Example GmbH,ST=Hessen,C=DE', false],
      ['O=Example GmbH,C=DE', 'C=DE,O=Example GmbH', false],
      ['O=Example GmbH,C=DE', 'O=Example,C=DE', false],
      ['O=Größe', 'O=GRÖSSE', true],
      ['O=\\C2\\ADEx\\C2\\A0ample', 'O=Ex ample', true],
      ['DC=example,DC=com', 'CN=a,DC=Example,DC=COM', true],
      ['CN=a+UID=b', 'UID=B+CN=A', true],
      ['CN=a+UID=b', 'CN=a', false],
      ['CN=a', 'CN=a+UID=b', false],
    ] as const
  ).map(([base, name, covered]): [Kind, string, string, boolean] => ['directory', base, name, covered]),
]

describe('subtrees (RFC 5280 §4.2.1.10)', () => {
  test.each(COVERS)('%s %s covers %s: %s', (kind, base, value, covered) => {
    const name: GeneralName = { type: kind, value: kind === 'directory' ? hex(nameOf(value)) : value }
    expect(allows({ permitted: { [kind]: [base] } }, name)).toBe(covered)
    expect(allows({ excluded: { [kind]: [base] } }, name)).toBe(!covered)
  })

  test('other kinds of name are free', () => {
    const permitted = { dns: ['example.com'] }
    expect(allows({ permitted }, { type: 'ip', value: '192.0.2.1' })).toBe(true)
    expect(allows({ permitted }, { type: 'email', value: 'a@b.example' })).toBe(true)
    expect(allows({ permitted }, { type: 'other', oid: '1.2.3', value: '0500' })).toBe(true)
  })

  test('excluded goes before permitted; one of several permitted subtrees is enough', () => {
    const constraints = {
      permitted: { dns: ['example.com', 'example.org'] },
      excluded: { dns: ['secret.example.com'] },
    }
    expect(allows(constraints, { type: 'dns', value: 'a.example.org' })).toBe(true)
    expect(allows(constraints, { type: 'dns', value: 'a.example.com' })).toBe(true)
    expect(allows(constraints, { type: 'dns', value: 'a.secret.example.com' })).toBe(false)
  })

  test('an excluded host is not within reach of a wildcard', () => {
    const excluded = { dns: ['secret.example.com'] }
    expect(allows({ excluded }, { type: 'dns', value: '*.example.com' })).toBe(false)
    expect(allows({ excluded }, { type: 'dns', value: '*.secret.example.com' })).toBe(false)
    expect(
      allows({ excluded: { dns: ['a.secret.example.com'] } }, { type: 'dns', value: '*.example.com' }),
    ).toBe(true)
    expect(
      allows({ permitted: { dns: ['secret.example.com'] } }, { type: 'dns', value: '*.example.com' }),
    ).toBe(false)
  })

  test('the empty domain excludes every DNS name', () => {
    expect(allows({ excluded: { dns: [''] } }, { type: 'dns', value: 'example.com' })).toBe(false)
    expect(allows({ excluded: { dns: [''] } }, { type: 'ip', value: '192.0.2.1' })).toBe(true)
  })

  test.each(['urn:uuid:1b2e', 'mailto:a@example.com', 'https://192.0.2.1/', 'https://[2001:db8::1]/'])(
    'a URI without a host name (%s) is refused where URIs are constrained, even by exclusion only',
    (value) => {
      expect(allows({ excluded: { uri: ['example.org'] } }, { type: 'uri', value })).toBe(false)
      expect(allows({ excluded: { dns: ['example.org'] } }, { type: 'uri', value })).toBe(true)
    },
  )

  test('two authorities whose permitted subtrees have nothing in common permit nothing', () => {
    const chain = [
      compiled({ permitted: { dns: ['a.example'] } }),
      compiled({ permitted: { dns: ['b.example'] } }),
    ]
    for (const value of ['x.a.example', 'x.b.example', 'example'])
      expect(
        chain.flatMap((one) => constraintViolations([{ type: 'dns', value }], EMPTY_NAME, one)),
      ).not.toEqual([])
  })

  test('violations name the place', () => {
    const names: GeneralName[] = [
      { type: 'dns', value: 'a.example.com' },
      { type: 'dns', value: 'a.example.org' },
    ]
    expect(
      constraintViolations(names, EMPTY_NAME, compiled({ permitted: { dns: ['example.com'] } })),
    ).toEqual([
      { field: 'subjectAltName[1]', message: 'a.example.org is in no subtree that the chain permits' },
    ])
  })
})

describe('the subject', () => {
  const emailSubject = (text: string): Uint8Array =>
    sequence(setOf([sequence(oid(OID.emailAddress), element(0x16, Buffer.from(text)))]))
  const base = encodeSubject({ country: 'DE', organization: 'Example' })
  const directory = (der: Uint8Array): Uint8Array => sequence(explicit(4, der))

  test('e-mail addresses in the subject obey constraints on e-mail', () => {
    const constraints = compiled({ permitted: { email: ['example.com'] } })
    expect(constraintViolations([], emailSubject('a@example.com'), constraints)).toEqual([])
    expect(constraintViolations([], emailSubject('a@example.org'), constraints)).toMatchObject([
      { field: 'subject.emailAddress' },
    ])
  })

  test.each<[string, Uint8Array, boolean]>([
    ['the name itself', base, true],
    ['a name below', encodeSubject({ country: 'DE', organization: 'Example', commonName: 'x' }), true],
    ['other case and spaces', encodeSubject({ country: 'DE', organization: 'eXample' }), true],
    ['a name above', encodeSubject({ country: 'DE' }), false],
    ['another first attribute', encodeSubject({ country: 'AT', organization: 'Example' }), false],
    [
      'the attributes elsewhere',
      encodeSubject({ country: 'DE', locality: 'Bonn', organization: 'Example' }),
      false,
    ],
    ['the empty name, which is no name', EMPTY_NAME, true],
  ])('directory names: %s', (_, subject, covered) => {
    expect(constraintViolations([], subject, permitting(directory(base))).length === 0).toBe(covered)
    if (subject === EMPTY_NAME) return
    expect(constraintViolations([], subject, excluding(directory(base))).length === 0).toBe(!covered)
    const alternative: GeneralName = { type: 'directory', value: hex(subject) }
    expect(constraintViolations([alternative], EMPTY_NAME, permitting(directory(base))).length === 0).toBe(
      covered,
    )
  })
})

describe('constraints of foreign authorities', () => {
  test('kinds of name that nobody here can compare are refused in certificates', () => {
    const constraints = excluding(
      sequence(element(0xa0, oid('1.2.3'), explicit(0, integer(1)))),
      subtree(0x88, Uint8Array.of(42, 3)),
    )
    expect(
      constraintViolations([{ type: 'other', oid: '1.2.3', value: '0500' }], EMPTY_NAME, constraints),
    ).toHaveLength(1)
    expect(constraintViolations([{ type: 'rid', value: '1.2.3' }], EMPTY_NAME, constraints)).toHaveLength(1)
    expect(constraintViolations([{ type: 'dns', value: 'a.example' }], EMPTY_NAME, constraints)).toEqual([])
  })

  test('a DNS subtree with a leading dot is subdomains only; excluded, it takes the domain too', () => {
    const violations = (value: string, constraints: ReturnType<typeof permitting>) =>
      constraintViolations([{ type: 'dns', value }], EMPTY_NAME, constraints).length
    expect(violations('a.example.com', permitting(subtree(0x82, '.example.com')))).toBe(0)
    expect(violations('example.com', permitting(subtree(0x82, '.Example.com')))).toBe(1)
    expect(violations('example.com', excluding(subtree(0x82, '.example.com')))).toBe(1)
  })

  test.each<[string, Uint8Array]>([
    ['empty', sequence()],
    ['an empty list', sequence(explicit(0))],
    [
      'a minimum',
      sequence(
        explicit(0, sequence(element(0x82, Buffer.from('a.example')), element(0x80, Uint8Array.of(1)))),
      ),
    ],
    ['an address of four octets', sequence(explicit(0, subtree(0x87, new Uint8Array(4))))],
    ['a mask with a gap', sequence(explicit(0, subtree(0x87, Uint8Array.of(10, 0, 0, 0, 255, 0, 255, 0))))],
    ['a URL where a host belongs', sequence(explicit(0, subtree(0x86, 'https://a.example')))],
    ['a wildcard', sequence(explicit(0, subtree(0x82, '*.a.example')))],
    ['a NUL', sequence(explicit(1, subtree(0x82, 'a.example\0')))],
    ['no general name', sequence(explicit(0, subtree(0x0c, 'a')))],
  ])('refuses %s', (_, value) => {
    expect(() => readChainConstraints(value)).toThrow(DerError)
  })

  test('property: rubbish ends in a DerError', () => {
    const good = encodeNameConstraints({
      permitted: { dns: ['a.example'], ip: ['10.0.0.0/8'], email: ['.a.example'], uri: ['b.example'] },
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
        const mutated = Uint8Array.from(good)
        for (const [at, value] of changes) mutated[at % mutated.length] = value
        try {
          readChainConstraints(mutated)
        } catch (error) {
          expect(error instanceof DerError || error instanceof ChanceryError).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('constraintsFrom', () => {
  test('gives canonical forms, without duplicates', () => {
    const given: NameConstraints = {
      permitted: {
        dns: ['Example.COM', 'example.com', 'bücher.example'],
        ip: ['2001:DB8::/32'],
        directory: ['o=Example\\2C Inc., c=DE', 'O=Example\\, Inc.,C=DE'],
        email: ['.Example.com', 'Root@Example.com'],
      },
      excluded: { dns: [''], uri: ['Host.example.com'] },
    }
    expect(constraintsFrom(given)).toEqual({
      permitted: {
        dns: ['example.com', 'xn--bcher-kva.example'],
        ip: ['2001:db8::/32'],
        directory: ['O=Example\\, Inc.,C=DE'],
        email: ['.example.com', 'Root@example.com'],
      },
      excluded: { dns: [''], uri: ['host.example.com'] },
    })
  })

  test.each<[string, NameConstraints, readonly string[]]>([
    ['nothing', {}, ['nameConstraints']],
    ['an empty side', { permitted: {} }, ['nameConstraints.permitted']],
    ['an empty list', { permitted: { dns: [] } }, ['nameConstraints.permitted.dns']],
    ['permitting everything', { permitted: { dns: [''] } }, ['nameConstraints.permitted.dns[0]']],
    [
      'a leading dot',
      { permitted: { dns: ['a.example', '.example.com'] } },
      ['nameConstraints.permitted.dns[1]'],
    ],
    ['a wildcard', { excluded: { dns: ['*.example.com'] } }, ['nameConstraints.excluded.dns[0]']],
    ['an address without prefix', { permitted: { ip: ['10.0.0.1'] } }, ['nameConstraints.permitted.ip[0]']],
    [
      'address bits beyond the prefix',
      { permitted: { ip: ['10.0.0.1/8'] } },
      ['nameConstraints.permitted.ip[0]'],
    ],
    [
      'a prefix too long',
      { permitted: { ip: ['10.0.0.0/33', '::/129'] } },
      ['nameConstraints.permitted.ip[0]', 'nameConstraints.permitted.ip[1]'],
    ],
    [
      'directory names that are none',
      { permitted: { directory: ['Example', 'X=y', 'C=de', '', 'O='] } },
      [0, 1, 2, 3, 4].map((place) => `nameConstraints.permitted.directory[${place}]`),
    ],
    ['a URL', { permitted: { uri: ['https://example.com'] } }, ['nameConstraints.permitted.uri[0]']],
    [
      'too many',
      { permitted: { dns: Array.from({ length: 101 }, (_, i) => `h${i}.example`) } },
      ['nameConstraints.permitted.dns'],
    ],
  ])('refuses %s', (_, given, fields) => {
    try {
      constraintsFrom(given)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ChanceryError)
      expect((error as ChanceryError).violations.map(({ field }) => field)).toEqual(fields)
    }
  })
})

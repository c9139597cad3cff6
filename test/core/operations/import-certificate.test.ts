import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { DAY, HOUR } from '../../../src/core/domain/time.ts'
import { authorityCsr } from '../../../src/core/operations/authorities/authority-csr.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import {
  importAuthorityCertificate,
  type ImportCertificateRequest,
} from '../../../src/core/operations/authorities/import-certificate.ts'
import { describeAuthority } from '../../../src/core/operations/authorities/read-authorities.ts'
import { selfSigningRoot } from '../../../src/core/operations/authorities/self-signing-root.ts'
import { issuingAuthority } from '../../../src/core/operations/authorities/signing-authority.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { signRecorded } from '../../../src/core/operations/certificates/sign-recorded.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import { TAG } from '../../../src/core/x509/der/tags.ts'
import { element } from '../../../src/core/x509/der/writer.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  cRLDistributionPoints,
  extKeyUsage,
  freshestCRL,
  inhibitAnyPolicy,
  issuerAltName,
  keyUsage,
  nameConstraints,
  policyConstraints,
  policyMappings,
  subjectAltName,
  subjectInfoAccess,
  subjectKeyIdentifier,
} from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { spkiOf as spkiOfPair, keyPair } from './requests.ts'
import type { Extension } from '../../../src/core/x509/types.ts'
import { anOutsider, certified, certifiedFor, newKey, pemOf, type Certifying } from './outside.ts'
import { aLeaf, aRoot, aSubordinate, advance, barePorts, idOf, TEST_NOW, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
let sub: Authority
beforeAll(async () => {
  given = await barePorts({ settings: { secondOpinion: true } })
  sub = await pending()
})
afterAll(() => given[Symbol.asyncDispose]())

let names = 0
const pending = (
  more: Partial<Parameters<typeof createPendingAuthority>[2]> = {},
  at: TestPorts = given,
): Promise<Authority> =>
  createPendingAuthority(at.ports, at.admin, {
    kind: 'subordinate',
    name: `pending ${++names}`,
    subject: { commonName: 'Pending', organization: 'Example' },
    ...more,
  })
const doImport = (
  authority: Authority,
  certificate: string,
  chain?: string,
  at: TestPorts = given,
): Promise<Authority> => {
  const request: ImportCertificateRequest = {
    reference: authority.id,
    certificate,
    ...(chain === undefined ? {} : { chain }),
  }
  return importAuthorityCertificate(at.ports, at.admin, request)
}

const root = anOutsider('Outside Root')
const middle = anOutsider('Outside Middle', { issuer: root })
const critical = (extension: Extension): Extension => ({ ...extension, critical: true })
const made = (more: Partial<Certifying> = {}, issuer = root): string => pemOf(certifiedFor(sub, issuer, more))
const chainOf = (...all: readonly { readonly der: Uint8Array }[]): string =>
  pemOf(...all.map(({ der }) => der))
const unknown = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: element(TAG.null) }
const strangersKey = newKey()

describe('a certification request', () => {
  test('is a PKCS#10 of the authority’s key, signed by it, that asks to be an authority (RFC 2986, RFC 5280 §4.2.1.9)', async () => {
    const authority = await pending({
      pathLength: 1,
      csrExtensions: {
        keyUsage: ['keyCertSign', 'cRLSign'],
        subjectInfoAccess: [
          { method: 'caRepository', location: { type: 'uri', value: 'http://pki.example.com/ca/' } },
        ],
      },
    })
    expect(authority.status).toBe('PENDING_CERTIFICATE')
    const csr = parseCsr(await authorityCsr(given.ports, given.admin, authority.id), 'csr')
    const key = await given.ports.store.reads.keys.get(authority.key)
    expect(Buffer.compare(csr.publicKey.spki, key?.spki ?? new Uint8Array())).toBe(0)
    const loaded = given.ports.verifier.load(csr.publicKey.spki, 'csr')
    expect(
      await given.ports.verifier.verify(loaded, csr.signatureAlgorithm, csr.signedBytes, csr.signature),
    ).toBe(true)
    expect(csr.extensions.map((each) => ({ ...each, value: Uint8Array.from(each.value) }))).toEqual([
      basicConstraints({ ca: true, pathLength: 1 }),
      keyUsage(['keyCertSign', 'cRLSign']),
      subjectInfoAccess(['http://pki.example.com/ca/']),
    ])
  })

  test('is made when it is first asked for, for an authority that was certified here', async () => {
    const own = await aRoot(given, { name: 'certified here' })
    const [first, again] = [
      await authorityCsr(given.ports, given.admin, own.id),
      await authorityCsr(given.ports, given.admin, own.id),
    ]
    expect(Buffer.compare(first, again)).toBe(0)
    expect(parseCsr(first, 'csr').commonNames).toEqual(['R'])
  })

  test('asks for what an authority needs, or isn’t made', async () => {
    const csrExtensions = { keyUsage: ['digitalSignature'], subjectInfoAccess: [] } as const
    await expectRefusal(pending({ csrExtensions }), 'request_invalid', [
      'csrExtensions.keyUsage key_usage',
      'csrExtensions.keyUsage key_usage',
      'csrExtensions.subjectInfoAccess access_empty',
    ])
    await expectRefusal(pending({ subject: {} }), 'lint_failed', ['subject subject_present'])
  })
})

describe('a certificate from outside', () => {
  test('makes a subordinate active, with its issuers in the chain and their rules at issuance', async () => {
    const constrained = anOutsider('Constrained Root', {
      extensions: [nameConstraints({ permitted: { dns: ['example.com'] } })],
    })
    const authority = await pending()
    const der = certifiedFor(authority, constrained, {
      extensions: [basicConstraints({ ca: true, pathLength: 0 }), subjectKeyIdentifier(new Uint8Array(20))],
    })
    const active = await doImport(authority, pemOf(der), chainOf(constrained))
    expect(active).toMatchObject({ status: 'ACTIVE', pathLength: 0, parent: undefined, isDefault: true })
    const { chain } = await describeAuthority(given.ports, given.admin, authority.id)
    expect(pemOf(...chain)).toBe(chainOf(constrained))
    const inside = await aLeaf(given.ports, given.admin, { authority: authority.id })
    expect(pemOf(...inside.chain)).toBe(pemOf(der) + chainOf(constrained))
    // RFC 5280 §4.2.1.1: as the issuer's certificate has it, whoever hashed it.
    const identifier = parseCertificate(inside.certificate.der).extensions.find(
      ({ oid }) => oid === OID.authorityKeyIdentifier,
    )
    expect(Buffer.from(identifier?.value ?? '').toString('hex')).toBe(`30168014${'00'.repeat(20)}`)
    const names = { dns: ['www.example.org'] }
    await expectRefusal(aLeaf(given.ports, given.admin, { authority: authority.id, names }), 'lint_failed', [
      'subjectAltName[0] name_constraints',
    ])
    const below = aSubordinate(given, { name: 'below', parent: authority.id })
    await expectRefusal(below, 'lint_failed', ['basicConstraints path_length'])
  })

  test('may have several issuers', async () => {
    const authority = await pending()
    const active = await doImport(authority, pemOf(certifiedFor(authority, middle)), chainOf(middle, root))
    expect(active.status).toBe('ACTIVE')
    expect((await describeAuthority(given.ports, given.admin, authority.id)).chain).toHaveLength(2)
  })

  test('stands below an authority of the same place where its chain is exactly that one’s', async () => {
    const own = await aRoot(given, { name: 'own root' })
    const child = await pending()
    const der = await issuedBy(own, child)
    expect(await doImport(child, pemOf(der), pemOf(own.certificate?.der ?? new Uint8Array()))).toMatchObject({
      status: 'ACTIVE',
      parent: own.id,
      externalChain: undefined,
    })
  })

  test('that was revoked since isn’t imported', async () => {
    const own = await aRoot(given, { name: 'revoking root' })
    const child = await pending()
    const der = await issuedBy(own, child)
    const serial = Buffer.from(parseCertificate(der).serialOctets)
      .toString('hex')
      .padStart(32, '0')
      .slice(-32)
    await revokeCertificate(given.ports, given.admin, { id: `${own.id}.${serial}`, reason: 'superseded' })
    const again = doImport(child, pemOf(der), pemOf(own.certificate?.der ?? new Uint8Array()))
    await expectRefusal(again, 'certificate_invalid', ['certificate certificate_revoked'])
  })

  test('of a root is signed by itself, for its own request', async () => {
    const pendingRoot = await pending({ kind: 'root' })
    const { csr, issuer, authority } = await selfSigningRoot(
      given.ports,
      given.admin,
      pendingRoot.id,
      given.calendar.now(),
    )
    const { der } = await signRecorded(given.ports, given.admin, {
      draft: {
        serial: Uint8Array.from({ length: 16 }, () => 0x81),
        signatureAlgorithm: authority.signatureAlgorithm,
        issuer: csr.subject,
        subject: csr.subject,
        notBefore: TEST_NOW - HOUR,
        notAfter: TEST_NOW + 3650 * DAY,
        spki: csr.publicKey.spki,
        extensions: [
          basicConstraints({ ca: true }),
          keyUsage(['keyCertSign', 'cRLSign']),
          subjectKeyIdentifier(new Uint8Array(20)),
        ],
      },
      lint: { kind: 'root', now: TEST_NOW, requireSubjectAltName: false },
      owner: given.admin,
      issuer,
      names: [],
      profile: 'root-authority',
      subjectKey: undefined,
      issuedAt: TEST_NOW,
    })
    await expectRefusal(doImport(pendingRoot, pemOf(der), chainOf(root)), 'certificate_invalid', [
      'chain chain_unexpected',
    ])
    expect(await doImport(pendingRoot, pemOf(der))).toMatchObject({ status: 'ACTIVE', isDefault: false })
    expect((await aSubordinate(given, { name: 'under it', parent: pendingRoot.id })).status).toBe('ACTIVE')
  })

  test('renews an authority under the same key: expired, disabled, or a year early', async () => {
    await using place = await barePorts()
    const authority = await pending({}, place)
    const { ports, admin } = place
    const until = (days: number) =>
      doImport(
        authority,
        pemOf(certifiedFor(authority, root, { notAfter: place.calendar.now() + days * DAY })),
        chainOf(root),
        place,
      )
    const first = await until(10)
    const leaf = (await aLeaf(ports, admin)).certificate
    expect((await until(20)).certificate?.notAfter).toBe((first.certificate?.notAfter ?? 0) + 10 * DAY)
    await updateAuthority(ports, admin, { reference: authority.id, status: 'DISABLED' })
    advance(place, 30 * DAY)
    // AWS: DISABLED if it was disabled before it expired.
    expect((await until(10)).status).toBe('DISABLED')
    await updateAuthority(ports, admin, { reference: authority.id, status: 'ACTIVE' })
    advance(place, 30 * DAY)
    await expectRefusal(aLeaf(ports, admin), 'state_conflict')
    expect((await until(100)).status).toBe('ACTIVE')
    expect((await aLeaf(ports, admin)).certificate.authority).toBe(leaf.authority)
    expect(idOf(leaf)).toContain(authority.id)
  })
})

/** A subordinate's certificate by an authority of the installation, recorded like any other. */
async function issuedBy(issuer: Authority, child: Authority): Promise<Uint8Array> {
  const signing = await issuingAuthority(given.ports, issuer.id)
  const { subject, publicKey } = parseCsr(child.csrDer ?? new Uint8Array(), 'csr')
  const { der } = await signRecorded(given.ports, given.admin, {
    draft: {
      serial: given.ports.random.bytes(16),
      signatureAlgorithm: issuer.signatureAlgorithm,
      issuer: signing.facts.subject,
      subject,
      notBefore: TEST_NOW - HOUR,
      notAfter: TEST_NOW + 100 * DAY,
      spki: publicKey.spki,
      extensions: [
        basicConstraints({ ca: true, pathLength: 0 }),
        keyUsage(['keyCertSign', 'cRLSign']),
        subjectKeyIdentifier(new Uint8Array(20)),
        ...signing.extensions,
      ],
    },
    lint: { kind: 'subordinate', issuer: signing.facts, now: TEST_NOW, requireSubjectAltName: false },
    owner: given.admin,
    issuer: signing,
    names: [],
    profile: 'subordinate-authority',
    subjectKey: undefined,
    issuedAt: TEST_NOW,
  })
  return der
}

type Refused = readonly [what: string, certificate: () => string, chain: () => string | undefined, string[]]

const otherKey = (): string => {
  const { subject } = parseCsr(sub.csrDer ?? new Uint8Array(), 'csr')
  return pemOf(certified(undefined, { issuer: root, subject, spki: spkiOfPair(keyPair('EC_prime256v1')) }))
}
const withRoot = (): string => chainOf(root)
const short = anOutsider('No Further', { extensions: [basicConstraints({ ca: true, pathLength: 0 })] })
const shortMiddle = anOutsider('One Too Many', { issuer: short })
const narrow = anOutsider('Narrow', {
  extensions: [nameConstraints({ permitted: { dns: ['a.test'] }, excluded: { email: ['a.test'] } })],
})
const expiredRoot = anOutsider('Expired Root', { notAfter: TEST_NOW - DAY })
const stranger = anOutsider('Stranger')
const notCa = anOutsider('No Authority', { extensions: [basicConstraints({ ca: false })] })

/** Each with its named error (AWS Private CA, ImportCertificateAuthorityCertificate). */
const REFUSED: readonly Refused[] = [
  ['no PEM', () => 'hello', withRoot, ['certificate pem_text']],
  ['nothing', () => '', withRoot, ['certificate pem_empty']],
  [
    'another kind of PEM',
    () => made().replaceAll('CERTIFICATE', 'PRIVATE KEY'),
    withRoot,
    ['certificate pem_label'],
  ],
  ['damaged base64', () => made().replace('MII', 'M!I'), withRoot, ['certificate pem_block']],
  ['no DER', () => pemOf(Uint8Array.of(1, 2, 3)), withRoot, ['certificate der_structure']],
  ['two certificates', () => made() + made(), withRoot, ['certificate certificate_several']],
  ['more than 32 KiB', () => made() + ' '.repeat(32_768), withRoot, ['certificate certificate_size']],
  ['a chain beyond 2 MiB', made, () => withRoot() + '\n'.repeat(2_097_152), ['chain chain_size']],
  ['eleven issuers', made, () => withRoot().repeat(11), ['chain chain_length']],
  ['a chain that is no PEM', made, () => 'hello', ['chain pem_text']],
  ['an issuer that is no DER', made, () => pemOf(root.der, Uint8Array.of(48, 0)), ['chain[1] der_truncated']],
  ['no chain', made, () => undefined, ['chain chain_missing']],
  ['another key', otherKey, withRoot, ['certificate.subjectPublicKeyInfo certificate_key']],
  [
    'another subject',
    () => made({ subject: encodeSubject({ commonName: 'Other' }) }),
    withRoot,
    ['certificate.subject certificate_subject'],
  ],
  [
    'signed by itself',
    () => pemOf(certifiedFor(sub, { ...root, subject: parseCsr(sub.csrDer ?? '', 'csr').subject })),
    () => undefined,
    ['certificate.issuer certificate_self_signed'],
  ],
  ['the wrong order', () => made({}, middle), () => chainOf(root, middle), ['chain[0] chain_order']],
  ['a missing root', () => made({}, middle), () => chainOf(middle), ['chain chain_incomplete']],
  ['a missing link', () => made({}, middle), withRoot, ['chain[0] chain_foreign', 'chain chain_incomplete']],
  ['a foreign certificate', made, () => chainOf(root, stranger), ['chain[1] chain_foreign']],
  ['an issuer twice', made, () => chainOf(root, root), ['chain[1] chain_duplicate']],
  [
    'no basicConstraints',
    () => made({ without: [OID.basicConstraints] }),
    withRoot,
    ['certificate.basicConstraints basic_constraints_missing'],
  ],
  [
    'basicConstraints that aren’t critical',
    () => made({ extensions: [basicConstraints({ ca: true }, false)] }),
    withRoot,
    ['certificate.basicConstraints basic_constraints_critical'],
  ],
  [
    'CA FALSE',
    () => made({ extensions: [basicConstraints({ ca: false })] }),
    withRoot,
    ['certificate.basicConstraints.cA basic_constraints_ca'],
  ],
  [
    'no keyUsage',
    () => made({ without: [OID.keyUsage] }),
    withRoot,
    ['certificate.keyUsage key_usage_missing'],
  ],
  [
    'a keyUsage without keyCertSign and cRLSign',
    () => made({ extensions: [keyUsage(['digitalSignature'])] }),
    withRoot,
    ['certificate.keyUsage key_usage', 'certificate.keyUsage key_usage'],
  ],
  [
    'an issuer that is no authority',
    () => made({}, notCa),
    () => chainOf(notCa),
    ['chain[0].basicConstraints.cA basic_constraints_ca'],
  ],
  [
    'an issuer whose path length is used up',
    () => made({}, shortMiddle),
    () => chainOf(shortMiddle, short),
    ['certificate.basicConstraints path_length', 'chain[0].basicConstraints path_length'],
  ],
  [
    'a path length of 0 above',
    () => made({}, short),
    () => chainOf(short),
    ['certificate.basicConstraints path_length'],
  ],
  [
    'names that an issuer doesn’t allow',
    () => made({ extensions: [subjectAltName([{ type: 'dns', value: 'b.test' }], root.subject)] }, narrow),
    () => chainOf(narrow),
    ['certificate.subjectAltName[0] name_constraints'],
  ],
  [
    'expired',
    () => made({ notAfter: TEST_NOW - 1000 }),
    withRoot,
    ['certificate.validity.notAfter certificate_expired'],
  ],
  [
    'not yet valid',
    () => made({ notBefore: TEST_NOW + DAY }),
    withRoot,
    ['certificate.validity.notBefore certificate_not_yet_valid'],
  ],
  [
    'an issuer that has expired',
    () => made({}, expiredRoot),
    () => chainOf(expiredRoot),
    ['chain[0].validity.notAfter certificate_expired'],
  ],
  [
    'an unknown critical extension',
    () => made({ extensions: [unknown] }),
    withRoot,
    ['certificate.extension 1.3.6.1.4.1.99999.1 extension_critical'],
  ],
  [
    'a signature of somebody else',
    () => made({ signer: strangersKey }),
    withRoot,
    ['certificate signature_wrong'],
  ],
  [
    'a root of the right name and another key',
    made,
    () => chainOf(anOutsider('Outside Root')),
    ['certificate signature_wrong'],
  ],
]

describe('refused imports', () => {
  test.each(REFUSED)('%s', async (_, certificate, chain, violations) => {
    const before = await given.ports.store.reads.authorities.public(sub.id)
    await expectRefusal(doImport(sub, certificate(), chain()), 'certificate_invalid', violations)
    expect(await given.ports.store.reads.authorities.public(sub.id)).toEqual(before)
  })

  test('the certificate itself among its issuers', async () => {
    const text = made()
    await expectRefusal(doImport(sub, text, chainOf(root) + text), 'certificate_invalid', [
      'chain[1] chain_certificate',
    ])
  })

  test('a root that another one signed', async () => {
    const pendingRoot = await pending({ kind: 'root' })
    await expectRefusal(
      doImport(pendingRoot, pemOf(certifiedFor(pendingRoot, root))),
      'certificate_invalid',
      ['certificate.issuer certificate_not_self_signed'],
    )
  })

  const name = [{ type: 'dns', value: 'ca.example.com' }] as const
  const POINTERS: readonly (readonly [string, Extension])[] = [
    ['authorityInfoAccess', authorityInfoAccess({ caIssuers: ['http://a.test/ca.cer'] })],
    ['cRLDistributionPoints', cRLDistributionPoints(['http://a.test/ca.crl'])],
    ['freshestCRL', freshestCRL(['http://a.test/delta.crl'])],
    ['policyConstraints', policyConstraints({ requireExplicitPolicy: 0 })],
  ]
  test.each(POINTERS)('a critical %s', async (field, extension) => {
    const text = made({ extensions: [critical(extension)] })
    await expectRefusal(doImport(sub, text, withRoot()), 'certificate_invalid', [
      `certificate.${field} extension_critical`,
    ])
  })

  test('but every extension that AWS Private CA takes critical is taken', async () => {
    const authority = await pending()
    const policy = '1.3.6.1.4.1.99999.2'
    const extensions = [
      certificatePolicies([{ oid: policy }]),
      extKeyUsage([OID.serverAuth]),
      inhibitAnyPolicy(0),
      issuerAltName(name),
      nameConstraints({ permitted: { dns: ['example.com'] } }),
      policyMappings([{ issuer: policy, subject: policy }]),
      subjectAltName(name, root.subject),
      subjectInfoAccess(['http://a.test/']),
    ].map(critical)
    const text = pemOf(certifiedFor(authority, root, { extensions }))
    expect(await doImport(authority, text, withRoot())).toMatchObject({
      status: 'ACTIVE',
      nameConstraints: { permitted: { dns: ['example.com'] } },
    })
  })
})

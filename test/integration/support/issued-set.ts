import type { Client, RequestOf } from '../../../src/contract/client.ts'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'
import { PROFILE_NAMES, type ProfileName } from '../../../src/core/domain/profiles.ts'
import { derOf } from './load.ts'

type Body = NonNullable<RequestOf<'issueCertificate'>['body']>
type Names = NonNullable<Body['names']>

/** Names by kind, as asked for, and as they must stand in the certificate. */
const KINDS: Readonly<Record<string, readonly [asked: Names, certified: readonly string[]]>> = {
  dns: [{ dns: ['www.example.com', 'api.example.com'] }, ['dns:www.example.com', 'dns:api.example.com']],
  wildcard: [{ dns: ['*.example.com'] }, ['dns:*.example.com']],
  'international name': [{ dns: ['Bücher.example'] }, ['dns:xn--bcher-kva.example']],
  IPv4: [{ ip: ['192.0.2.7'] }, ['ip:192.0.2.7']],
  IPv6: [{ ip: ['2001:DB8:0:0::7'] }, ['ip:2001:db8::7']],
  'e-mail': [{ email: ['someone@Example.com'] }, ['email:someone@example.com']],
  URI: [{ uri: ['spiffe://example.org/payments/api'] }, ['uri:spiffe://example.org/payments/api']],
  'other name': [
    { other: [{ oid: '1.3.6.1.4.1.311.20.2.3', value: '0c0b75406578616d706c652e6e' }] },
    ['upn:u@example.n'],
  ],
  all: [
    {
      dns: ['www.example.com', '*.example.com'],
      ip: ['192.0.2.7', '2001:db8::7'],
      email: ['someone@example.com'],
      uri: ['spiffe://example.org/payments/api'],
    },
    [
      ...['dns:www.example.com', 'dns:*.example.com', 'ip:192.0.2.7', 'ip:2001:db8::7'],
      ...['email:someone@example.com', 'uri:spiffe://example.org/payments/api'],
    ],
  ],
}

/** What a profile insists on, put beside the kind of name that is tried. */
const NEEDED: Readonly<Record<ProfileName, readonly [asked: Names, certified: string] | undefined>> = {
  'tls-server': [{ dns: ['needed.example.com'] }, 'dns:needed.example.com'],
  tls: [{ dns: ['needed.example.com'] }, 'dns:needed.example.com'],
  'tls-client': undefined,
  email: [{ email: ['needed@example.com'] }, 'email:needed@example.com'],
  'code-signing': undefined,
}

/** Key algorithms of leaves in turn; the slow ones only once each, see below. */
const LEAF_KEYS: readonly KeyAlgorithm[] = [
  'EC_prime256v1',
  'RSA_2048',
  'EC_secp384r1',
  'ED25519',
  'EC_secp521r1',
]
/** Of leaves besides, one for each profile: most programs can't read such keys. */
const ML_DSA_KEYS: readonly KeyAlgorithm[] = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87']

/** How an authority signs: its key, and with it what. */
export type Way = { readonly row: string; readonly key: KeyAlgorithm; readonly signature: SignatureAlgorithm }
const usual = (key: KeyAlgorithm): Way => ({
  row: key,
  key,
  signature: keyAlgorithmInfo(key).defaultSignature,
})
const pss = (key: KeyAlgorithm, signature: SignatureAlgorithm): Way => ({
  row: `${key}, ${signature}`,
  key,
  signature,
})
/** Each kind of key as it usually signs, and RSA with PSS too; each hash once with a size that suits it. */
export const WAYS: readonly Way[] = [
  ...KEY_ALGORITHM_NAMES.map(usual),
  pss('RSA_2048', 'SHA256WITHRSA_PSS'),
  pss('RSA_3072', 'SHA384WITHRSA_PSS'),
  pss('RSA_4096', 'SHA512WITHRSA_PSS'),
]

export type Leaf = {
  readonly profile: ProfileName
  readonly kind: string
  readonly keyAlgorithm: KeyAlgorithm
  /** Names it must carry, `type:value`. */
  readonly names: ReadonlySet<string>
  readonly emptySubject: boolean
  readonly notAfter: string
  readonly notBefore: string
  readonly serial: string
  readonly fingerprint: string
  readonly pem: string
  readonly der: Buffer<ArrayBuffer>
}
export type Hierarchy = Way & {
  readonly id: string
  readonly root: string
  readonly issuing: string
  readonly crlUrl: string
  readonly leaves: readonly Leaf[]
}

/** For each way to sign a root and an issuing authority with it, and from that every profile with every kind of name. */
export async function issuedSet(client: Client): Promise<readonly Hierarchy[]> {
  const made: Hierarchy[] = []
  for (const way of WAYS) made.push(await hierarchy(client, way))
  return made
}

async function hierarchy(client: Client, way: Way): Promise<Hierarchy> {
  const signing = { keyAlgorithm: way.key, signatureAlgorithm: way.signature }
  const root = await client.createAuthority({
    body: {
      kind: 'root',
      name: `root ${way.row}`,
      subject: { organization: 'Example GmbH', commonName: `Root ${way.row}` },
      ...signing,
    },
  })
  const issuing = await client.createAuthority({
    body: {
      kind: 'subordinate',
      parent: root.id,
      name: `issuing ${way.row}`,
      subject: { country: 'DE', organization: 'Example GmbH', commonName: `Issuing ${way.row}` },
      ...signing,
    },
  })
  const wanted: readonly Wanted[] = [
    ...PROFILE_NAMES.flatMap((profile) => Object.keys(KINDS).map((kind) => ({ profile, kind }))),
    ...PROFILE_NAMES.map((profile, n) => ({ profile, kind: 'dns', key: ML_DSA_KEYS[n % 3] })),
  ]
  const leaves: Leaf[] = []
  // A few at a time: key generation would fill every thread there is.
  for (let at = 0; at < wanted.length; at += 8)
    leaves.push(
      ...(await Promise.all(
        wanted.slice(at, at + 8).map((each, i) => leaf(client, issuing.id, way.key, each, at + i)),
      )),
    )
  return {
    ...way,
    id: issuing.id,
    root: root.certificate ?? '',
    issuing: issuing.certificate ?? '',
    crlUrl: issuing.crlUrl ?? '',
    leaves,
  }
}

type Wanted = {
  readonly profile: ProfileName
  readonly kind: string
  readonly key?: KeyAlgorithm | undefined
}

async function leaf(
  client: Client,
  authority: string,
  algorithm: KeyAlgorithm,
  { profile, kind, key }: Wanted,
  n: number,
): Promise<Leaf> {
  const [asked, certified] = KINDS[kind] ?? [{}, []]
  const needed = NEEDED[profile]
  const names: Names = { ...asked }
  for (const type of ['dns', 'email'] as const) {
    const more = needed?.[0][type]
    if (more !== undefined) names[type] = [...(asked[type] ?? []), ...more]
  }
  const keyAlgorithm =
    key ??
    (kind === 'all'
      ? profile === 'tls-server'
        ? algorithm
        : 'EC_prime256v1'
      : (LEAF_KEYS[n % LEAF_KEYS.length] ?? 'EC_prime256v1'))
  // RFC 5280 §4.1.2.6: an empty subject makes the names critical, which is its own case.
  const emptySubject = kind !== 'all' && n % 2 === 1
  const answer = await client.issueCertificate({
    body: {
      authority,
      profile,
      names,
      key: { algorithm: keyAlgorithm },
      validity: { days: 30 + n },
      ...(emptySubject
        ? {}
        : { subject: { country: 'DE', organization: 'Größe & Söhne', commonName: 'Leaf' } }),
    },
  })
  return {
    profile,
    kind,
    keyAlgorithm,
    names: new Set([...certified, ...(needed === undefined ? [] : [needed[1]])]),
    emptySubject,
    notAfter: answer.notAfter,
    notBefore: answer.notBefore,
    serial: answer.serial,
    fingerprint: answer.fingerprintSha256,
    pem: answer.certificate,
    der: derOf(answer.certificate),
  }
}

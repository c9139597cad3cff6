import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY } from '../../../src/core/domain/time.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { describeAuthority } from '../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { aLeaf, aRoot, aSubordinate, barePorts, TEST_NOW, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'
import { QUICK_KEYS } from './requests.ts'

const hexOf = (octets: Uint8Array = new Uint8Array()): string => Buffer.from(octets).toString('hex')

let given: TestPorts
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
})
afterAll(() => given[Symbol.asyncDispose]())

let names = 0
const fresh = (): string => `authority ${++names}`

describe('a root', () => {
  test.each(QUICK_KEYS)('of %s is active at once and signs itself', async (keyAlgorithm) => {
    const root = await aRoot(given, { name: fresh(), keyAlgorithm })
    const certificate = new X509Certificate(root.certificate?.der ?? new Uint8Array())
    expect(root.status).toBe('ACTIVE')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.ca).toBe(true)
    expect(root.certificate?.notBefore).toBe(TEST_NOW - 3_600_000)
    expect(root.certificate?.notAfter).toBe(TEST_NOW + 3653 * DAY)
    const stored = await given.ports.store.reads.authorities.get(given.admin, root.id)
    expect({ ...stored, certificate: undefined }).toEqual({ ...root, certificate: undefined })
    expect(hexOf(stored?.certificate?.der)).toBe(hexOf(root.certificate?.der))
  })

  test('has no parent and needs a name', async () => {
    await expectRefusal(aRoot(given, { name: fresh(), parent: 'r' }), 'request_invalid', [
      'parent parent_unexpected',
    ])
    await expectRefusal(aRoot(given, { name: fresh(), subject: {} }), 'lint_failed')
  })

  test('never becomes the default by itself', async () => {
    const root = await aRoot(given, { name: fresh() })
    expect(root.isDefault).toBe(false)
  })
})

describe('requests that are wrong', () => {
  test('every field is named at once', async () => {
    const work = createAuthority(given.ports, given.admin, {
      kind: 'subordinate',
      name: ' x',
      subject: { commonName: '', country: 'xx' },
      keyAlgorithm: 'DSA' as 'ED25519',
      pathLength: -1,
      revocation: { crl: { hours: 0, host: 'http://x', path: '../y' }, ocsp: { hours: 0.5 } },
      nameConstraints: { permitted: { dns: ['*.x'], ip: ['10.0.0.1/8'] } },
    })
    await expectRefusal(work, 'request_invalid', [
      'name name',
      'subject.country subject_country',
      'subject.commonName subject_empty',
      'parent parent_missing',
      'nameConstraints.permitted.dns[0] dns_wildcard',
      'nameConstraints.permitted.ip[0] constraint_ip',
      'keyAlgorithm key_algorithm',
      'pathLength path_length',
      'revocation.crl.hours crl_hours',
      'revocation.ocsp.hours ocsp_hours',
      'revocation.crl.host host',
      'revocation.crl.path path',
    ])
  })

  test.each([
    ['empty', ''],
    ['blank', ' '],
    ['a control character', 'a\u0000b'],
    ['too long', 'x'.repeat(129)],
    ['an id', '01900000-0000-7000-8000-000000000001'],
    ['an ARN', 'arn:aws:acm-pca:x'],
  ])('a name that is %s', async (_, name) => {
    await expectRefusal(aRoot(given, { name }), 'request_invalid', ['name name'])
  })

  test.each([
    [{ pathLength: 1.5 }, 'pathLength path_length'],
    [{ pathLength: Number.NaN }, 'pathLength path_length'],
    [{ revocation: { crl: { hours: 120_001 } } }, 'revocation.crl.hours crl_hours'],
    [{ revocation: { crl: { hours: Number.POSITIVE_INFINITY } } }, 'revocation.crl.hours crl_hours'],
    [{ revocation: { crl: { hours: 24, deltaHours: 25 } } }, 'revocation.crl.deltaHours crl_delta_hours'],
    [{ revocation: { ocsp: { hours: 721 } } }, 'revocation.ocsp.hours ocsp_hours'],
    [
      { revocation: { crl: { omitExtension: true, host: 'a.test' } } },
      'revocation.crl.omitExtension crl_omitted',
    ],
    [{ validity: { days: 0 } }, 'validity.days validity_not_positive'],
    [{ validity: { days: -1 } }, 'validity.days validity_not_positive'],
    [{ validity: { days: Number.NaN } }, 'validity.days validity_type'],
    [{ validity: { days: 1e308 } }, 'validity.days validity_too_long'],
    [{ validity: { seconds: Number.POSITIVE_INFINITY } }, 'validity.seconds validity_too_long'],
    [{ validity: { notAfter: TEST_NOW } }, 'validity.notAfter validity_not_positive'],
    [{ nameConstraints: {} }, 'nameConstraints constraint_empty'],
  ])('%o', async (more, violation) => {
    await expectRefusal(aRoot(given, { name: fresh(), ...more }), 'request_invalid', [violation])
  })

  test.each([
    ['RSA_2048', 'SHA256WITHECDSA', /signs with SHA256WITHRSA, .*, SHA512WITHRSA_PSS$/],
    ['EC_secp384r1', 'SHA384WITHRSA_PSS', /signs with SHA256WITHECDSA, SHA384WITHECDSA, SHA512WITHECDSA$/],
    ['ML_DSA_44', 'ML_DSA_65', /a key of ML_DSA_44 signs with ML_DSA_44$/],
    ['ED25519', 'ML_DSA_87', /signs with ED25519$/],
  ] as const)('%s that is to sign %s: says what it can', async (keyAlgorithm, signatureAlgorithm, words) => {
    const work = aRoot(given, { name: fresh(), keyAlgorithm, signatureAlgorithm })
    await expectRefusal(work, 'request_invalid', ['signatureAlgorithm signature_algorithm'])
    await expect(work).rejects.toThrow(words)
  })

  test('none of them leaves a key or a name behind', async () => {
    const name = fresh()
    await expectRefusal(aRoot(given, { name, pathLength: -1 }), 'request_invalid')
    expect((await aRoot(given, { name })).name).toBe(name)
  })
})

describe('a subordinate', () => {
  test('stands under its parent, issues leaves only, and is the first default', async () => {
    const place = await barePorts()
    const root = await aRoot(place)
    const first = await aSubordinate(place, { name: 'first' })
    const second = await aSubordinate(place, { name: 'second' })
    expect([first.isDefault, second.isDefault]).toEqual([true, false])
    expect(first).toMatchObject({ parent: root.id, pathLength: 0, status: 'ACTIVE' })
    const { chain } = await describeAuthority(place.ports, place.admin, 'first')
    expect(chain.map(hexOf)).toEqual([hexOf(root.certificate?.der)])
    const certificate = new X509Certificate(first.certificate?.der ?? new Uint8Array())
    expect(certificate.checkIssued(new X509Certificate(root.certificate?.der ?? new Uint8Array()))).toBe(true)
    const third = await aSubordinate(place, { name: 'third', makeDefault: true })
    expect(third.isDefault).toBe(true)
    expect((await place.ports.store.reads.authorities.default(place.admin))?.id).toBe(third.id)
    await place[Symbol.asyncDispose]()
  })

  test.each(['id', 'name', 'arn'])('finds its parent by %s', async (how) => {
    const root = await aRoot(given, { name: fresh() })
    const arn = `arn:aws:acm-pca:us-east-1:${given.admin.account}:certificate-authority/${root.id}`
    const parent = { id: root.id as string, name: root.name, arn }[how] ?? ''
    expect((await aSubordinate(given, { name: fresh(), parent })).parent).toBe(root.id)
  })

  test('needs a parent that exists and can issue', async () => {
    await expectRefusal(aSubordinate(given, { name: fresh(), parent: 'nobody' }), 'not_found')
    await expectRefusal(aSubordinate(given, { name: fresh(), parent: '' }), 'not_found')
    const root = await aRoot(given, { name: fresh() })
    await updateAuthority(given.ports, given.admin, { reference: root.id, status: 'DISABLED' })
    await expectRefusal(aSubordinate(given, { name: fresh(), parent: root.id }), 'state_conflict')
    await updateAuthority(given.ports, given.admin, { reference: root.id, status: 'ACTIVE' })
    expect((await aSubordinate(given, { name: fresh(), parent: root.id })).parent).toBe(root.id)
  })

  test('keeps to the path length of the chain', async () => {
    const root = await aRoot(given, { name: fresh(), pathLength: 1 })
    await expectRefusal(
      aSubordinate(given, { name: fresh(), parent: root.id, pathLength: 1 }),
      'lint_failed',
      ['basicConstraints.pathLenConstraint path_length'],
    )
    const issuing = await aSubordinate(given, { name: fresh(), parent: root.id })
    const below = { name: fresh(), parent: issuing.id }
    await expectRefusal(aSubordinate(given, { ...below, subject: { commonName: 'T' } }), 'lint_failed', [
      'basicConstraints path_length',
    ])
    // With its issuer's name it would pass for a renewed key, which no path length counts.
    await expectRefusal(aSubordinate(given, below), 'request_invalid', ['subject subject_taken'])
  })

  test('ends with its issuer when nothing else was asked, and never later', async () => {
    const root = await aRoot(given, { name: fresh(), validity: { days: 100 } })
    const end = root.certificate?.notAfter as number
    const clamped = await aSubordinate(given, { name: fresh(), parent: root.id })
    expect(clamped.certificate?.notAfter).toBe(end)
    expect(clamped.certificate?.notBefore).toBe(root.certificate?.notBefore)
    await expectRefusal(
      aSubordinate(given, { name: fresh(), parent: root.id, validity: { notAfter: end + 1000 } }),
      'request_invalid',
      ['validity.notAfter validity_beyond_issuer'],
    )
    const last = await aSubordinate(given, {
      name: fresh(),
      parent: root.id,
      validity: { notAfter: end },
    })
    expect(last.certificate?.notAfter).toBe(end)
  })

  test('enforces the name constraints of the whole chain at issuance', async () => {
    const root = await aRoot(given, {
      name: fresh(),
      nameConstraints: { permitted: { dns: ['EXAMPLE.com'] }, excluded: { ip: ['10.0.0.0/8'] } },
    })
    expect(root.nameConstraints).toEqual({
      permitted: { dns: ['example.com'] },
      excluded: { ip: ['10.0.0.0/8'] },
    })
    const issuing = await aSubordinate(given, {
      name: fresh(),
      parent: root.id,
      nameConstraints: { excluded: { dns: ['secret.example.com'] } },
    })
    const issue = (names: { dns?: string[]; ip?: string[] }) =>
      aLeaf(given.ports, given.admin, {
        authority: issuing.id,
        key: { algorithm: 'EC_prime256v1' },
        names,
        subject: {},
      })
    expect((await issue({ dns: ['a.example.com', 'example.com'] })).certificate.state).toBe('issued')
    expect((await issue({ ip: ['192.0.2.1'] })).certificate.state).toBe('issued')
    const error = await expectRefusal(
      issue({ dns: ['a.example.com', 'a.example.org', 'b.secret.example.com'], ip: ['10.1.2.3'] }),
      'lint_failed',
    )
    expect(error.violations.map(({ field }) => field).sort()).toEqual([
      'subjectAltName[1]',
      'subjectAltName[2]',
      'subjectAltName[3]',
    ])
  })
})

describe('names are given once', () => {
  test('also to two requests at the same time; the loser leaves nothing', async () => {
    const name = fresh()
    const both = await Promise.allSettled([aRoot(given, { name }), aRoot(given, { name })])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expectRefusal(aRoot(given, { name }), 'already_exists', ['name name_taken'])
    const loser = both.find((each) => each.status === 'rejected')
    await expectRefusal(() => Promise.reject(loser?.reason as Error), 'already_exists', ['name name_taken'])
    const all = await given.ports.store.reads.authorities.all()
    expect(all.filter((each) => each.name === name)).toHaveLength(1)
  })

  test('but another region has its own', async () => {
    const elsewhere = { ...given.admin, region: 'eu-central-1' as typeof given.admin.region }
    expect((await aRoot({ ports: given.ports, admin: elsewhere })).region).toBe('eu-central-1')
  })
})

describe('an idempotency key', () => {
  const key = (text: string, body = 'body') => ({ key: text, bodyHash: sha256(body) })

  test('makes one authority of fifty equal calls', async () => {
    const name = fresh()
    const calls = Array.from({ length: 50 }, () => aRoot(given, { name, idempotency: key('fifty') }))
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id))
    expect(ids.size).toBe(1)
    const all = await given.ports.store.reads.authorities.all()
    expect(all.filter((each) => each.name === name)).toHaveLength(1)
  })

  test('names one request', async () => {
    await aRoot(given, { name: fresh(), idempotency: key('once') })
    await expectRefusal(
      aRoot(given, { name: fresh(), idempotency: key('once', 'another') }),
      'idempotency_mismatch',
    )
  })

  test('of a request that was refused may be used again', async () => {
    const name = fresh()
    await expectRefusal(aRoot(given, { name, pathLength: -1, idempotency: key('again') }), 'request_invalid')
    expect((await aRoot(given, { name, idempotency: key('again') })).name).toBe(name)
  })
})

import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_NAMES, type GeneralName } from '../../../src/core/domain/names.ts'
import { PROFILE_NAMES, type ProfileName } from '../../../src/core/domain/profiles.ts'
import { DAY, SECOND } from '../../../src/core/domain/time.ts'
import { namesOf } from '../../../src/core/operations/certificates/read-certificates.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { aLeaf, aPrincipal, aRoot, aSubordinate, barePorts, idOf, TEST_NOW, type TestPorts } from './ports.ts'
import { expectRefusal, refusal } from './refusals.ts'
import { aRequest, keyPair, QUICK_KEYS, spkiOf, type KeyPair } from './requests.ts'

let given: TestPorts
let issuerDer: Uint8Array
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  const issuing = await aSubordinate(given)
  issuerDer = issuing.certificate?.der ?? new Uint8Array()
})
afterAll(() => given[Symbol.asyncDispose]())

type Wishes = Parameters<typeof aLeaf>[2]
const issue = (wishes: Wishes = {}) => aLeaf(given.ports, given.admin, wishes)
const dns = (...values: string[]): GeneralName[] => values.map((value) => ({ type: 'dns', value }))
const EMAIL: GeneralName = { type: 'email', value: 'a@example.com' }

describe('from a certification request', () => {
  const cases = QUICK_KEYS.flatMap((algorithm) =>
    PROFILE_NAMES.map((profile): [typeof algorithm, ProfileName] => [algorithm, profile]),
  )
  test.each(cases)('%s for %s', async (algorithm, profile) => {
    const names = profile === 'email' ? [EMAIL] : dns('www.example.com')
    const { certificate, chain } = await issue({ csr: aRequest({ algorithm, names }), profile })
    const parsed = new X509Certificate(certificate.der)
    expect(
      parsed.verify(
        createPublicKey({
          key: Buffer.from(new X509Certificate(issuerDer).publicKey.export({ format: 'der', type: 'spki' })),
          format: 'der',
          type: 'spki',
        }),
      ),
    ).toBe(true)
    expect(parsed.publicKey.equals(keyPair(algorithm).publicKey)).toBe(true)
    expect(parsed.serialNumber.toLowerCase().padStart(32, '0')).toBe(certificate.serial)
    expect(namesOf(certificate)).toEqual(names)
    expect(certificate).toMatchObject({ state: 'issued', profile, key: undefined })
    expect(certificate.notAfter).toBe(TEST_NOW + 90 * DAY)
    expect(chain).toHaveLength(2)
  })

  test('a host that stands only in commonName becomes a name', async () => {
    const request = (commonName: string) => aRequest({ subject: { commonName }, names: [] })
    expect(namesOf((await issue({ csr: request('Old.Example.com') })).certificate)).toEqual(
      dns('old.example.com'),
    )
    expect(namesOf((await issue({ csr: request('192.0.2.7') })).certificate)).toEqual([
      { type: 'ip', value: '192.0.2.7' },
    ])
    await expectRefusal(issue({ csr: request('just a name') }), 'request_invalid', ['names names_missing'])
  })

  test('the hundred-and-first name in commonName is one too many', async () => {
    const names = dns(...Array.from({ length: MAX_NAMES }, (_, i) => `h${i}.example.com`))
    expect(namesOf((await issue({ csr: aRequest({ names }) })).certificate)).toHaveLength(MAX_NAMES)
    const csr = aRequest({ names, subject: { commonName: 'one-more.example.com' } })
    await expectRefusal(issue({ csr }), 'request_invalid', ['csr names_count'])
  })

  test('names and subject of the body replace those of the request', async () => {
    const { certificate } = await issue({
      csr: aRequest({ subject: { commonName: 'www.example.com' } }),
      names: { dns: ['Other.example.COM', 'bücher.example'], ip: ['2001:DB8::1'] },
      subject: { organization: 'Example' },
    })
    expect(namesOf(certificate)).toEqual([
      ...dns('other.example.com', 'xn--bcher-kva.example'),
      { type: 'ip', value: '2001:db8::1' },
    ])
    expect(new X509Certificate(certificate.der).subject).toBe('O=Example')
  })

  test('a commonName that is none of the names is refused', async () => {
    const csr = aRequest({ subject: { commonName: 'www.example.com' } })
    await expectRefusal(issue({ csr, names: { dns: ['b.example.com'] } }), 'lint_failed', [
      'subject.commonName common_name',
    ])
  })

  test('each bad name is named, whichever way it came', async () => {
    await expectRefusal(
      issue({ names: { dns: ['ok.example.com', '', 'a b', 'x..y', '*.*.com', 'a.'], ip: ['1.2.3'] } }),
      'request_invalid',
      [
        'names.dns[1] dns_empty',
        'names.dns[2] dns_space',
        'names.dns[3] dns_label_empty',
        'names.dns[4] dns_wildcard',
        'names.dns[5] dns_trailing_dot',
        'names.ip[0] ip',
      ],
    )
    const error = await expectRefusal(issue({ csr: aRequest({ names: dns('a b') }) }), 'csr_invalid')
    expect(error.violations[0]?.field).toBe('csr.subjectAltName[0]')
  })

  test('its signature must be its key’s', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await expectRefusal(issue({ csr: aRequest({ signer: other }) }), 'csr_invalid', ['csr csr_signature'])
    const changed = aRequest()
    changed[60] = (changed[60] as number) ^ 1
    await expectRefusal(issue({ csr: changed }), 'csr_invalid')
  })

  test('garbage of any kind is refused and leaves nothing', async () => {
    const before = await given.ports.store.reads.generation()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string()), async (csr) => {
        await expectRefusal(issue({ csr }), 'csr_invalid')
      }),
      { numRuns: 60 },
    )
    const good = aRequest()
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), async (at, octet) => {
        fc.pre(good[at] !== octet)
        const csr = Uint8Array.from(good)
        csr[at] = octet
        const { code } = await refusal(issue({ csr }))
        // An extension request that reads as something else asks for no names.
        expect(['csr_invalid', 'request_invalid']).toContain(code)
      }),
      { numRuns: 80 },
    )
    expect(await given.ports.store.reads.generation()).toBe(before)
  })
})

describe('keys that are weak or none', () => {
  const rsa = (modulusLength: number, publicExponent = 65_537): KeyPair =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent })

  test.each([
    ['RSA-1024', rsa(1024), 'rsa_size'],
    ['RSA-2047', rsa(2047), 'rsa_size'],
    ['RSA with exponent 3', rsa(2048, 3), 'rsa_exponent'],
    ['RSA with exponent 17', rsa(2048, 17), 'rsa_exponent'],
  ])('%s', async (_, key, rule) => {
    const error = await expectRefusal(issue({ csr: aRequest({ algorithm: 'RSA_2048', key }) }), 'lint_failed')
    expect(error.violations.map(({ code }) => code)).toContain(rule)
  })

  test('a point that is not on the curve', async () => {
    const spki = spkiOf(keyPair('EC_prime256v1'))
    spki[spki.length - 1] = (spki[spki.length - 1] as number) ^ 1
    await expectRefusal(issue({ csr: aRequest({ spki }) }), 'csr_invalid')
  })

  test('a curve that the product does not know', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const error = await expectRefusal(issue({ csr: aRequest({ key }) }), 'csr_invalid')
    expect(error.violations[0]?.field).toBe('csr')
  })
})

describe('with a key made by the service', () => {
  test.each(QUICK_KEYS)('%s', async (algorithm) => {
    const { certificate } = await issue({
      key: { algorithm },
      names: { dns: ['k.example.com'] },
      subject: {},
    })
    expect(certificate.key).toBeDefined()
    const key = await given.ports.store.reads.keys.get(certificate.key as NonNullable<typeof certificate.key>)
    expect(key).toMatchObject({ algorithm, purpose: 'certificate', account: given.admin.account })
    const spki = new X509Certificate(certificate.der).publicKey.export({ format: 'der', type: 'spki' })
    expect(Buffer.from(key?.spki ?? []).equals(spki)).toBe(true)
  })

  test('either a key or a request, and names', async () => {
    const key = { algorithm: 'ED25519' } as const
    await expectRefusal(issue({ key, csr: aRequest() }), 'request_invalid', ['key csr_or_key'])
    await expectRefusal(issue({ key }), 'request_invalid', ['names names_missing'])
    const form = { format: 'pem' } as const
    await expectRefusal(issue({ export: form }), 'request_invalid', ['export export_without_key'])
    await expectRefusal(
      issue({ key: { algorithm: 'X' as 'ED25519' }, names: { dns: ['a.b'] } }),
      'request_invalid',
    )
    for (const profile of ['tls-serve', 'constructor'])
      await expectRefusal(issue({ profile }), 'not_found', ['profile profile'])
  })
})

describe('validity', () => {
  test.each([
    [{ days: 0 }, 'days', 'validity_not_positive'],
    [{ seconds: 0.9 }, 'seconds', 'validity_not_positive'],
    [{ seconds: -5 }, 'seconds', 'validity_not_positive'],
    [{ days: Number.NaN }, 'days', 'validity_type'],
    [{ days: '1' as unknown as number }, 'days', 'validity_type'],
    [{ days: 1e9 }, 'days', 'validity_beyond_issuer'],
    [{ days: Number.MAX_VALUE }, 'days', 'validity_beyond_issuer'],
    [{ notAfter: TEST_NOW - 1 }, 'notAfter', 'validity_not_positive'],
    [{ notAfter: TEST_NOW + 1827 * DAY }, 'notAfter', 'validity_beyond_issuer'],
  ])('%o is refused', async (validity, field, code) => {
    await expectRefusal(issue({ validity }), 'request_invalid', [`validity.${field} ${code}`])
  })

  test('is what was asked for, in whole seconds, from an hour ago', async () => {
    const { certificate } = await issue({ validity: { seconds: 61.5 } })
    expect(certificate.notAfter).toBe(TEST_NOW + 61 * SECOND)
    expect(certificate.notBefore).toBe(TEST_NOW - 3600 * SECOND)
  })

  test('is shortened with a warning only when it was left out', async () => {
    await aSubordinate(given, { name: 'short', validity: { days: 30 } })
    const { certificate, warnings } = await issue({ authority: 'short' })
    expect(certificate.notAfter).toBe(TEST_NOW + 30 * DAY)
    expect(warnings.map((text) => text.split(':')[0])).toEqual(['validity_clamped', 'authority_expires'])
  })
})

describe('an idempotency key', () => {
  const key = (text: string, body = 'body') => ({ key: text, bodyHash: sha256(body) })
  const total = async () =>
    (
      await given.ports.store.reads.certificates.search(given.admin, {}, TEST_NOW, {
        limit: 1000,
        after: undefined,
      })
    ).items.length

  test('fifty equal calls at once give one certificate, and later ones too', async () => {
    const before = await total()
    const calls = Array.from({ length: 50 }, () => issue({ idempotency: key('fifty') }))
    const all = await Promise.all(calls)
    expect(new Set(all.map(({ certificate }) => idOf(certificate))).size).toBe(1)
    expect(await total()).toBe(before + 1)
    const replayed = await issue({ idempotency: key('fifty') })
    expect({ ...replayed, chain: [], certificate: undefined }).toEqual({
      ...all[0],
      chain: [],
      certificate: undefined,
    })
  })

  test('with another body is refused; of another caller it is another key', async () => {
    const first = await issue({ idempotency: key('mine') })
    await expectRefusal(issue({ idempotency: key('mine', 'other') }), 'idempotency_mismatch')
    const other = aPrincipal({ account: given.admin.account, id: 'token/other' })
    const second = await aLeaf(given.ports, other, { idempotency: key('mine', 'other') })
    expect(second.certificate.serial).not.toBe(first.certificate.serial)
  })

  test('gives the first result when another authority is the default meanwhile, and when the first is disabled', async () => {
    const first = await issue({ idempotency: key('moved') })
    await aSubordinate(given, { name: 'next', makeDefault: true })
    await updateAuthority(given.ports, given.admin, { reference: 's', status: 'DISABLED' })
    const again = await issue({ idempotency: key('moved') })
    expect(again.certificate.serial).toBe(first.certificate.serial)
    await updateAuthority(given.ports, given.admin, { reference: 's', status: 'ACTIVE', makeDefault: true })
  })

  test('reveals a key again only through the vault, with its own audit event', async () => {
    const wishes: Wishes = {
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: ['e.example.com'] },
      subject: {},
      export: { format: 'pem' },
      idempotency: key('secret'),
    }
    const first = await issue(wishes)
    const unwraps = given.unwraps.length
    const again = await issue(wishes)
    expect(Buffer.from(again.exported?.bytes ?? []).equals(first.exported?.bytes ?? new Uint8Array())).toBe(
      true,
    )
    expect(given.unwraps.length).toBe(unwraps + 1)
  })
})

describe('rights', () => {
  test('an issuer issues and exports, but manages nothing', async () => {
    const issuer = aPrincipal({ account: given.admin.account })
    expect((await aLeaf(given.ports, issuer)).certificate.account).toBe(issuer.account)
    await expectRefusal(aRoot({ ports: given.ports, admin: issuer }), 'forbidden')
    await expectRefusal(
      updateAuthority(given.ports, issuer, { reference: 's', status: 'DISABLED' }),
      'forbidden',
    )
  })

  test('an account without a default authority is told so', async () => {
    await expectRefusal(aLeaf(given.ports, aPrincipal()), 'not_found')
  })
})

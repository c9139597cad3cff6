import { completeScope } from '../../../src/core/domain/crl-scopes.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { crlDer } from '../../../src/core/operations/revocation/read-back.ts'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { serialFrom } from '../../../src/core/domain/ids.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import {
  importAuthority,
  type ImportAuthorityRequest,
} from '../../../src/core/operations/authorities/import-authority.ts'
import { importCertificates } from '../../../src/core/operations/authorities/import-certificates.ts'
import { importRevocations } from '../../../src/core/operations/authorities/import-revocations.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { describeSerial } from '../../../src/core/operations/certificates/describe-serial.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { searchCertificates } from '../../../src/core/operations/certificates/read-certificates.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { publishCrl } from '../../../src/core/operations/revocation/publish-crl.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { crlNumberOf } from '../../../src/core/x509/crl-number.ts'
import { certificatePem } from '../../../src/core/operations/certificates/certificate-facts.ts'
import { hasTool } from '../../support/tools.ts'
import { auditTrail } from './database.ts'
import { opensslCa, type OpensslCa } from './openssl-ca.ts'
import { aPrincipal, aRoot, barePorts, idOf, type TestPorts } from './ports.ts'
import { expectRefusal, refusal } from './refusals.ts'
import { aRequest } from './requests.ts'

const DAY = 86_400_000
const serial = (hex: string): string => serialFrom(hex) ?? ''

describe.skipIf(!hasTool('openssl'))('an authority that openssl kept', () => {
  let ca: OpensslCa
  let crl: string
  let good: string
  let bad: string
  let given: TestPorts
  const request = (more: Partial<ImportAuthorityRequest> = {}): ImportAuthorityRequest => ({
    name: 'old',
    key: ca.read('ca.key'),
    certificate: ca.read('ca.pem'),
    ...more,
  })
  /** Ports with a calendar of today, since openssl has no other. */
  const portsOfToday = () => barePorts({ now: Date.now() + 60_000 })

  beforeAll(async () => {
    ca = opensslCa()
    good = ca.issue('good.example.com')
    bad = ca.issue('bad.example.com')
    ca.revoke(bad, 'keyCompromise')
    crl = ca.crl()
    given = await portsOfToday()
  })
  afterAll(async () => {
    ca[Symbol.dispose]()
    await given[Symbol.asyncDispose]()
  })

  test('a dry run checks everything and stores nothing', async () => {
    const { ports, admin, database } = given
    const before = auditTrail(database).length
    const { authority, nextCrlNumber } = await importAuthority(
      ports,
      admin,
      request({ dryRun: true, crlNumber: 99n }),
    )
    expect(authority).toMatchObject({ kind: 'root', keyAlgorithm: 'RSA_2048', subject: 'CN=Old Root,O=Old' })
    expect(nextCrlNumber).toBe(100n)
    expect(await ports.store.reads.authorities.byName(admin, 'old')).toBeUndefined()
    expect(auditTrail(database)).toHaveLength(before)
  })

  test('moves in whole: no CRL before its revocations are here, then one above the number, with their dates and reasons', async () => {
    await using mine = await portsOfToday()
    const { ports, admin, database } = mine
    const { authority } = await importAuthority(ports, admin, request({ crlNumber: 17n }))
    expect(authority.status).toBe('DISABLED')
    await publishDueCrls(ports)
    expect(await readCrl(ports, authority.id)).toBeUndefined()

    const certificates = [good, bad].map((each) => ca.read(`newcerts/${each}.pem`))
    const place = { authority: 'old', certificates }
    expect(await importCertificates(ports, admin, place)).toEqual({ imported: 2, known: 0 })
    expect(await importCertificates(ports, admin, place)).toEqual({ imported: 0, known: 2 })
    expect(await importRevocations(ports, admin, { authority: 'old', crl })).toMatchObject({
      recorded: 1,
      known: 0,
      crlNumber: 42n,
    })
    expect(await importRevocations(ports, admin, { authority: 'old', crl })).toMatchObject({
      recorded: 0,
      known: 1,
    })
    await updateAuthority(ports, admin, { reference: 'old', status: 'ACTIVE' })
    await publishDueCrls(ports)

    const published = await readCrl(ports, authority.id)
    const parsed = parseCrl(published?.der ?? new Uint8Array())
    const [theirs] = parseCrl(derOf(crl)).entries()
    expect(crlNumberOf(parsed, 'crl')).toBe(43n)
    expect([...parsed.entries()]).toEqual([theirs])
    expect(theirs).toMatchObject({ reason: 'keyCompromise' })

    const leaf = await issueCertificate(ports, admin, { authority: 'old', csr: aRequest(), fromRoot: true })
    expect(leaf.certificate.serial).not.toBe(serial(good))
    const found = await searchCertificates(ports, admin, {
      filter: { name: '.example.com' },
      page: { limit: 10, after: undefined },
    })
    expect(new Map(found.items.map((each) => [each.serial, each.profile]))).toEqual(
      new Map([
        [serial(good), 'imported'],
        [serial(bad), 'imported'],
        [leaf.certificate.serial, 'tls-server'],
      ]),
    )
    expect(await describeSerial(ports, admin, { authority: 'old', serial: good })).toMatchObject({
      status: 'issued',
    })
    expect(await describeSerial(ports, admin, { authority: 'old', serial: bad })).toMatchObject({
      status: 'revoked',
    })
    expect(auditTrail(database).map((each) => each.eventName)).toEqual(
      expect.arrayContaining(['ImportAuthority', 'ImportCertificates', 'ImportRevocations']),
    )
    expect(JSON.stringify(auditTrail(database))).not.toContain('PRIVATE KEY')

    const id = idOf({ authority: authority.id, serial: serialFrom(good) ?? ('' as never) })
    await revokeCertificate(ports, admin, { id, reason: 'superseded' })
    const next = await readCrl(ports, authority.id)
    expect(next?.number).toBe(44n)
    expect(parseCrl(next?.der ?? new Uint8Array()).entryCount).toBe(2)
  })

  test('the same again is refused with the id of the one that is here; its key with another certificate, too', async () => {
    await using mine = await portsOfToday()
    const { ports, admin } = mine
    const { authority } = await importAuthority(ports, admin, request())
    const again = await expectRefusal(
      importAuthority(ports, admin, request({ name: 'another' })),
      'already_exists',
    )
    expect(again.details).toEqual({ authority: authority.id, sameCertificate: true })
    ca.openssl(
      'req',
      '-x509',
      '-new',
      '-config',
      'openssl.cnf',
      '-extensions',
      'root',
      '-key',
      'ca.key',
      '-subj',
      '/CN=Again',
      '-out',
      'again.pem',
    )
    const other = await expectRefusal(
      importAuthority(ports, admin, request({ name: 'another', certificate: ca.read('again.pem') })),
      'already_exists',
    )
    expect(other.details).toMatchObject({ sameCertificate: false })
  })

  test('PKCS#12 brings its certificate and chain along', async () => {
    await using mine = await portsOfToday()
    ca.openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'ca.key',
      '-in',
      'ca.pem',
      '-passout',
      'pass:secret',
      '-out',
      'ca.p12',
    )
    const key = ca.openssl('base64', '-in', 'ca.p12')
    const { authority } = await importAuthority(mine.ports, mine.admin, {
      name: 'old',
      key,
      passphrase: 'secret',
    })
    expect(authority.subject).toBe('CN=Old Root,O=Old')
  })

  test('a subordinate comes with its issuers; below a root that is here, it stands below it', async () => {
    await using mine = await portsOfToday()
    const { ports, admin } = mine
    using below = opensslCa(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], '/CN=Below')
    below.openssl(
      'req',
      '-new',
      '-config',
      'openssl.cnf',
      '-key',
      'ca.key',
      '-subj',
      '/CN=Below',
      '-out',
      'below.csr',
    )
    ca.openssl(
      'ca',
      '-batch',
      '-config',
      'openssl.cnf',
      '-extensions',
      'sub',
      '-days',
      '1000',
      '-notext',
      '-in',
      below.path('below.csr'),
      '-out',
      'below.pem',
    )
    const [key, certificate, chain] = [below.read('ca.key'), ca.read('below.pem'), ca.read('ca.pem')]
    await expectRefusal(
      importAuthority(ports, admin, { name: 'below', key, certificate }),
      'certificate_invalid',
      ['chain chain_missing'],
    )
    const alone = await importAuthority(ports, admin, {
      name: 'below',
      key,
      certificate,
      chain,
      dryRun: true,
    })
    expect(alone.authority).toMatchObject({ kind: 'subordinate', parent: undefined, pathLength: 0 })
    const root = await importAuthority(ports, admin, request())
    const { authority } = await importAuthority(ports, admin, {
      name: 'below',
      key,
      certificate,
      chain,
      activate: true,
    })
    expect(authority.parent).toBe(root.authority.id)
    await issueCertificate(ports, admin, { authority: 'below', csr: aRequest() })
    // Its certificate is one of the root's, and to revoke it is to stop it.
    const id = idOf({ authority: root.authority.id, serial: authority.certificate?.serial ?? ('' as never) })
    await revokeCertificate(ports, admin, { id, reason: 'cessationOfOperation' })
    expect(await ports.store.reads.authorities.byName(admin, 'below')).toMatchObject({ status: 'DISABLED' })
  })

  describe('is refused', () => {
    const another = (): string =>
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString()
    const made = (name: string, ...args: string[]): string => {
      ca.openssl(
        'req',
        '-x509',
        '-new',
        '-config',
        'openssl.cnf',
        '-key',
        'ca.key',
        '-subj',
        '/CN=x',
        ...args,
        '-out',
        name,
      )
      return ca.read(name)
    }
    test.each<
      [string, () => Partial<ImportAuthorityRequest>, 'request_invalid' | 'certificate_invalid', string]
    >([
      ['the key of another certificate', () => ({ key: another() }), 'request_invalid', 'key key_mismatch'],
      ['a key that is none', () => ({ key: 'hello' }), 'request_invalid', 'key key_form'],
      [
        'a passphrase for a clear key',
        () => ({ passphrase: 'x' }),
        'request_invalid',
        'passphrase passphrase_unexpected',
      ],
      [
        'a certificate that is none',
        () => ({ certificate: 'hello' }),
        'certificate_invalid',
        'certificate pem_text',
      ],
      [
        'a certificate of no authority',
        () => ({ certificate: made('leaf.pem', '-extensions', 'leaf') }),
        'certificate_invalid',
        'certificate.basicConstraints.cA basic_constraints_ca',
      ],
      [
        'chain of a root',
        () => ({ chain: ca.read('ca.pem') }),
        'certificate_invalid',
        'chain chain_unexpected',
      ],
      [
        'no certificate beside PKCS#8',
        () => ({ certificate: undefined as never }),
        'request_invalid',
        'certificate certificate_missing',
      ],
      ['a name that reads as an ARN', () => ({ name: 'arn:x' }), 'request_invalid', 'name name'],
      ['a negative CRL number', () => ({ crlNumber: -1n }), 'request_invalid', 'crlNumber crl_number'],
      [
        'a CRL number beyond the database',
        () => ({ crlNumber: 1n << 60n }),
        'request_invalid',
        'crlNumber crl_number',
      ],
      ['a KMS that isn’t there', () => ({ kms: 'pkcs11' }), 'request_invalid', 'kms kms_unknown'],
    ])('%s', async (_, more, code, violation) => {
      const error = await refusal(importAuthority(given.ports, given.admin, request(more())))
      expect(error.code, error.message).toBe(code)
      expect(error.violations.map((each) => `${each.field} ${each.code}`)).toContain(violation)
      expect(await given.ports.store.reads.authorities.byName(given.admin, 'old')).toBeUndefined()
    })

    test('an expired one, unless it is asked for', async () => {
      await using late = await barePorts({ now: Date.now() + 4000 * DAY })
      await expectRefusal(importAuthority(late.ports, late.admin, request()), 'certificate_invalid', [
        'certificate.validity.notAfter certificate_expired',
      ])
      const { authority } = await importAuthority(late.ports, late.admin, request({ allowExpired: true }))
      expect(authority.status).toBe('DISABLED')
    })

    test('whoever isn’t an administrator', async () => {
      const issuer = aPrincipal({ ...given.admin, role: 'issuer', installation: false })
      await expectRefusal(importAuthority(given.ports, issuer, request()), 'forbidden')
    })
  })

  describe('what isn’t its own', () => {
    let here: TestPorts
    let theirs: string
    beforeAll(async () => {
      here = await portsOfToday()
      await importAuthority(here.ports, here.admin, request())
      await aRoot(here)
      const leaf = await issueCertificate(here.ports, here.admin, {
        authority: 'r',
        csr: aRequest(),
        fromRoot: true,
      })
      theirs = certificatePem(leaf.certificate.der)
    })
    afterAll(() => here[Symbol.asyncDispose]())

    test('certificates of another issuer, changed ones and what is none, each named by its place', async () => {
      const ours = ca.read(`newcerts/${good}.pem`)
      const changed = derOf(ours)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      const certificates = [ours, theirs, certificatePem(changed), 'hello', ours + ours, ca.read('ca.pem')]
      await expectRefusal(
        importCertificates(here.ports, here.admin, { authority: 'old', certificates }),
        'request_invalid',
        [
          'certificates[1] issuer',
          'certificates[2] signature_wrong',
          'certificates[3] pem_text',
          'certificates[4] count',
        ],
      )
      // None of the page was stored, not the good ones either.
      expect(await describeSerial(here.ports, here.admin, { authority: 'old', serial: good })).toMatchObject({
        status: 'unknown',
      })
    })

    test.each<[string, () => string, string]>([
      ['a CRL of another issuer', () => foreignCrl, 'crl crl_issuer'],
      ['a CRL whose signature is wrong', () => changedCrl(), 'crl crl_signature'],
      ['a certificate', () => ca.read('ca.pem'), 'crl pem_label'],
      ['text', () => '!', 'crl crl_form'],
      ['octets', () => 'AAAA', 'crl der_tag'],
    ])('%s', async (_, make, violation) => {
      await expectRefusal(
        importRevocations(here.ports, here.admin, { authority: 'old', crl: make() }),
        'request_invalid',
        [violation],
      )
      expect(
        await here.ports.store.reads.revocations.highest({
          authority:
            (await here.ports.store.reads.authorities.byName(here.admin, 'old'))?.id ?? ('' as never),
          shard: undefined,
        }),
      ).toBe(0)
    })
    let foreignCrl = ''
    beforeAll(async () => {
      const root = await here.ports.store.reads.authorities.byName(here.admin, 'r')
      const published = await publishCrl(here.ports, completeScope(root?.id ?? ('' as never)))
      foreignCrl = Buffer.from(await crlDer(here.ports, published)).toString('base64')
    })
    const changedCrl = (): string => {
      const der = derOf(crl)
      der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
      return Buffer.from(der).toString('base64')
    }

    test('a list that is wrong, each entry by its place', async () => {
      const now = here.calendar.now()
      const revocations = [
        { serial: '01', revokedAt: now, reason: 'superseded' as const },
        { serial: 'xyz', revokedAt: now, reason: 'superseded' as const },
        { serial: '02', revokedAt: now + DAY, reason: 'superseded' as const },
      ]
      await expectRefusal(
        importRevocations(here.ports, here.admin, { authority: 'old', revocations }),
        'request_invalid',
        ['revocations[1].serial serial', 'revocations[2].revokedAt revoked_at'],
      )
      await expectRefusal(
        importRevocations(here.ports, here.admin, { authority: 'old' }),
        'request_invalid',
        ['crl crl_or_list'],
      )
    })

    test('importing a copy of somebody’s certificate gives no right to revoke theirs', async () => {
      const { ports, admin } = here
      const stranger = aPrincipal({
        ...admin,
        id: 'token/stranger',
        account: '999988887777' as AccountId,
        role: 'administrator',
        installation: false,
      })
      await ports.store.transact((writes) => [
        writes.accounts.add({ id: stranger.account, name: 'stranger', createdAt: 0 }),
      ])
      const own = ca.read(`newcerts/${good}.pem`)
      await importCertificates(ports, admin, { authority: 'old', certificates: [own] })
      await createAuthority(ports, stranger, { kind: 'root', name: 'mine', subject: { commonName: 'Mine' } })
      // Under an authority of theirs it doesn't verify; and of ours they can name none.
      await expectRefusal(
        importCertificates(ports, stranger, { authority: 'mine', certificates: [own] }),
        'request_invalid',
        ['certificates[0] issuer'],
      )
      await expectRefusal(
        importCertificates(ports, stranger, { authority: 'old', certificates: [own] }),
        'not_found',
      )
      // Even whoever has the very same authority, with its key, revokes in their own CRL only.
      const theirs = await importAuthority(ports, stranger, request({ activate: true }))
      await importCertificates(ports, stranger, { authority: 'old', certificates: [own] })
      const copy = idOf({ authority: theirs.authority.id, serial: serialFrom(good) ?? ('' as never) })
      await revokeCertificate(ports, stranger, { id: copy, reason: 'keyCompromise' })
      expect(await describeSerial(ports, admin, { authority: 'old', serial: good })).toMatchObject({
        status: 'issued',
      })
      expect(await describeSerial(ports, stranger, { authority: 'old', serial: good })).toMatchObject({
        status: 'revoked',
      })
    })
  })
})

function derOf(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(pem.replace(/-----[A-Z0-9 ]+-----/g, ''), 'base64'))
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import { arns, type Arn } from '../../../../src/core/domain/arns.ts'
import type { MappingKind } from '../../../../src/core/domain/certificate-mappings.ts'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import { wantedRoleFrom } from '../../../../src/core/domain/chosen-role.ts'
import {
  certificateIdOf,
  type AccountId,
  type CertificateMappingId,
} from '../../../../src/core/domain/ids.ts'
import type { NamesInput } from '../../../../src/core/x509/general-names.ts'
import { pemEncode } from '../../../../src/core/x509/pem.ts'
import {
  authenticateCertificate,
  countsAsCredential,
} from '../../../../src/core/operations/access/authenticate-certificate.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { findAuthority } from '../../../../src/core/operations/authorities/signing-authority.ts'
import { addAccount, addRole } from '../../../support/identities.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'
import { expectRefusal } from '../refusals.ts'
import { aRequest } from '../requests.ts'
import { aCall } from './calls.ts'

const SPIFFE = 'spiffe://example.com/web'
let given: TestPorts
let admin: Principal
let role: Arn
let other: Arn
beforeAll(async () => {
  given = await testPorts()
  admin = given.admin
  role = await addRole(given.ports, admin.account, 'web')
  other = await addRole(given.ports, admin.account, 'deploy')
})
afterAll(() => given[Symbol.asyncDispose]())

const made: CertificateMappingId[] = []
async function map(kind: MappingKind, value: string, to = role, account = admin.account): Promise<void> {
  const authority = (await findAuthority(given.ports, admin, undefined)).id
  const id = `mapping-${String(made.length).padStart(4, '0')}` as CertificateMappingId
  const mapping = { id, account, region: admin.region, authority, kind, value, role: to, createdAt: 0 }
  await given.ports.store.transact((writes) => [writes.certificateMappings.add(mapping, 100)])
  made.push(id)
}
beforeEach(async () => {
  await given.ports.store.transact((writes) =>
    made.splice(0).map((id) => writes.certificateMappings.remove(admin, id)),
  )
})

async function issued(names: NamesInput, profile = 'tls-client', subject?: string): Promise<Certificate> {
  const csr = pemEncode('CERTIFICATE REQUEST', aRequest({ names: [] }))
  const { certificate } = await issueCertificate(given.ports, admin, {
    ...{ csr, names, profile },
    ...(subject === undefined ? {} : { subject: { commonName: subject } }),
  })
  return certificate
}
const authenticate = (der: Uint8Array, wanted?: Arn) =>
  authenticateCertificate(
    given.ports,
    der,
    aCall(),
    wanted === undefined ? undefined : wantedRoleFrom(wanted),
  )
async function reason(der: Uint8Array, wanted?: Arn): Promise<unknown> {
  given.log.length = 0
  const error = await expectRefusal(authenticate(der, wanted), 'unauthenticated')
  expect(error.message).toBe(
    'The client certificate is not accepted; the server’s log says why, under the id of this request',
  )
  return given.log.at(-1)?.fields['reason']
}

describe('a client certificate', () => {
  it('acts in the role that its SPIFFE id is mapped to', async () => {
    await map('spiffe', SPIFFE)
    const certificate = await issued({ uri: [SPIFFE] })
    const principal = await authenticate(certificate.der)
    expect(principal).toMatchObject({
      id: `role/web/${certificate.serial}`,
      kind: 'role',
      account: admin.account,
      credential: `certificate/${certificateIdOf(certificate.authority, certificate.serial)}`,
    })
    expect(principal.facts).toMatchObject({
      'chancery:credentialtype': 'mtls',
      'chancery:spiffeid': SPIFFE,
      'aws:principalarn': role,
    })
  })

  it.each<readonly [MappingKind, string, NamesInput, boolean]>([
    ['spiffe', SPIFFE, { uri: [`${SPIFFE}/x`] }, false],
    ['spiffe', SPIFFE, { uri: ['spiffe://example.com/we'] }, false],
    ['spiffe', SPIFFE, { uri: [SPIFFE, 'https://example.com/'] }, false],
    ['dns', 'web.example.com', { dns: ['web.example.com'] }, true],
    ['dns', '*.example.com', { dns: ['web.example.com'] }, true],
    ['dns', '*.example.com', { dns: ['a.web.example.com'] }, false],
    ['dns', '*.example.com', { dns: ['example.com'] }, false],
    ['dns', '*.example.com', { dns: ['web.example.com.evil.test'] }, false],
    ['dns', '*.example.com', { dns: ['*.example.com'] }, false],
    ['dns', 'web.example.com', { uri: [SPIFFE] }, false],
  ])('with %s %s and the names %j: %s', async (kind, value, names, expected) => {
    await map(kind, value)
    const { der } = await issued(names)
    if (expected) expect((await authenticate(der)).kind).toBe('role')
    else expect(await reason(der)).toBe('it is mapped to no role')
  })

  it('says which role when there are several', async () => {
    await map('dns', 'web.example.com')
    await map('dns', '*.example.com', other)
    const { der } = await issued({ dns: ['web.example.com'] })
    expect(await reason(der)).toContain('several roles')
    expect((await authenticate(der, other)).id).toMatch(/^role\/deploy\//)
    expect(await reason(der, arns.role(admin.account, 'root'))).toContain('not mapped to that role')
  })

  it('is refused from the moment that it is revoked, also on a connection that stands', async () => {
    await map('spiffe', SPIFFE)
    const { der, authority, serial } = await issued({ uri: [SPIFFE] })
    await authenticate(der)
    await revokeCertificate(given.ports, admin, {
      id: certificateIdOf(authority, serial),
      reason: 'superseded',
    })
    expect(await reason(der)).toBe('it is revoked')
  })

  it('is refused before and after its time, by the system clock', async () => {
    await map('spiffe', SPIFFE)
    const { der, notAfter } = await issued({ uri: [SPIFFE] })
    const ahead = notAfter + 1000 - given.clock.now()
    given.clock.advance(ahead)
    expect(await reason(der)).toBe('it is expired')
    given.clock.advance(-ahead - 7_200_000)
    expect(await reason(der)).toBe('it is not_yet_valid')
    given.clock.advance(7_200_000)
    await authenticate(der)
  })

  it('is refused from the moment that its mapping or its role is gone', async () => {
    await map('spiffe', SPIFFE, arns.role(admin.account, 'nobody'))
    const { der } = await issued({ uri: [SPIFFE] })
    await expectRefusal(authenticate(der), 'unauthenticated')
    await map('dns', 'x.example.com')
    await given.ports.store.transact((writes) => [writes.certificateMappings.remove(admin, made[0] as never)])
    made.shift()
    expect(await reason(der)).toBe('it is mapped to no role')
  })

  it('for servers only is none (RFC 5280 §4.2.1.12)', async () => {
    await map('dns', 'web.example.com')
    const { der } = await issued({ dns: ['web.example.com'] }, 'tls-server')
    expect(await countsAsCredential(given.ports, der)).toBe(false)
    expect(await reason(der)).toBe('no authority with a mapping has issued it')
  })

  it('that another account has from the same authority doesn’t act in its owner’s role', async () => {
    const borrower = '444455556666' as AccountId
    await addAccount(given.ports, borrower)
    await map('spiffe', SPIFFE)
    const { der } = await issued({ uri: [SPIFFE] })
    // As if the borrower of a shared authority had asked for it: it chooses the names.
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(given.database)
    db.prepare('UPDATE Certificate SET accountId = ? WHERE der = ?').run(borrower, der)
    db.close()
    expect(await reason(der)).toBe('it is mapped to no role')
  })

  it('is none when octets of it are changed, or nobody here has issued it', async () => {
    await map('spiffe', SPIFFE)
    const { der } = await issued({ uri: [SPIFFE] })
    const changed = Uint8Array.from(der)
    changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1
    for (const strange of [changed, der.slice(1), new Uint8Array(), Uint8Array.of(0x30, 0)])
      expect(await countsAsCredential(given.ports, strange)).toBe(false)
    const authority = await findAuthority(given.ports, admin, undefined)
    expect(await countsAsCredential(given.ports, authority.certificate?.der as Uint8Array)).toBe(false)
  })

  it('counts for nothing while nobody maps its authority', async () => {
    const { der } = await issued({ uri: [SPIFFE] })
    expect(await countsAsCredential(given.ports, der)).toBe(false)
    await map('dns', 'x.example.com')
    expect(await countsAsCredential(given.ports, der)).toBe(true)
  })
})

import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { SYSTEM_ACCOUNT, type Serial } from '../../../src/core/domain/ids.ts'
import { caFileAt, repositorySegments } from '../../../src/core/domain/repository-paths.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { crossSignAuthority } from '../../../src/core/operations/authorities/cross-sign-authority.ts'
import { deleteAuthority } from '../../../src/core/operations/authorities/delete-authority.ts'
import { importAuthorityCertificate } from '../../../src/core/operations/authorities/import-certificate.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { renewAuthority } from '../../../src/core/operations/authorities/renew-authority.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { listenerCertificate } from '../../../src/core/operations/installation/listener-certificate.ts'
import { readCaFile } from '../../../src/core/operations/revocation/ca-files.ts'
import { certsOnly } from '../../../src/core/x509/pkcs7.ts'
import { pemDecode } from '../../../src/core/x509/pem.ts'
import { anOutsider, certifiedFor, pemOf } from './outside.ts'
import { advance, aRoot, aSubordinate, barePorts, idOf, type TestPorts } from './ports.ts'

let given: TestPorts
let root: Authority
let sub: Authority
beforeEach(async () => {
  given = await barePorts()
  root = await aRoot(given)
  sub = await aSubordinate(given)
})
afterEach(() => given[Symbol.asyncDispose]())

const octetsOf = async (path: string) => {
  const file = caFileAt(repositorySegments(path) ?? [])
  return file === undefined ? undefined : readCaFile(given.ports, file)
}
/** Buffers and other arrays of octets aren't equal to vitest; their digits are. */
const hex = (octets: Uint8Array | undefined) => octets && Buffer.from(octets).toString('hex')
const read = async (path: string) => hex(await octetsOf(path))
const certs = (...certificates: Uint8Array[]) => hex(certsOnly(certificates))
const inPem = async (path: string) =>
  pemDecode(Buffer.from((await octetsOf(path)) ?? []).toString(), ['CERTIFICATE']).map(({ der }) => hex(der))
const der = ({ certificate }: Authority) => certificate?.der ?? new Uint8Array()
const derOf = (authority: Authority) => hex(der(authority))
const serialOf = ({ certificate }: Authority) => certificate?.serial ?? ('' as Serial)

describe('an authority’s certificate', () => {
  test('as DER, PEM and PKCS #7; nothing for who has none', async () => {
    expect(await read(`/ca/${sub.id}.cer`)).toEqual(derOf(sub))
    expect(await inPem(`/ca/${sub.id}.pem`)).toEqual([derOf(sub)])
    expect(await read(`/ca/${sub.id}.p7c`)).toEqual(certs(der(sub)))
    const pending = await createPendingAuthority(given.ports, given.admin, {
      kind: 'subordinate',
      name: 'p',
      subject: { commonName: 'P' },
    })
    for (const form of ['.cer', '.pem', '.p7c', '-chain.pem'])
      expect(await read(`/ca/${pending.id}${form}`)).toBeUndefined()
    expect(await read('/ca/01900000-0000-7000-8000-000000000001.cer')).toBeUndefined()
  })

  test('the chain without its root, and with it', async () => {
    expect(await inPem(`/ca/${sub.id}-chain.pem`)).toEqual([derOf(sub)])
    expect(await inPem(`/ca/${sub.id}-chain-with-root.pem`)).toEqual([derOf(sub), derOf(root)])
    expect(await read(`/ca/${sub.id}-chain-with-root.p7c`)).toEqual(certs(der(sub), der(root)))
    expect(await inPem(`/ca/${root.id}-chain.pem`)).toEqual([derOf(root)])
  })

  test('is served when it is disabled, deleted and expired', async () => {
    await updateAuthority(given.ports, given.admin, { reference: sub.id, status: 'DISABLED' })
    await deleteAuthority(given.ports, given.admin, { reference: sub.id })
    advance(given, 4000 * DAY)
    for (const path of [`/ca/${sub.id}.cer`, `/ca/${sub.id}/${serialOf(sub)}.cer`])
      expect(await read(path)).toEqual(derOf(sub))
  })
})

describe('a URL that names a serial number', () => {
  test('gives the same for good, through renewals', async () => {
    const first = `/ca/${sub.id}/${serialOf(sub)}.cer`
    expect(await read(first)).toEqual(derOf(sub))
    advance(given, 100 * DAY)
    const renewed = await renewAuthority(given.ports, given.admin, { reference: 's' })
    expect(derOf(renewed)).not.toEqual(derOf(sub))
    expect(await read(first)).toEqual(derOf(sub))
    expect(await read(`/ca/${sub.id}/${serialOf(renewed)}.cer`)).toEqual(derOf(renewed))
    expect(await read(`/ca/${sub.id}.cer`)).toEqual(derOf(renewed))
    expect(await read(`/ca/${root.id}/${serialOf(renewed)}.cer`)).toBeUndefined()
  })

  test('stays with the first of two that issuers outside gave the same', async () => {
    const pending = await createPendingAuthority(given.ports, given.admin, {
      kind: 'subordinate',
      name: 'p',
      subject: { commonName: 'P' },
    })
    const certificates = []
    for (const issuer of [anOutsider('One'), anOutsider('Two')]) {
      const made = certifiedFor(pending, issuer, { serial: new Uint8Array(16).fill(1) })
      certificates.push(made)
      await importAuthorityCertificate(given.ports, given.admin, {
        reference: pending.id,
        certificate: pemOf(made),
        chain: pemOf(issuer.der),
      })
      expect(await read(`/ca/${pending.id}/${'01'.repeat(16)}.cer`)).toEqual(hex(certificates[0]))
    }
    expect(await read(`/ca/${pending.id}.cer`)).toEqual(hex(certificates[1]))
  })

  test('also of a cross-certificate, which others name too', async () => {
    const other = await aRoot(given, { name: 'o', subject: { commonName: 'O' }, makeDefault: false })
    const { certificate } = await crossSignAuthority(given.ports, given.admin, {
      subject: sub.id,
      issuer: other.id,
    })
    const [byName, bySerial] = [`/ca/${sub.id}-by-${other.id}.cer`, `/ca/${sub.id}/${certificate.serial}.cer`]
    expect(await read(byName)).toEqual(hex(certificate.der))
    expect(await read(bySerial)).toEqual(hex(certificate.der))
    expect(await read(`/ca/${sub.id}-by-${other.id}.p7c`)).toEqual(certs(certificate.der))
    // RFC 5280 §4.2.2.1: every certificate that was issued to it.
    expect(await read(`/ca/${sub.id}.p7c`)).toEqual(certs(der(sub), certificate.der))
    await revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason: 'superseded' })
    expect(await read(byName)).toBeUndefined()
    expect(await read(bySerial)).toEqual(hex(certificate.der))
    expect(await read(`/ca/${sub.id}.p7c`)).toEqual(certs(der(sub)))
  })
})

describe('roots.pem', () => {
  const names = async () =>
    (await inPem('/roots.pem')).map((digits) => new X509Certificate(Buffer.from(digits ?? '', 'hex')).subject)

  test('has every active root, oldest first, and not the listener’s', async () => {
    advance(given, 1000)
    await listenerCertificate(given.ports, { dns: ['localhost'] })
    expect(
      (await given.ports.store.reads.authorities.all()).some(({ account }) => account === SYSTEM_ACCOUNT),
    ).toBe(true)
    await aRoot(given, { name: 'o', subject: { commonName: 'O' } })
    expect(await names()).toEqual(['CN=R', 'CN=O'])
    await updateAuthority(given.ports, given.admin, { reference: 'o', status: 'DISABLED' })
    expect(await names()).toEqual(['CN=R'])
    advance(given, 4000 * DAY)
    expect(await read('/roots.pem')).toBeUndefined()
  })
})

import { createHash, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../../../src/core/domain/certificates.ts'
import {
  signaturesOf,
  signingOptions,
  type KeyAlgorithm,
} from '../../../../src/core/domain/key-algorithms.ts'
import { revocationStatement } from '../../../../src/core/domain/revocation-proofs.ts'
import type { RevocationReason } from '../../../../src/core/domain/revocation.ts'
import { MINUTE } from '../../../../src/core/domain/time.ts'
import {
  revokeByProof,
  type RevocationProof,
} from '../../../../src/core/operations/certificates/revoke-by-proof.ts'
import { revokeNamed } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import type { CertificateName } from '../../../../src/core/operations/certificates/named-certificate.ts'
import { pemEncode } from '../../../../src/core/x509/pem.ts'
import { auditTrail } from '../database.ts'
import { aLeaf, aPrincipal, aRoot, barePorts, testPorts, type TestPorts } from '../ports.ts'
import { expectRefusal } from '../refusals.ts'
import { aRequest, keyPair, QUICK_KEYS } from '../requests.ts'

let given: TestPorts
beforeAll(async () => {
  given = await testPorts()
})
afterAll(() => given[Symbol.asyncDispose]())

const leaf = async (algorithm: KeyAlgorithm = 'EC_prime256v1') =>
  (await aLeaf(given.ports, given.admin, { csr: aRequest({ algorithm }) })).certificate
const pemOf = ({ der }: Pick<Certificate, 'der'>): string => pemEncode('CERTIFICATE', der)
const revoke = (name: CertificateName, principal = given.admin) =>
  revokeNamed(given.ports, principal, name, { reason: 'superseded' })

describe('by serial or by the certificate itself', () => {
  const spellings: [string, (serial: string) => string][] = [
    ['as it is shown', (serial) => serial],
    ['in upper case', (serial) => serial.toUpperCase()],
    ['with colons', (serial) => serial.replace(/..(?=.)/g, '$&:')],
    ['with 0x, without leading zeros', (serial) => `0x${serial.replace(/^0+/, '')}`],
    ['with more leading zeros', (serial) => `0000${serial}`],
  ]
  test.each(spellings)('a serial %s', async (_, spell) => {
    const certificate = await leaf()
    const { certificate: revoked } = await revoke({ serial: spell(certificate.serial) })
    expect(revoked).toMatchObject({ serial: certificate.serial, revocation: { reason: 'superseded' } })
  })

  test.each([
    ['PEM', pemOf],
    ['DER in base64', ({ der }: Certificate) => Buffer.from(der).toString('base64')],
  ])('a certificate as %s', async (_, spell) => {
    const certificate = await leaf()
    expect((await revoke({ certificate: spell(certificate) })).certificate.serial).toBe(certificate.serial)
  })

  test('names its authority where several have issued the serial', async () => {
    const { authority, serial } = await leaf()
    const found = await revoke({ serial, authority })
    expect(found.certificate.authority).toBe(authority)
    await expectRefusal(revoke({ serial, authority: 'root' }), 'not_found')
    await expectRefusal(revoke({ serial, authority: 'nobody' }), 'not_found')
  })

  test.each([
    ['no serial', { serial: 'xyz' }, 'serial serial'],
    ['a serial of 21 octets', { serial: 'ab'.repeat(21) }, 'serial serial'],
    ['zero', { serial: '00:00' }, 'serial serial'],
    ['no certificate', { certificate: '-----BEGIN CERTIFICATE-----\nAAAA' }, 'certificate pem'],
    ['nothing', { certificate: '!' }, 'certificate certificate_form'],
  ] as const)('%s', async (_, name, violation) => {
    const error = await expectRefusal(revoke(name), 'request_invalid')
    expect(error.violations.map(({ code, field }) => `${field} ${code}`)[0]).toMatch(
      new RegExp(`^${violation.replace(' pem', ' (pem|der)')}`),
    )
  })

  test('what another account, a foreign authority or a forger has issued is nothing here', async () => {
    const certificate = await leaf()
    const elsewhere = aPrincipal({ role: 'administrator' })
    await expectRefusal(revoke({ serial: certificate.serial }, elsewhere), 'not_found')
    await expectRefusal(revoke({ certificate: pemOf(certificate) }, elsewhere), 'not_found')
    await using other = await barePorts({ seed: 'other' })
    await aRoot(other, { name: 'issuing' })
    const foreign = await other.ports.store.reads.authorities.byName(other.admin, 'issuing')
    await expectRefusal(revoke({ certificate: pemOf(foreign?.certificate as Certificate) }), 'not_found')
    // The serial and the issuer are right, the rest is somebody's own: identity isn't to be had by copying.
    const forged = Uint8Array.from(certificate.der)
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1
    await expectRefusal(revoke({ certificate: pemOf({ der: forged }) }), 'not_found')
    expect(await statusOf(certificate)).toBeUndefined()
  })

  test('a self-signed one says why it can’t be', async () => {
    const root = await given.ports.store.reads.authorities.byName(given.admin, 'root')
    const work = revoke({ certificate: pemOf(root?.certificate as Certificate) })
    expect((await expectRefusal(work, 'state_conflict')).message).toMatch(/self-signed/)
  })
})

const statusOf = async ({ authority, serial }: Certificate) =>
  (await given.ports.store.reads.certificates.recorded(authority, serial))?.revocation

describe('by proof of possession of the key', () => {
  type Changes = Partial<RevocationProof> & { readonly statement?: (text: string) => string }
  const proofFor = (
    certificate: Certificate,
    algorithm: KeyAlgorithm,
    changes: Changes = {},
  ): RevocationProof => {
    const { statement = (text: string) => text, ...rest } = changes
    const claim = {
      reason: 'keyCompromise' as RevocationReason,
      signedAt: given.clock.now(),
      ...rest,
    }
    const text = revocationStatement({
      sha256: createHash('sha256').update(certificate.der).digest(),
      ...claim,
    })
    const { privateKey } = keyPair(algorithm)
    const [first = 'SHA256WITHECDSA'] = signaturesOf(algorithm)
    const { digest, padding } = signingOptions(first)
    const signature = sign(digest, Buffer.from(statement(text)), { key: privateKey, ...padding })
    return { certificate: pemOf(certificate), signature, ...claim }
  }

  test.each(QUICK_KEYS)('a key of %s', async (algorithm) => {
    const certificate = await leaf(algorithm)
    const revoked = await revokeByProof(given.ports, proofFor(certificate, algorithm))
    expect(revoked.certificate.revocation).toMatchObject({ reason: 'keyCompromise' })
    const event = auditTrail(given.database).findLast(({ eventName }) => eventName === 'RevokeCertificate')
    expect(JSON.stringify(event)).toMatch(/"principalId":"key\/[0-9a-f]{32}"/)
  })

  const ec = 'EC_prime256v1'
  test.each<[string, Changes, string]>([
    ['a statement for another reason', { statement: (text) => text.replace('keyC', 'x') }, 'unauthenticated'],
    [
      'another certificate’s',
      { statement: (text) => text.replace(/sha256: ../, 'sha256: 00') },
      'unauthenticated',
    ],
    ['no line end at the end', { statement: (text) => text.trimEnd() }, 'unauthenticated'],
    ['no signature', { signature: new Uint8Array(0) }, 'unauthenticated'],
    ['octets in place of a signature', { signature: new Uint8Array(70) }, 'unauthenticated'],
    ['a hold', { reason: 'certificateHold' }, 'request_invalid'],
    ['an authority’s reason', { reason: 'cACompromise' }, 'request_invalid'],
    ['one signed long ago', { signedAt: Date.UTC(2030, 5, 15, 11, 44) }, 'request_invalid'],
    ['one from the future', { signedAt: Date.UTC(2030, 5, 15, 12, 16) }, 'request_invalid'],
    ['no time', { signedAt: Number.NaN }, 'request_invalid'],
  ])('%s is no proof', async (_, changes, code) => {
    const certificate = await leaf()
    const claim = Number.isNaN(changes.signedAt)
      ? { ...proofFor(certificate, ec), ...changes }
      : proofFor(certificate, ec, changes)
    const given_ = { ...claim, ...(changes.signature && { signature: changes.signature }) }
    await expectRefusal(revokeByProof(given.ports, given_), code as 'request_invalid')
    expect(await statusOf(certificate)).toBeUndefined()
  })

  test('another key proves nothing, whatever it signs', async () => {
    const certificate = await leaf('ED25519')
    const work = revokeByProof(given.ports, proofFor(certificate, ec))
    await expectRefusal(work, 'unauthenticated')
  })

  test('of what wasn’t issued here, its own key too', async () => {
    await using other = await barePorts({ seed: 'other' })
    await aRoot(other)
    const foreign = (
      await aLeaf(other.ports, other.admin, { authority: 'r', template: 'EndEntityCertificate/V1' })
    ).certificate
    await expectRefusal(revokeByProof(given.ports, proofFor(foreign, ec)), 'not_found')
  })

  test('is good until the window ends, and a replay changes nothing', async () => {
    const certificate = await leaf()
    const proof = proofFor(certificate, ec)
    const first = await revokeByProof(given.ports, proof)
    given.clock.advance(15 * MINUTE)
    const again = await revokeByProof(given.ports, proof)
    expect(again.certificate.revocation).toEqual(first.certificate.revocation)
    given.clock.advance(1000)
    await expectRefusal(revokeByProof(given.ports, proof), 'request_invalid', ['signedAt proof_old'])
    given.clock.advance(-15 * MINUTE - 1000)
  })
})

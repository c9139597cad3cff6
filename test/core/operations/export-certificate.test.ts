import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import { exportViolations, type ExportRequest } from '../../../src/core/domain/exports.ts'
import { exportCertificate } from '../../../src/core/operations/certificates/export-certificate.ts'
import { QUICK_KEYS, privateKeyIn } from './requests.ts'
import { aLeaf, idOf, testPorts, type TestPorts } from './ports.ts'
import { auditTrail } from './database.ts'
import { expectRefusal } from './refusals.ts'

const PASSPHRASE = 'correct horse battery'
let given: TestPorts
let certificate: Certificate
beforeAll(async () => {
  given = await testPorts()
  certificate = (await issued('EC_prime256v1')).certificate
})
afterAll(() => given[Symbol.asyncDispose]())

const issued = (algorithm: (typeof QUICK_KEYS)[number]) =>
  aLeaf(given.ports, given.admin, { key: { algorithm }, names: { dns: ['k.example.com'] }, subject: {} })
const exported = (form: ExportRequest, id = idOf(certificate)) =>
  exportCertificate(given.ports, given.admin, { id, form })

describe.each(QUICK_KEYS)('%s', (algorithm) => {
  test('in the clear and encrypted, the key is the certificate’s', async () => {
    const made = (await issued(algorithm)).certificate
    const { publicKey } = new X509Certificate(made.der)
    const clear = await exported({ format: 'pem' }, idOf(made))
    expect(new X509Certificate(made.der).checkPrivateKey(privateKeyIn(clear.bytes))).toBe(true)
    const sealed = await exported({ format: 'pkcs8-encrypted-pem', passphrase: PASSPHRASE }, idOf(made))
    expect(() => privateKeyIn(sealed.bytes, 'another passphrase')).toThrow()
    const key = privateKeyIn(sealed.bytes, PASSPHRASE)
    expect(key.equals(privateKeyIn(clear.bytes))).toBe(true)
    expect(publicKey.asymmetricKeyType).toBe(key.asymmetricKeyType)
    for (const { bytes } of [clear, sealed])
      expect(
        Buffer.from(bytes)
          .toString()
          .match(/BEGIN CERTIFICATE/g),
      ).toHaveLength(2)
    const p12 = await exported({ format: 'pkcs12', passphrase: PASSPHRASE }, idOf(made))
    expect(p12.fileName).toMatch(/^[0-9a-f]{16}\.p12$/)
    // OpenSSL opens it, and finds that key and certificate belong together.
    const pfx = Buffer.from(p12.bytes)
    expect(() => createSecureContext({ pfx, passphrase: PASSPHRASE })).not.toThrow()
    expect(() => createSecureContext({ pfx, passphrase: 'another passphrase' })).toThrow(/mac verify failure/)
  })
})

describe('passphrases', () => {
  test.each([
    [{ format: 'pkcs12' }, 'passphrase passphrase_short'],
    [{ format: 'pkcs12', passphrase: 'elf letters' }, 'passphrase passphrase_short'],
    [{ format: 'pkcs8-encrypted-pem', passphrase: '😀'.repeat(11) }, 'passphrase passphrase_short'],
    [{ format: 'pkcs8-encrypted-pem', passphrase: 'x'.repeat(1025) }, 'passphrase passphrase_long'],
    [{ format: 'pkcs8-encrypted-pem', passphrase: `${PASSPHRASE}\ud800` }, 'passphrase passphrase_text'],
    [{ format: 'pem', passphrase: PASSPHRASE }, 'passphrase passphrase_unused'],
    [{ format: 'jks', passphrase: '' }, 'passphrase passphrase_short'],
    [{ format: 'pkcs12-legacy' }, 'passphrase passphrase_short'],
    [{ format: 'der', passphrase: PASSPHRASE }, 'passphrase passphrase_unused'],
    [{ format: 'pfx' as 'pem' }, 'format format'],
    [{ format: 'toString' as 'pem' }, 'format format'],
    [{ format: 'pem', parts: [] }, 'parts parts'],
    [{ format: 'pem', parts: ['key', 'key'] }, 'parts parts'],
    [{ format: 'pem', parts: ['root' as 'key'] }, 'parts parts'],
    [{ format: 'der', parts: ['chain'] }, 'parts parts_der'],
    [{ format: 'der', parts: ['certificate', 'key'] }, 'parts parts_der'],
    [{ format: 'jks', passphrase: PASSPHRASE, parts: ['key'] }, 'parts parts_unused'],
    [{ format: 'pkcs8-encrypted-pem', passphrase: PASSPHRASE, parts: ['certificate'] }, 'parts parts_clear'],
    [{ format: 'pem', friendlyName: 'web' }, 'friendlyName friendly_name_unused'],
  ] as const)('%o', async (form, violation) => {
    const before = auditTrail(given.database).length
    await expectRefusal(exported(form), 'request_invalid', [violation])
    expect(auditTrail(given.database)).toHaveLength(before)
  })
})

test('another face may have another rule for passphrases (seam of the AWS face: 4 to 128)', () => {
  const rule = { least: 4, most: 128 }
  const codes = (passphrase: string): string[] =>
    exportViolations({ format: 'pkcs8-encrypted-pem', passphrase }, '', rule).map(({ code }) => code)
  expect([codes('four'), codes('few'), codes('x'.repeat(129))]).toEqual([
    [],
    ['passphrase_short'],
    ['passphrase_long'],
  ])
})

test('without the key in it, a file needs none: it is on the record all the same', async () => {
  const foreign = (await aLeaf(given.ports, given.admin)).certificate
  const { bytes } = await exported({ format: 'pem', parts: ['chain', 'certificate'] }, idOf(foreign))
  expect(Buffer.from(bytes).toString()).toMatch(
    /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n){2}$/,
  )
  expect(auditTrail(given.database).at(-1)).toMatchObject({
    eventName: 'ExportCertificate',
    requestParameters: { format: 'pem', parts: ['certificate', 'chain'] },
  })
})

test('is on the record before the key is opened', async () => {
  const order: string[] = []
  const { store, vault } = given.ports
  const watched = {
    ...given.ports,
    store: {
      ...store,
      transact: (build: Parameters<typeof store.transact>[0]) =>
        store.transact(build).then(() => void order.push('recorded')),
    },
    vault: {
      ...vault,
      seal: (...all: Parameters<typeof vault.seal>) => {
        order.push('opened')
        return vault.seal(...all)
      },
    },
  }
  await exportCertificate(watched, given.admin, { id: idOf(certificate), form: { format: 'pem' } })
  expect(order).toEqual(['recorded', 'opened'])
  const last = auditTrail(given.database).at(-1)
  expect(last).toMatchObject({ eventName: 'ExportCertificate', requestParameters: { format: 'pem' } })
})

test('without a record there is no key', async () => {
  const ports = {
    ...given.ports,
    store: { ...given.ports.store, transact: () => Promise.reject(new Error('full')) },
    vault: {
      ...given.ports.vault,
      seal: () => {
        throw new Error('the key was opened')
      },
    },
  }
  const work = exportCertificate(ports, given.admin, { id: idOf(certificate), form: { format: 'pem' } })
  await expect(work).rejects.toThrow('full')
})

test('only of keys that the service holds, and never an authority’s', async () => {
  const foreign = (await aLeaf(given.ports, given.admin)).certificate
  await expectRefusal(exported({ format: 'pem' }, idOf(foreign)), 'state_conflict')
  const issuing = await given.ports.store.reads.authorities.byName(given.admin, 'issuing')
  const own = `${issuing?.parent}.${issuing?.certificate?.serial}`
  await expectRefusal(exported({ format: 'pem' }, own), 'state_conflict')
  await expectRefusal(exported({ format: 'pem' }, 'nothing'), 'not_found')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyObject } from 'node:crypto'
import { createAccount } from '../../../src/core/operations/access/accounts.ts'
import { authenticateToken } from '../../../src/core/operations/access/authenticate-token.ts'
import { createToken } from '../../../src/core/operations/access/tokens.ts'
import { exportCertificate } from '../../../src/core/operations/certificates/export-certificate.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { ensureAdministrator } from '../../../src/core/operations/installation/initialize.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { rowsOf } from './database.ts'
import { aLeaf, idOf, testPorts, type TestPorts } from './ports.ts'
import { privateKeyIn } from './requests.ts'

const PASSPHRASE = 'a passphrase nobody guesses'
const ADMIN = 'chy_the-administrators-token-of-this-test-0001'
let given: TestPorts
const secrets = new Map<string, Buffer>()
const errors: unknown[] = []

const keep = (name: string, secret: string | Uint8Array): void => void secrets.set(name, Buffer.from(secret))
/** The scalar or private exponent: what stays the same in every encoding of the key. */
function keepKey(name: string, key: KeyObject): void {
  keep(`${name}, PKCS#8`, key.export({ format: 'der', type: 'pkcs8' }))
  keep(`${name}, scalar`, Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
}

/** A day in the life of an installation, errors included. */
beforeAll(async () => {
  given = await testPorts()
  const { ports, admin, installation } = given
  await ensureAdministrator(ports, installation.account, () => ADMIN)
  keep('the admin token', ADMIN)
  await createAccount(ports, admin, { id: '111122223333', name: 'tenant' })
  const { secret } = await createToken(ports, admin, { account: '111122223333', name: 'ci', role: 'issuer' })
  keep('a token', secret)
  keep('the passphrase', PASSPHRASE)
  const call = {
    region: admin.region,
    requestId: 'r',
    sourceAddress: 's',
    userAgent: undefined,
    listener: 'api',
    secure: true,
  }
  await authenticateToken(ports, secret, call)
  const wrong = 'chy_not-a-token-but-somebodys-secret-all-the-same'
  keep('a wrong token', wrong)
  const failed = async (work: Promise<unknown>) => errors.push(await work.catch((error: unknown) => error))
  await failed(authenticateToken(ports, wrong, call))
  for (const algorithm of ['EC_prime256v1', 'ED25519', 'RSA_2048'] as const) {
    const issued = await aLeaf(ports, admin, {
      key: { algorithm },
      names: { dns: ['a.test'] },
      subject: {},
      export: { format: 'pkcs8-encrypted-pem', passphrase: PASSPHRASE },
      idempotency: { key: algorithm, bodyHash: sha256(`body with ${PASSPHRASE}`) },
    })
    const id = idOf(issued.certificate)
    keepKey(algorithm, privateKeyIn(issued.exported?.bytes ?? new Uint8Array(), PASSPHRASE))
    await exportCertificate(ports, admin, { id, form: { format: 'pkcs12', passphrase: PASSPHRASE } })
    await failed(exportCertificate(ports, admin, { id, form: { format: 'pem', passphrase: PASSPHRASE } }))
    await revokeCertificate(ports, admin, { id, reason: 'superseded' })
    await failed(revokeCertificate(ports, admin, { id, reason: 'superseded' }))
  }
  const vault = { ...ports.vault, sign: () => Promise.reject(new Error(`device said ${ADMIN}`)) }
  await failed(aLeaf({ ...ports, vault }, admin))
})
afterAll(() => given[Symbol.asyncDispose]())

/** In any spelling in which something might carry it. */
const spellings = (secret: Buffer): readonly Buffer[] => [
  secret,
  ...(['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(secret.toString(encoding))),
]

function expectNone(where: string, content: Buffer): void {
  for (const [name, secret] of secrets)
    for (const spelling of spellings(secret)) {
      expect(spelling.length).toBeGreaterThan(16)
      expect(content.includes(spelling), `${name} in ${where}`).toBe(false)
    }
}

test('no column of any row holds a secret', () => {
  const tables = rowsOf<{ name: string }>(
    given.database,
    "SELECT name FROM sqlite_master WHERE type = 'table'",
  )
  let cells = 0
  for (const { name } of tables)
    for (const row of rowsOf<Record<string, unknown>>(given.database, `SELECT * FROM "${name}"`))
      for (const [column, value] of Object.entries(row)) {
        cells++
        expectNone(`${name}.${column}`, Buffer.isBuffer(value) ? value : Buffer.from(String(value)))
      }
  expect(cells).toBeGreaterThan(300)
  const hashes = rowsOf<{ request: Buffer }>(given.database, 'SELECT request FROM Idempotency')
  const bare = Buffer.from(sha256(`body with ${PASSPHRASE}`))
  expect(hashes).not.toHaveLength(0)
  for (const { request } of hashes) expect(request.equals(bare)).toBe(false)
})

test('no log line and nothing public about an error does', () => {
  expectNone('the log', Buffer.from(JSON.stringify(given.log)))
  expect(errors).toHaveLength(8)
  for (const error of errors) {
    const { message, violations, details } = error as Record<string, unknown>
    expectNone('an error', Buffer.from(JSON.stringify([message, violations, details])))
  }
})

test('the search finds what is there', () => {
  const [, token] = [...secrets][0] as [string, Buffer]
  expect(() => expectNone('a test', Buffer.concat([Buffer.from('x'), token]))).toThrow(/admin token/)
})

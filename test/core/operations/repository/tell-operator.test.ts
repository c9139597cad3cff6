import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Purge, RepositoryMessage } from '../../../../src/core/domain/repository-messages.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { beginTelling, tellOperator } from '../../../../src/core/operations/repository/tell-operator.ts'
import { completeScope } from '../../../../src/core/domain/crl-scopes.ts'
import { publishCrl } from '../../../../src/core/operations/revocation/publish-crl.ts'
import { publishDueCrls } from '../../../../src/core/operations/revocation/publish-due-crls.ts'
import type { WebhookAnswer } from '../../../../src/core/ports/webhook-sender.ts'
import { serialOf, type AuthorityId } from '../../../../src/core/domain/ids.ts'
import { answerOcsp } from '../../../../src/core/operations/ocsp/answer-ocsp.ts'
import { encodeOcspRequest, parseOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { advance, aLeaf, aRoot, aSubordinate, barePorts, idOf, type TestPorts } from '../ports.ts'

let given: TestPorts
let issuer: AuthorityId
let answer: WebhookAnswer
let messages: RepositoryMessage[]
const arrived: WebhookAnswer = {
  milliseconds: 1,
  status: 204,
  address: '127.0.0.1',
  body: new Uint8Array(),
  retryAfter: undefined,
}
const webhook = {
  send: async ({ body }: { body: Uint8Array }) => {
    if (answer === arrived) messages.push(JSON.parse(Buffer.from(body).toString()) as RepositoryMessage)
    return answer
  },
}
/** What is told now. */
const told = async () => {
  messages = []
  const { failure } = await tellOperator(given.ports, webhook, new AbortController().signal)
  expect(failure).toBeUndefined()
  return messages.map(({ data }) => data)
}
const revoked = async () => {
  const { certificate } = await aLeaf(given.ports, given.admin)
  await revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason: 'superseded' })
  return certificate
}

beforeEach(async () => {
  given = await barePorts()
  answer = arrived
  await aRoot(given)
  issuer = (await aSubordinate(given)).id
  await publishDueCrls(given.ports)
  await beginTelling(given.ports)
})
afterEach(() => given[Symbol.asyncDispose]())

const statusOf = (serial: string) => ({
  urls: [expect.any(String), expect.any(String)] as unknown[],
  tags: [`ocsp-${issuer}-${serial}`],
})
const crlOf = () => ({ urls: [`http://pki.example.com/crl/${issuer}.crl`], tags: [`crl-${issuer}`] })

describe('what caches are to forget', () => {
  test('of what was revoked before anybody was to be told: nothing; of what was between two starts, all', async () => {
    const { serial } = await revoked()
    await beginTelling(given.ports)
    expect(await told()).toEqual([statusOf(serial), crlOf()])
  })

  test('of a revocation: what the responder said, and the CRL once one knows it', async () => {
    const { serial } = await revoked()
    expect(await told()).toEqual([statusOf(serial), crlOf()])
    expect(await told()).toEqual([])
  })

  test('the CRL isn’t told of before one is published that knows, however long that takes', async () => {
    const { store } = given.ports
    const { certificate } = await aLeaf(given.ports, given.admin)
    // Recorded, but not published: as when the key can't be used.
    await store.transact((writes) => [
      writes.certificates.revoke(certificate, 'superseded', given.calendar.now()),
    ])
    expect(await told()).toEqual([statusOf(certificate.serial)])
    expect(await told()).toEqual([])
    advance(given, DAY)
    await publishCrl(given.ports, completeScope(issuer))
    expect(await told()).toEqual([crlOf()])
  })

  test('nothing is awaited of who can’t publish any more', async () => {
    const { certificate } = await aLeaf(given.ports, given.admin)
    await given.ports.store.transact((writes) => [
      writes.certificates.revoke(certificate, 'superseded', given.calendar.now()),
    ])
    await told()
    expect(await given.ports.store.reads.repository.awaited(9)).toHaveLength(1)
    advance(given, 4000 * DAY)
    expect(await told()).toEqual([])
    expect(await given.ports.store.reads.repository.awaited(9)).toEqual([])
  })

  test('a hundred certificates are named; of more, everything about their authority is forgotten, in one message', async () => {
    const serials = []
    for (let count = 0; count < 100; count++) serials.push((await revoked()).serial)
    const [one, two, ...more] = await told()
    expect([one, two, more]).toEqual([
      {
        urls: expect.arrayContaining(Array(200).fill(expect.any(String))) as unknown,
        tags: serials.map((serial) => `ocsp-${issuer}-${serial}`),
      },
      crlOf(),
      [],
    ])
    for (let count = 0; count < 101; count++) await revoked()
    expect(await told()).toEqual([{ urls: [], tags: [`ocsp-${issuer}`] }, crlOf()])
  })

  test('what didn’t arrive is told again, whole', async () => {
    const { serial } = await revoked()
    for (const bad of [
      { milliseconds: 1, failure: 'down' },
      { ...arrived, status: 500 },
    ]) {
      answer = bad
      const report = await tellOperator(given.ports, webhook, new AbortController().signal)
      expect(report.failure).toMatch(/down|500/)
    }
    answer = arrived
    expect(await told()).toEqual([statusOf(serial), crlOf()])
  })

  test('at the address that certificates name', async () => {
    await updateAuthority(given.ports, given.admin, {
      reference: issuer,
      revocation: { crl: { host: 'crl.example.org', path: 'lists' } },
    })
    await revoked()
    expect((await told()).at(-1)).toMatchObject({ urls: [`http://crl.example.org/lists/${issuer}.crl`] })
  })
})

test('of a certificate, the requests that clients send by GET: SHA-1 and SHA-256 (RFC 6960 Appendix A.1, RFC 9919 §3.1.1)', async () => {
  const { serial } = await revoked()
  const [status] = await told()
  const { urls } = status as Purge
  const requests = urls.map((url) => {
    const [base, request = ''] = url.split('/ocsp/')
    expect(base).toBe('http://pki.example.com')
    expect(request).toMatch(/^[A-Za-z0-9%]+$/)
    return parseOcspRequest(Buffer.from(decodeURIComponent(request), 'base64'))
  })
  expect(requests.map(({ certIds }) => certIds.map(({ hash }) => hash))).toEqual([['sha1'], ['sha256']])
  for (const { certIds, nonce } of requests) {
    expect([serialOf(certIds[0]?.serial ?? new Uint8Array()), nonce]).toEqual([serial, undefined])
    const { outcome } = await answerOcsp(given.ports, encodeOcspRequest(certIds.map(({ der }) => der)))
    expect(outcome).toBe('revoked')
  }
})

test('a hold that is lifted is told of like a revocation, and its CRL', async () => {
  const { certificate } = await aLeaf(given.ports, given.admin)
  await revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason: 'certificateHold' })
  await told()
  const held = await given.ports.store.reads.certificates.recorded(certificate.authority, certificate.serial)
  await given.ports.store.transact((writes) => [
    writes.revocations.lift(held ?? certificate, given.calendar.now()),
  ])
  expect(await told()).toEqual([statusOf(certificate.serial)])
  await publishCrl(given.ports, completeScope(issuer))
  expect(await told()).toEqual([crlOf()])
})

test('messages are CloudEvents 1.0 of the repository', async () => {
  await revoked()
  await told()
  expect(messages[0]).toMatchObject({
    specversion: '1.0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    source: '/repository',
    type: 'local.chancery.repository.changed',
    time: new Date(given.clock.now()).toISOString(),
    datacontenttype: 'application/json',
  })
})

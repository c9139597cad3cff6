import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { AUTHORITY_EVENTS, type AccountEventName } from '../../../src/core/domain/authority-events.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { MINUTE } from '../../../src/core/domain/time.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { failCreation } from '../../../src/core/operations/authorities/fail-creation.ts'
import { reconcile } from '../../../src/core/operations/certificates/reconcile.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { listEvents } from '../../../src/core/operations/events/read-events.ts'
import { createAuditReport } from '../../../src/core/operations/reports/create-report.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { createWebhook } from '../../../src/core/operations/webhooks/create-webhook.ts'
import { deliverWebhooks } from '../../../src/core/operations/webhooks/deliver-webhooks.ts'
import { updateWebhook } from '../../../src/core/operations/webhooks/update-webhook.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import type { WebhookSender } from '../../../src/core/ports/webhook-sender.ts'
import { aLeaf, aPrincipal, aRoot, aSubordinate, barePorts, idOf, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

type Message = {
  readonly source: string
  readonly account: string
  readonly resources: readonly string[]
  readonly detail: unknown
} & Readonly<Record<string, unknown>>

let given: TestPorts
let ports: Ports
let sent: Message[]
let authority: Authority

const webhooks: WebhookSender = {
  refusal: () => undefined,
  send: async ({ body }) => {
    sent.push(JSON.parse(Buffer.from(body).toString()) as Message)
    return {
      address: '192.0.2.1',
      status: 204,
      body: new Uint8Array(),
      retryAfter: undefined,
      milliseconds: 1,
    }
  },
}
const ask = async (events: readonly AccountEventName[] | undefined, admin: Principal = given.admin) =>
  (await createWebhook(ports, admin, { url: 'https://hooks.example.com/', shape: 'eventbridge', events }))
    .webhook
/** What is sent for what `work` does. */
async function told(work: () => Promise<unknown>): Promise<readonly Message[]> {
  await work()
  await deliverWebhooks(ports)
  return sent.splice(0)
}
const page = { limit: 100, after: undefined }
const failing = (port: object): never =>
  new Proxy(port, { get: () => () => Promise.reject(new Error('down')) }) as never

beforeEach(async () => {
  given = await barePorts({ webhooks, settings: { publicUrl: 'http://pki.example.com' } })
  ports = given.ports
  sent = []
  await aRoot(given)
  authority = await aSubordinate(given)
})
afterEach(() => given[Symbol.asyncDispose]())

const arn = ({ id, account, region }: Authority) =>
  `arn:aws:acm-pca:${region}:${account}:certificate-authority/${id}`
const envelope = (type: string, more: object) => ({
  version: '0',
  id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  'detail-type': type,
  source: 'aws.acm-pca',
  account: authority.account,
  region: authority.region,
  time: '2030-06-15T12:00:00Z',
  ...more,
})

describe('what AWS Private CA tells EventBridge of is sent to a webhook that asks for it by name', () => {
  beforeEach(async () => void (await ask(AUTHORITY_EVENTS)))

  test('ACM Private CA Creation, at once and in PENDING_CERTIFICATE, and that it failed', async () => {
    const basics = { kind: 'root', subject: { commonName: 'P' } } as const
    const other = await told(async () => void (await aRoot(given, { name: 'other' })))
    expect(other.map((each) => each['detail-type'])).toEqual([
      'ACM Private CA Creation',
      'ACM Private CA Certificate Issuance',
    ])
    let pending = authority
    const asked = async () => {
      pending = await createPendingAuthority(ports, given.admin, { ...basics, name: 'pending' })
    }
    expect(await told(asked)).toEqual([
      envelope('ACM Private CA Creation', { resources: [arn(pending)], detail: { result: 'success' } }),
    ])
    const broken = { ...ports, vault: failing(ports.vault) }
    const fail = async () => {
      await expect(
        createPendingAuthority(broken, given.admin, { ...basics, name: 'broken' }),
      ).rejects.toThrow('down')
      const failed = (await ports.store.reads.authorities.all()).find(({ name }) => name === 'broken')
      pending = failed ?? pending
      // Once.
      await failCreation(ports, given.admin, pending, 'OTHER')
    }
    expect(await told(fail)).toEqual([
      envelope('ACM Private CA Creation', { resources: [arn(pending)], detail: { result: 'failure' } }),
    ])
  })

  test('ACM Private CA Certificate Issuance', async () => {
    let certificate = ''
    const issue = async () => void (certificate = (await aLeaf(ports, given.admin)).certificate.serial)
    expect(await told(issue)).toEqual([
      envelope('ACM Private CA Certificate Issuance', {
        resources: [arn(authority), `${arn(authority)}/certificate/${certificate}`],
        detail: { result: 'success' },
      }),
    ])
  })

  test('that an issuance failed, when what was about to be signed is given up', async () => {
    const vault = { ...ports.vault, sign: () => Promise.reject(new Error('down')) }
    const fail = () => expect(aLeaf({ ...ports, vault }, given.admin)).rejects.toThrow('nothing was issued')
    const [failure, ...more] = await told(fail)
    expect(failure).toEqual(
      envelope('ACM Private CA Certificate Issuance', {
        resources: [arn(authority), expect.stringContaining(`${arn(authority)}/certificate/`)],
        detail: { result: 'failure' },
      }),
    )
    expect(more).toEqual([])
    expect(await told(() => reconcile(ports))).toEqual([])
  })

  test('ACM Private CA Certificate Revocation and CRL Generation', async () => {
    const { certificate } = await aLeaf(ports, given.admin)
    await told(async () => undefined)
    const revoke = () =>
      revokeCertificate(ports, given.admin, { id: idOf(certificate), reason: 'superseded' })
    expect(await told(revoke)).toEqual([
      envelope('ACM Private CA Certificate Revocation', {
        resources: [arn(authority), `${arn(authority)}/certificate/${certificate.serial}`],
        detail: { result: 'success' },
      }),
      envelope('ACM Private CA CRL Generation', {
        resources: [arn(authority)],
        detail: { result: 'success' },
      }),
    ])
    // Again changes nothing; a CRL that has it is published all the same.
    const again = (await told(revoke)).map((each) => each['detail-type'])
    expect(again).toEqual(['ACM Private CA CRL Generation'])
  })

  test('that a CRL couldn’t be generated, once for all tries until there is one', async () => {
    const vault = { ...ports.vault, sign: () => Promise.reject(new Error('down')) }
    const fail = async () => {
      for (let tries = 0; tries < 3; tries++) await publishDueCrls({ ...ports, vault })
    }
    const failures = await told(fail)
    expect(failures.filter(({ resources }) => resources[0] === arn(authority))).toEqual([
      envelope('ACM Private CA CRL Generation', {
        resources: [arn(authority)],
        detail: { result: 'failure', reason: 'Failed to generate CRL. Internal failure.' },
      }),
    ])
  })

  test('ACM Private CA Audit Report Generation, and that it failed', async () => {
    const order = { authority: authority.id, format: 'CSV' } as const
    const { id } = await createAuditReport(ports, given.admin, order)
    expect(await told(() => makeDueReports(ports))).toEqual([
      envelope('ACM Private CA Audit Report Generation', {
        resources: [arn(authority), id],
        detail: { result: 'success' },
      }),
    ])
    const next = await createAuditReport(ports, given.admin, order)
    const reportMaker = { make: () => Promise.reject(new Error('down')) }
    expect(await told(() => makeDueReports({ ...ports, reportMaker }))).toEqual([
      envelope('ACM Private CA Audit Report Generation', {
        resources: [arn(authority), next.id],
        detail: { result: 'failure' },
      }),
    ])
  })

  test('and is listed, of each authority by itself', async () => {
    await aLeaf(ports, given.admin)
    await aRoot(given, { name: 'other' })
    const { items } = await listEvents(ports, given.admin, { authority: arn(authority), page })
    expect(items).toMatchObject([
      { name: 'CERTIFICATE_ISSUANCE', authority: authority.id, detail: { result: 'success' } },
    ])
    await expectRefusal(listEvents(ports, given.admin, { authority: 'issuing', page }), 'request_invalid', [
      'authority authority',
    ])
    const both = { authority: authority.id, certificate: authority.id, page }
    await expectRefusal(listEvents(ports, given.admin, both), 'request_invalid', ['authority authority'])
  })
})

describe('what no webhook asks for by name', () => {
  const count = async (admin = given.admin) => (await listEvents(ports, admin, { page })).items.length

  test('is neither sent nor kept, whoever asks for all of managed certificates', async () => {
    await ask(undefined)
    expect(await told(() => aLeaf(ports, given.admin))).toEqual([])
    expect(await count()).toBe(0)
  })

  test('another account’s webhook hears nothing of it, nor one of another region', async () => {
    const other = aPrincipal({ role: 'administrator', account: '999988887777' as AccountId })
    await ask(AUTHORITY_EVENTS, other)
    await ask(AUTHORITY_EVENTS, { ...given.admin, region: 'eu-west-3' as Principal['region'] })
    expect(await told(() => aLeaf(ports, given.admin))).toEqual([])
    expect([await count(), await count(other)]).toEqual([0, 0])
  })

  test('counts from the change of a webhook on', async () => {
    const { id } = await ask(['EXPIRED'])
    await aLeaf(ports, given.admin)
    expect(await count()).toBe(0)
    await updateWebhook(ports, given.admin, { id, members: { events: ['CERTIFICATE_ISSUANCE'] } })
    expect(await told(() => aLeaf(ports, given.admin))).toHaveLength(1)
    await updateWebhook(ports, given.admin, { id, members: { events: ['EXPIRED'] } })
    given.calendar.advance(MINUTE)
    expect(await told(() => aLeaf(ports, given.admin))).toEqual([])
    expect(await count()).toBe(1)
  })
})

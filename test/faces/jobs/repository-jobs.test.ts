import { expect, test } from 'vitest'
import { createRepositoryClient } from '../../../src/adapters/probe/repository-client.ts'
import { createMetrics } from '../../../src/adapters/system/metrics.ts'
import { CACHE_RULES } from '../../../src/core/domain/cache-rules.ts'
import { DAY, MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import { renewDueResponders } from '../../../src/core/operations/ocsp/renew-due-responders.ts'
import { beginTelling } from '../../../src/core/operations/repository/tell-operator.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import {
  countAlarmsJob,
  tellOperatorJob,
  watchRepositoryJob,
} from '../../../src/faces/jobs/repository-jobs.ts'
import { createRepositoryListener } from '../../../src/faces/pki/listener.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import type { WebhookAnswer } from '../../../src/core/ports/webhook-sender.ts'
import { auditTrail } from '../../core/operations/database.ts'
import { advance, aLeaf, idOf } from '../../core/operations/ports.ts'
import { faulty } from '../../support/faulty-kms.ts'
import { listening } from '../installation.ts'
import { testPorts } from '../../support/test-ports.ts'

const going = new AbortController().signal

test('a receiver that fails is left alone, for longer each time, and then hears all of it', async () => {
  await using given = await testPorts()
  await beginTelling(given.ports)
  const sent: string[] = []
  let answer: WebhookAnswer = { milliseconds: 1, failure: 'down' }
  let attempts = 0
  const webhook = {
    send: async ({ body }: { body: Uint8Array }) => {
      attempts++
      if (!('failure' in answer)) sent.push(Buffer.from(body).toString())
      return answer
    },
  }
  const failures: number[] = []
  const job = tellOperatorJob(given.ports, webhook, (count) => failures.push(count))
  const { certificate } = await aLeaf(given.ports, given.admin)
  await revokeCertificate(given.ports, given.admin, { id: idOf(certificate), reason: 'superseded' })
  // Each two seconds, for an hour.
  for (let turn = 0; turn < 1800; turn++) {
    await job.run(going)
    advance(given, 2 * SECOND)
  }
  // 5 s doubled up to five minutes.
  expect(attempts).toBeGreaterThan(12)
  expect(attempts).toBeLessThan(25)
  expect(failures.at(-1)).toBe(attempts)
  answer = {
    milliseconds: 1,
    status: 204,
    address: '127.0.0.1',
    body: new Uint8Array(),
    retryAfter: undefined,
  }
  advance(given, 5 * MINUTE)
  expect(await job.run(going)).toEqual({ told: 2 })
  expect([failures.at(-1), sent.length]).toEqual([0, 2])
  expect(sent[0]).toContain(certificate.serial)
})

test('what the watch finds is in the metrics, by kind', async () => {
  await using given = await testPorts()
  await publishDueCrls(given.ports)
  const metrics = createMetrics()
  const client = {
    get: async (path: string) => {
      const der = (await readCrl(given.ports, /([^/]*)\.crl$/.exec(path)?.[1] ?? ''))?.der
      const status = der === undefined ? 404 : 200
      return {
        outcome: 'answered' as const,
        status,
        body: (async function* () {
          yield der ?? new Uint8Array()
        })(),
      }
    },
  }
  const watch = watchRepositoryJob(given.ports, client, CACHE_RULES, metrics)
  const count = countAlarmsJob(given.ports, metrics)
  await watch.run(going)
  await count.run(going)
  expect(await metrics.text()).toContain('chancery_repository_alarms{kind="crl"} 0')
  advance(given, 4 * DAY)
  expect((await watch.run(going))['raised']).toBeGreaterThanOrEqual(2)
  await count.run(going)
  const text = await metrics.text()
  expect(text).toMatch(/chancery_repository_alarms\{kind="crl"\} [1-9]/)
  expect(text).toMatch(/chancery_repository_life_used_ratio\{kind="crl"\} 0\.57/)
})

test('a CRL that nobody can sign any more: over HTTP a metric, a health failure and an event; and so is its return', async () => {
  let kms: ReturnType<typeof faulty> | undefined
  await using given = await testPorts({
    mode: 'simulation',
    kms: (local) => {
      kms = faulty(local)
      return { preferred: kms.provider, all: [kms.provider] }
    },
  })
  const { ports } = given
  const repository = await listening(createRepositoryListener(ports, { ready: () => true }))
  const api = await listening(createRestApp(ports, { ready: () => true }))
  const metrics = createMetrics()
  const told: { type: string; subject: string; data: { reason: string } }[] = []
  const webhook = {
    send: async ({ body }: { body: Uint8Array }): Promise<WebhookAnswer> => {
      told.push(JSON.parse(Buffer.from(body).toString()) as (typeof told)[number])
      return {
        milliseconds: 1,
        status: 204,
        address: '127.0.0.1',
        body: new Uint8Array(),
        retryAfter: undefined,
      }
    },
  }
  const client = createRepositoryClient({ base: repository.url })
  const jobs = [
    watchRepositoryJob(ports, client, CACHE_RULES, metrics),
    countAlarmsJob(ports, metrics),
    tellOperatorJob(ports, webhook, () => {}),
  ]
  /** A minute of the server's life. */
  const round = async () => {
    await publishDueCrls(ports)
    await renewDueResponders(ports)
    for (const job of jobs) await job.run(going)
    const health = await fetch(`${api.url}/health/repository`)
    const ready = await fetch(`${api.url}/health/ready`)
    const words = await fetch(`${repository.url}/health/ready`)
    const alarms = ((await health.json()) as { alarms: { subject: string; reason: string }[] }).alarms
    return {
      health: health.status,
      ready: ready.status,
      words: await words.text(),
      stale: alarms.filter(({ reason }) => reason === 'stale').map(({ subject }) => subject),
      crls: /alarms\{kind="crl"\} (\d+)/.exec(await metrics.text())?.[1],
    }
  }
  await beginTelling(ports)
  const fine = { health: 200, ready: 200, words: 'service ready\n', stale: [], crls: '0' }
  expect(await round()).toEqual(fine)
  if (kms === undefined) throw new Error('the KMS was never opened')
  ports.vault.forget()
  kms.fault = 'down'
  given.calendar.advance(3 * DAY)
  expect(await round()).toMatchObject({ stale: [] })
  given.calendar.advance(DAY)
  const stale = await round()
  const authorities = await ports.store.reads.authorities.all()
  const subjects = authorities.map(({ id }) => `crl/${id}`)
  expect(stale).toMatchObject({
    health: 503,
    ready: 200,
    words: 'service ready\n',
    crls: String(subjects.length),
  })
  expect(stale.stale.toSorted()).toEqual(subjects.toSorted())
  expect(
    told.filter(({ data }) => data.reason === 'stale').map(({ type, subject }) => [type, subject]),
  ).toEqual(expect.arrayContaining(subjects.map((subject) => ['local.chancery.repository.alarm', subject])))
  kms.fault = 'none'
  expect(await round()).toEqual(fine)
  expect(told.filter(({ type }) => type === 'local.chancery.repository.recovered')).not.toEqual([])
  const events = auditTrail(given.database).map(
    ({ eventName, responseElements }) =>
      `${eventName} ${(responseElements as { subject?: string } | null)?.subject?.split('/')[0] ?? ''}`,
  )
  for (const event of ['RaiseRepositoryAlarm crl', 'EndRepositoryAlarm crl'])
    expect(events.filter((each) => each === event)).toHaveLength(subjects.length)
  await Promise.all([api.close(), repository.close()])
})

import { expect, test } from 'vitest'
import { createMetrics } from '../../../src/adapters/system/metrics.ts'
import { CACHE_RULES } from '../../../src/core/domain/cache-rules.ts'
import { DAY, MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import { beginTelling } from '../../../src/core/operations/repository/tell-operator.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import {
  countAlarmsJob,
  tellOperatorJob,
  watchRepositoryJob,
} from '../../../src/faces/jobs/repository-jobs.ts'
import type { WebhookAnswer } from '../../../src/core/ports/webhook-sender.ts'
import { advance, aLeaf, idOf } from '../../core/operations/ports.ts'
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

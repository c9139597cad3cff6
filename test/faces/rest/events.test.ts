import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { certificateEvent, type Happening } from '../../../src/core/domain/certificate-events.ts'
import type { ManagedId, Region } from '../../../src/core/domain/ids.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'
import { aWorld, noVerbs } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let issuer: Client
const ONE = '0197a1b2-0000-7000-8000-000000000001' as ManagedId
const TWO = '0197a1b2-0000-7000-8000-000000000002' as ManagedId
const NOW = Date.UTC(2030, 5, 15, 12)

async function tell(id: ManagedId, number: number, happening: Happening, more = {}): Promise<void> {
  const certificate = aManagedCertificate({
    id,
    account: installation.account,
    current: aManagedVersion({ number }),
    ...more,
  })
  const event = certificateEvent(
    `event-${id.at(-1)}-${number}-${happening.name}`,
    NOW + number,
    certificate,
    happening,
  )
  await installation.ports.store.transact((writes) => [writes.events.add(event)])
}

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  issuer = clientOf(api, installation.issuerToken)
  await tell(ONE, 1, { name: 'AVAILABLE', action: 'ISSUANCE' })
  await tell(TWO, 2, { name: 'AVAILABLE', action: 'IMPORT' })
  await tell(ONE, 3, { name: 'AVAILABLE', action: 'RENEWAL' })
  await tell(TWO, 4, { name: 'EXPIRED' })
  await tell(TWO, 5, { name: 'EXPIRED' }, { region: 'eu-west-1' as Region })
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const ids = async (query: NonNullable<Parameters<Client['listEvents']>[0]>['query'] = {}) =>
  (await issuer.listEvents({ query })).items.map(({ id }) => id)
const ALL = ['event-1-1-AVAILABLE', 'event-2-2-AVAILABLE', 'event-1-3-AVAILABLE', 'event-2-4-EXPIRED']

describe('events over REST', () => {
  test('are listed oldest first, of this region only, in pages', async () => {
    expect(await ids()).toEqual(ALL)
    const first = await issuer.listEvents({ query: { limit: 3 } })
    expect(first.items).toHaveLength(3)
    const rest = await issuer.listEvents({ query: { limit: 3, cursor: first.next ?? '' } })
    expect(rest.items.map(({ id }) => id)).toEqual(ALL.slice(3))
    expect(rest.next).toBeUndefined()
  })

  test('are filtered by certificate (id or ARN), type, time, and by what was seen last', async () => {
    const arn = `arn:aws:acm:us-east-1:${installation.account}:certificate/${TWO}`
    expect(await ids({ certificate: TWO })).toEqual([ALL[1], ALL[3]])
    expect(await ids({ certificate: arn })).toEqual([ALL[1], ALL[3]])
    expect(await ids({ type: 'EXPIRED,REVOKED' })).toEqual([ALL[3]])
    expect(await ids({ since: new Date(NOW + 3).toISOString() })).toEqual(ALL.slice(2))
    expect(await ids({ after: ALL[1] ?? '' })).toEqual(ALL.slice(2))
    expect(await ids({ after: ALL[3] ?? '' })).toEqual([])
  })

  test.each([
    [{ certificate: 'www.example.com' }, 'certificate'],
    [{ certificate: `arn:aws:acm:eu-west-1:111122223333:certificate/${TWO}` }, 'certificate'],
    [{ type: 'RENEWED' }, 'type[0]'],
    [{ type: '' }, 'type[0]'],
    [{ since: 'yesterday' }, 'since'],
    [{ after: 'event-2-5-EXPIRED' }, 'after'],
    [{ shape: 'xml' as never }, 'shape'],
  ])('refuse %o, naming the field', async (query, field) => {
    await expect(issuer.listEvents({ query })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field }] },
    })
  })

  test('come one by one, in both shapes', async () => {
    const params = { event: ALL[3] ?? '' }
    expect(await issuer.describeEvent({ params })).toMatchObject({
      specversion: '1.0',
      type: 'local.chancery.certificate.expired',
    })
    expect(await issuer.describeEvent({ params, query: { shape: 'eventbridge' } })).toMatchObject({
      source: 'aws.acm',
      'detail-type': 'ACM Certificate Expired',
    })
    for (const event of ['event-2-5-EXPIRED', 'nobody’s'.replace('’', '-')])
      await expect(issuer.describeEvent({ params: { event } })).rejects.toMatchObject({ status: 404 })
  })

  test('CloudEvents 1.0 JSON format §4: a batch is an array, under its own media type', async () => {
    const get = (path: string, accept: string) =>
      fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${installation.issuerToken}`, accept } })
    const batch = await get('/v1/events', 'application/cloudevents-batch+json')
    expect(batch.headers.get('content-type')).toBe('application/cloudevents-batch+json')
    expect(((await batch.json()) as { id: string }[]).map(({ id }) => id)).toEqual(ALL)
    const one = await get(`/v1/events/${ALL[0]}`, 'application/cloudevents+json')
    expect(one.headers.get('content-type')).toBe('application/cloudevents+json')
    expect(await one.json()).toMatchObject({ specversion: '1.0', id: ALL[0] })
  })
})

describe('chancery event', () => {
  const cli = async (...args: string[]) => {
    let pauses = 0
    const world = {
      ...aWorld({
        environment: { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.issuerToken },
        now: () => NOW + 10,
      }),
      // A follower goes on until a signal comes.
      pause: async () => {
        if (++pauses === 1) await tell(ONE, 9, { name: 'REVOKED', reason: 'superseded' })
        if (pauses === 3) throw new Error('enough')
      },
    }
    const code = await runCli(['event', ...args], world, noVerbs)
    return { code, out: world.stdout.text(), err: world.stderr.text() }
  }

  test('list shows what happened, to whom and why', async () => {
    const { code, out } = await cli('list')
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4).join(' | '))).toEqual([
      'HAPPENED | EVENT | DOMAIN NAME | BECAUSE',
      '2030-06-15 12:00 UTC | AVAILABLE | www.example.com | ISSUANCE',
      '2030-06-15 12:00 UTC | AVAILABLE | www.example.com | IMPORT',
      '2030-06-15 12:00 UTC | AVAILABLE | www.example.com | RENEWAL',
      '2030-06-15 12:00 UTC | EXPIRED | www.example.com | 90',
      '',
    ])
    expect((await cli('list', '--since', '1s', '--type', 'EXPIRED')).out.split('\n')).toHaveLength(3)
    expect(JSON.parse((await cli('list', '--json', '--certificate', TWO)).out).items).toHaveLength(2)
  })

  test('show shows one; a wrong --since is named', async () => {
    const { out } = await cli('show', ALL[2] ?? '')
    expect(out).toMatch(/Event +AVAILABLE\n/)
    expect(out).toMatch(/action +RENEWAL\n/)
    expect((await cli('list', '--since', 'x')).err).toContain('--since: “x” is no span')
  })

  test('list --follow goes on with what happens, each event once', async () => {
    const { out } = await cli('list', '--follow', '--json')
    const lines = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(lines).toEqual([...ALL, 'event-1-9-REVOKED'])
  })
})

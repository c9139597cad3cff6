import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ports } from '../../../src/core/ports/ports.ts'
import type { Measurement } from '../../../src/faces/http/app.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let open: Listening
let broken: Listening
let ready = true
const measured: Measurement[] = []
const metrics = { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('chancery_up 1\n') }

/** Ports whose database answers nothing but authentication. */
function brokenPorts(ports: Ports): Ports {
  const fail = () => Promise.reject(new Error('disk on fire at /var/lib/secret'))
  const accounts = { get: fail, list: fail }
  return { ...ports, store: { ...ports.store, reads: { ...ports.store.reads, accounts } } }
}

beforeAll(async () => {
  installation = await anInstallation()
  const { ports } = installation
  const onAnswered = (measurement: Measurement) => measured.push(measurement)
  api = await listening(
    createRestApp(ports, { ready: () => ready, onAnswered, metrics: { ...metrics, open: false } }),
  )
  open = await listening(
    createRestApp(ports, { ready: () => true, apiPage: false, metrics: { ...metrics, open: true } }),
  )
  broken = await listening(createRestApp(brokenPorts(ports), { ready: () => true }))
})
afterAll(async () => {
  await Promise.all([api, open, broken].map((listener) => listener.close()))
  await installation.close()
})

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('the interactive page', () => {
  test('comes from this server alone, under a policy that allows nothing else', async () => {
    const page = await fetch(`${api.url}/docs`)
    expect(page.status).toBe(200)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
    const html = await page.text()
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(references.length).toBeGreaterThan(3)
    for (const reference of references) {
      expect(reference).toMatch(/^(\/docs\/|data:,$)/)
      if (reference.startsWith('/')) expect((await fetch(api.url + reference)).status, reference).toBe(200)
    }
    // Inline scripts would be stopped by the policy.
    expect(html).not.toMatch(/<script>| on\w+="/)
  })

  test('shows the document in docs/', async () => {
    const served = await fetch(`${api.url}/docs/openapi.json`)
    const file = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')
    expect(await served.text()).toBe(file)
    const again = await fetch(`${api.url}/docs/openapi.json`, {
      headers: { 'if-none-match': served.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  })

  test('can be left out', async () => {
    expect((await fetch(`${open.url}/docs`)).status).toBe(404)
  })
})

describe('metrics', () => {
  test('take the installation’s administrator', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(401)
    expect((await fetch(`${api.url}/metrics`, as(installation.issuerToken))).status).toBe(403)
    const response = await fetch(`${api.url}/metrics`, as(installation.adminToken))
    expect([response.status, await response.text()]).toEqual([200, 'chancery_up 1\n'])
    expect(response.headers.get('content-type')).toBe(metrics.contentType)
  })
  test('are open where configuration says so, and absent where there are none', async () => {
    expect((await fetch(`${open.url}/metrics`)).status).toBe(200)
    expect((await fetch(`${broken.url}/metrics`, as(installation.adminToken))).status).toBe(404)
  })
})

test('the repository’s health is a page of its own, and readiness says what is amiss without failing', async () => {
  const pages = async () =>
    Promise.all(
      ['/health/repository', '/health/ready'].map(async (path) => {
        const response = await fetch(api.url + path)
        return { status: response.status, body: (await response.json()) as Record<string, unknown> }
      }),
    )
  const healthy = { status: 'healthy', alarms: [] }
  expect(await pages()).toMatchObject([
    { status: 200, body: healthy },
    { status: 200, body: { status: 'ready' } },
  ])
  const [authority] = await installation.ports.store.reads.authorities.all()
  const alarm = {
    id: 'an-alarm',
    subject: `crl/${authority?.id}`,
    authority: authority?.id as never,
    reason: 'stale' as const,
    detail: 'said in the audit trail and the log',
    since: Date.UTC(2030, 0, 1),
    recoveredAt: undefined,
  }
  const { store } = installation.ports
  await store.transact((writes) => [writes.repository.raise(alarm)])
  const failing = {
    status: 'failing',
    alarms: [{ subject: alarm.subject, reason: 'stale', since: '2030-01-01T00:00:00.000Z' }],
  }
  expect(await pages()).toEqual([
    { status: 503, body: failing },
    { status: 200, body: expect.objectContaining({ status: 'ready', repository: failing }) as object },
  ])
  await store.transact((writes) => [writes.repository.endAlarm(alarm.id, Date.now())])
  expect(await pages()).toMatchObject([{ status: 200 }, { status: 200 }])
})

test('health needs no token', async () => {
  const answers = async () => {
    const response = await fetch(`${api.url}/health/ready`)
    return [response.status, await response.json()]
  }
  expect(await answers()).toEqual([200, { status: 'ready', kms: { local: 'up' } }])
  ready = false
  expect(await answers()).toEqual([503, { status: 'not_ready', kms: { local: 'up' } }])
  ready = true
  expect((await fetch(`${api.url}/health/live`)).status).toBe(200)
})

test('a problem’s type leads to its meaning', async () => {
  const { type } = (await (await fetch(`${api.url}/v1/installation`)).json()) as { type: string }
  const response = await fetch(api.url + type)
  expect(await response.text()).toMatch(/^unauthenticated \(HTTP 401\)/)
  expect((await fetch(`${api.url}/problems/constructor`)).status).toBe(404)
})

test('a fault is a blank 500 with the request id, and is logged whole', async () => {
  const response = await fetch(`${broken.url}/v1/accounts`, as(installation.adminToken))
  expect(response.status).toBe(500)
  const body = (await response.json()) as { requestId: string }
  expect(JSON.stringify(body)).not.toContain('fire')
  const line = installation.log.find(
    ({ fields }) => fields['requestId'] === body.requestId && fields['err'] !== undefined,
  )
  expect(line?.level).toBe('error')
  expect(String(line?.fields['err'])).toContain('disk on fire')
})

test('each request is one line in the log and one measurement, by route and not by path', async () => {
  installation.log.length = 0
  measured.length = 0
  await clientOf(api, installation.adminToken).describeAuthority({ params: { authority: 'issuing' } })
  await fetch(`${api.url}/v1/nothing?token=secret`)
  await expect.poll(() => installation.log.length).toBe(2)
  expect(installation.log.map(({ fields }) => fields)).toEqual([
    expect.objectContaining({
      method: 'GET',
      route: '/v1/authorities/{authority}',
      status: 200,
      principal: expect.stringMatching(/^token\//),
    }),
    expect.objectContaining({ route: 'none', status: 404, code: 'not_found', principal: undefined }),
  ])
  expect(measured.map(({ route, status }) => [route, status])).toEqual([
    ['/v1/authorities/{authority}', 200],
    ['none', 404],
  ])
  expect(JSON.stringify(installation.log)).not.toMatch(/secret|chy_/)
})

test('answers carry the security headers and are not stored', async () => {
  const { headers } = await fetch(`${api.url}/v1/installation`, as(installation.adminToken))
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-type': 'application/json',
  })
  expect(headers.has('x-powered-by')).toBe(false)
})

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { answerJson } from '../../../src/faces/http/answer.ts'
import { createApp, mountPath } from '../../../src/faces/http/app.ts'

const opened: { close(): unknown }[] = []
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())))

async function answered(listener: RequestListener, headers: Record<string, string> = {}): Promise<Response> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(server)
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers })
}

test('an answer carries the id of its request, also where nothing has looked at the request before', async () => {
  const given = await answered((_, response) => answerJson(response, 200, {}), {
    'x-request-id': 'a-proxy-gave-it',
  })
  expect(given.headers.get('x-request-id')).toBe('a-proxy-gave-it')
  const made = await answered((_, response) => answerJson(response, 200, {}))
  expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('headers that a front door set stand beside those of the answer, which come once each', async () => {
  const { headers } = await answered((_, response) => {
    response.setHeader('vary', 'Origin')
    response.setHeader('cache-control', 'public')
    answerJson(response, 201, { done: true })
  })
  expect(headers.get('vary')).toBe('Origin')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('each request is logged and measured once under the id that its answer carries, whatever became of it', async () => {
  const lines: Record<string, unknown>[] = []
  const measured: number[] = []
  const silent = { warn: () => {}, error: () => {} }
  const logger = { ...silent, info: (fields: object) => void lines.push({ ...fields }) }
  let refreshed = 0
  const options = {
    logger,
    store: { refresh: () => void refreshed++ },
    onAnswered: ({ status }: { status: number }) => void measured.push(status),
  }
  const app = createApp(options, (mounted) =>
    mountPath(mounted, '/', '/', {
      GET: () => {
        throw new Error('a fault')
      },
    }),
  )
  const { status, headers } = await answered(app)
  await expect.poll(() => measured).toEqual([500])
  expect([status, refreshed]).toEqual([500, 1])
  expect(lines).toMatchObject([{ route: '/', status: 500, requestId: headers.get('x-request-id') }])
})

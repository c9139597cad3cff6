import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

const YEAR = 365 * 86_400

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chancery-simulation-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

async function withServer<T>(
  mode: 'normal' | 'simulation',
  work: (server: Listening, installation: Installation) => Promise<T>,
): Promise<T> {
  const installation = await anInstallation(mode, dataDir)
  const server = await listening(createRestApp(installation.ports, { ready: () => true }))
  try {
    return await work(server, installation)
  } finally {
    await server.close()
    await installation.close()
  }
}

describe('the calendar of a simulated installation', () => {
  it('moves both ways, and certificates live by it', () =>
    withServer('simulation', async (server, { adminToken }) => {
      const api = clientOf(server, adminToken)
      const issue = () =>
        api.issueCertificate({ body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: ['a.test'] } } })
      const present = await issue()
      await api.setCalendar({ body: { advanceSeconds: YEAR } })
      expect((await api.describeCertificate({ params: { id: present.id } })).status).toBe('expired')
      const future = await issue()
      await api.setCalendar({ body: { advanceSeconds: -YEAR } })
      expect((await api.describeCertificate({ params: { id: future.id } })).status).toBe('not_yet_valid')
      expect((await api.describeCertificate({ params: { id: present.id } })).status).toBe('valid')
    }))

  it('keeps its distance over a restart', async () => {
    const set = await withServer('simulation', (server, { adminToken }) =>
      clientOf(server, adminToken).setCalendar({ body: { now: '2040-02-29T12:00:00Z' } }),
    )
    const later = await withServer('simulation', (server, { adminToken }) =>
      clientOf(server, adminToken).readCalendar({}),
    )
    expect(set.now).toBe('2040-02-29T12:00:00.000Z')
    expect(Date.parse(later.now) - Date.parse(set.now)).toBeLessThan(120_000)
    expect(Date.parse(later.now)).toBeGreaterThanOrEqual(Date.parse(set.now))
  })

  it('is the installation administrator’s alone', () =>
    withServer('simulation', async (server, { issuerToken }) => {
      const api = clientOf(server, issuerToken)
      await expect(api.readCalendar({})).rejects.toMatchObject({ problem: { code: 'forbidden' } })
      await expect(api.setCalendar({ body: { advanceSeconds: 1 } })).rejects.toMatchObject({
        problem: { code: 'forbidden' },
      })
    }))

  it.each([{}, { now: '2030-01-01T00:00:00Z', advanceSeconds: 1 }, { advanceSeconds: 1e15 }])(
    'refuses %j',
    (body) =>
      withServer('simulation', async (server, { adminToken }) => {
        await expect(clientOf(server, adminToken).setCalendar({ body })).rejects.toMatchObject({
          problem: { code: 'request_invalid' },
        })
      }),
  )
})

describe('a normal installation', () => {
  it('knows nothing of it: the paths are as unknown as any other', () =>
    withServer('normal', async (server, { adminToken }) => {
      const ask = async (path: string, method: string) => {
        const response = await fetch(server.url + path, {
          method,
          headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
          ...(method === 'GET' ? {} : { body: '{"advanceSeconds":1}' }),
        })
        const problem = (await response.json()) as Record<string, unknown>
        return { status: response.status, code: problem['code'], title: problem['title'] }
      }
      for (const method of ['GET', 'PATCH'])
        expect(await ask('/v1/simulation/calendar', method)).toEqual(await ask('/v1/no-such-thing', method))
    }))

  it('can’t be opened as a simulation, nor a simulation as a normal one', async () => {
    await withServer('normal', async () => {})
    await expect(anInstallation('simulation', dataDir)).rejects.toMatchObject({ code: 'state_conflict' })
  })
})

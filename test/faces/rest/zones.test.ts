import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { ZONES_ROUTES } from '../../../src/contract/routes/zones.ts'
import type { Mode } from '../../../src/core/domain/installation.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

type Server = Listening & { readonly installation: Installation; readonly admin: Client }
async function aServer(mode: Mode): Promise<Server> {
  const installation = await anInstallation(mode)
  const server = await listening(createRestApp(installation.ports, { ready: () => true }))
  return { ...server, installation, admin: clientOf(server, installation.adminToken) }
}

describe('the simulated DNS over REST', () => {
  let server: Server
  beforeAll(async () => {
    server = await aServer('simulation')
  })
  afterAll(async () => {
    await server.close()
    await server.installation.close()
  })

  it('makes zones, fills and empties them', async () => {
    const { admin } = server
    const apex = 'example.com'
    expect(await admin.createZone({ body: { apex: 'Example.COM.' } })).toMatchObject({ apex })
    const params = { apex }
    const body = { name: '@', type: 'CAA' as const, values: ['0 issue "ca.example.net"'], ttl: 5 }
    const set = await admin.putRecords({ params, body })
    expect(set).toEqual({ name: apex, type: 'CAA', ttl: 5, values: ['0 issue "ca.example.net"'] })
    expect(await admin.listRecords({ params, query: { name: 'EXAMPLE.com' } })).toEqual({ items: [set] })
    expect(
      await server.installation.ports.perspectives.primary.resolver.resolve({ name: apex, type: 'CAA' }),
    ).toMatchObject({
      records: [{ data: { flags: 0, tag: 'issue', value: 'ca.example.net' } }],
    })
    await admin.deleteRecords({ params, query: { name: '@', type: 'CAA' } })
    expect(await admin.listRecords({ params })).toEqual({ items: [] })
    expect((await admin.listZones()).items).toEqual([await admin.describeZone({ params })])
    await admin.deleteZone({ params })
    expect((await admin.listZones()).items).toEqual([])
  })

  it('takes orders for faults, shows and withdraws them', async () => {
    const { admin } = server
    const body = {
      name: 'a.example',
      kind: 'slow',
      milliseconds: 5,
      times: 3,
      below: true,
      type: 'TXT',
    } as const
    const { id, ...fault } = await admin.orderDnsFault({ body })
    const { times: _times, ...rest } = body
    expect(fault).toEqual({ ...rest, remaining: 3, createdAt: expect.any(String) as string })
    expect((await admin.listDnsFaults()).items).toEqual([{ id, ...fault }])
    await admin.withdrawDnsFault({ params: { fault: id } })
    await admin.orderDnsFault({ body: { name: 'a.example', kind: 'timeout' } })
    await admin.withdrawDnsFaults()
    expect((await admin.listDnsFaults()).items).toEqual([])
  })

  it.each([
    [{ name: '@', type: 'SRV', values: ['x'] }, 'type'],
    [{ name: '@', type: 'A' }, 'values'],
    [{ name: '@', type: 'A', values: '192.0.2.1' }, 'values'],
    [{ name: '@', type: 'A', values: ['nowhere'] }, 'values[0]'],
    [{ name: '', type: 'A', values: ['192.0.2.1'] }, 'name'],
    [{ name: '@', type: 'A', values: ['192.0.2.1'], ttl: 1.5 }, 'ttl'],
    [{ name: '@', type: 'A', values: ['192.0.2.1'], weight: 1 }, 'weight'],
    [{ name: '@', type: 'A', values: ['192.0.2.1'], perspective: 'mars' }, 'perspective'],
  ])('refuses the records %j', async (body, field) => {
    const { admin } = server
    await admin.createZone({ body: { apex: 'bad.example' } }).catch(() => undefined)
    await expect(
      admin.putRecords({ params: { apex: 'bad.example' }, body: body as never }),
    ).rejects.toMatchObject({
      problem: { code: 'request_invalid', violations: [{ field }] },
    })
  })

  it('is for administrators; faults are for the installation’s', async () => {
    const issuer = clientOf(server, server.installation.issuerToken)
    await expect(issuer.createZone({ body: { apex: 'x.example' } })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(issuer.listDnsFaults()).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('a normal installation', () => {
  it('has no simulated DNS: its paths are as unknown as any other', async () => {
    const server = await aServer('normal')
    try {
      const ask = async (method: string, path: string) => {
        const response = await fetch(server.url + path.replace(/\{\w+\}/g, 'x'), {
          method,
          headers: { authorization: `Bearer ${server.installation.adminToken}` },
        })
        const { status, code, title } = (await response.json()) as Record<string, unknown>
        return { status, code, title }
      }
      for (const { method, path } of Object.values(ZONES_ROUTES))
        expect(await ask(method, path), path).toEqual(await ask(method, '/v1/no-such-thing'))
    } finally {
      await server.close()
      await server.installation.close()
    }
  })
})

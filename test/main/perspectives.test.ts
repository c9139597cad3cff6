import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_GLOBAL_REGION, type AccountId, type Region } from '../../src/core/domain/ids.ts'
import { orderDnsFault, withdrawDnsFaults } from '../../src/core/operations/zones/dns-faults.ts'
import { deleteRecords, putRecords } from '../../src/core/operations/zones/record-sets.ts'
import { createZone } from '../../src/core/operations/zones/zones.ts'
import type { Perspectives } from '../../src/core/ports/perspectives.ts'
import type { Ports } from '../../src/core/ports/ports.ts'
import { openPerspectives } from '../../src/main/perspectives.ts'
import { servedZones, type Served } from '../adapters/dns/stages.ts'
import { aPrincipal, testPorts, type TestPorts } from '../support/test-ports.ts'

const REMOTE = ['eu-west-1', 'ap-south-1'] as Region[]
const PLACE = 'example.com'
const record = { apex: PLACE, name: PLACE, type: 'A' } as const

let given: TestPorts
let perspectives: Perspectives
let ports: Ports
/** A resolver of the real world, which knows the contract's zone. */
let world: Served
const layered = (mode: 'simulation' | 'normal') =>
  openPerspectives(
    { mode, globalRegion: DEFAULT_GLOBAL_REGION, logger: given.ports.logger, resolvers: [world.listener] },
    given.ports.store,
  )

beforeAll(async () => {
  given = await testPorts({ mode: 'simulation', authorities: false })
  world = await servedZones()
  const remote = REMOTE.map((name) => ({ name, by: 'simulation' as const }))
  perspectives = await openPerspectives(
    {
      mode: 'simulation',
      globalRegion: DEFAULT_GLOBAL_REGION,
      logger: given.ports.logger,
      perspectives: { remote, quorum: 1, ports: { http: 80, https: 443 } },
    },
    given.ports.store,
  )
  ports = { ...given.ports, perspectives }
  await createZone(ports, given.admin, { apex: PLACE })
  await putRecords(ports, given.admin, { ...record, values: ['192.0.2.1'] })
})
afterAll(async () => {
  await world.close()
  await given[Symbol.asyncDispose]()
})

/** What each perspective sees, the primary first. */
async function seen(name = PLACE): Promise<unknown[]> {
  const each = [perspectives.primary, ...perspectives.remote]
  const answers = await Promise.all(each.map(({ resolver }) => resolver.resolve({ name, type: 'A' })))
  return answers.map((answer) =>
    answer.outcome === 'failed' ? answer.reason : (answer.records[0]?.data ?? answer.exists),
  )
}

describe('simulated perspectives', () => {
  test('see the same, unless a single one is lied to', async () => {
    const truth = '192.0.2.1'
    expect(await seen()).toEqual([truth, truth, truth])
    const lie = { ...record, perspective: 'eu-west-1' }
    await putRecords(ports, given.admin, { ...lie, values: ['192.0.2.66'] })
    expect(await seen()).toEqual([truth, '192.0.2.66', truth])
    // With another type of record it sees none of this one.
    await deleteRecords(ports, given.admin, lie)
    await putRecords(ports, given.admin, { ...lie, type: 'TXT', values: ['t'] })
    expect(await seen()).toEqual([truth, true, truth])
    await deleteRecords(ports, given.admin, { apex: PLACE, name: PLACE, perspective: 'eu-west-1' })
    // A name that it alone sees is there for it alone.
    await putRecords(ports, given.admin, { ...lie, name: `only.${PLACE}`, values: ['192.0.2.67'] })
    expect(await seen(`only.${PLACE}`)).toEqual([false, '192.0.2.67', false])
  })

  test('fail one by one', async () => {
    await orderDnsFault(ports, given.admin, { name: PLACE, kind: 'servfail', perspective: 'ap-south-1' })
    expect(await seen()).toEqual(['192.0.2.1', '192.0.2.1', 'servfail'])
    await orderDnsFault(ports, given.admin, {
      name: PLACE,
      kind: 'timeout',
      perspective: DEFAULT_GLOBAL_REGION,
    })
    expect(await seen()).toEqual(['timeout', '192.0.2.1', 'servfail'])
    await withdrawDnsFaults(ports, given.admin, undefined)
  })

  test('are known by name: no order is for one that isn’t there', async () => {
    const order = orderDnsFault(ports, given.admin, { name: PLACE, kind: 'timeout', perspective: 'mars' })
    await expect(order).rejects.toMatchObject({
      message: expect.stringContaining('us-east-1, eu-west-1, ap-south-1') as string,
    })
  })
})

describe('simulated zones before a real resolver', () => {
  test('answer for themselves, and it for everything else', async () => {
    const { resolver } = (await layered('simulation')).primary
    expect(await resolver.resolve({ name: PLACE, type: 'A' })).toMatchObject({
      resolver: 'simulated',
      exists: true,
    })
    expect(await resolver.resolve({ name: `nowhere.${PLACE}`, type: 'A' })).toMatchObject({
      resolver: 'simulated',
      exists: false,
    })
    expect(await resolver.resolve({ name: 'www.contract.example', type: 'AAAA' })).toMatchObject({
      resolver: `127.0.0.1:${world.listener.port}`,
      records: [{ data: '2001:db8::1' }],
    })
  })

  test('an alias that leads out is followed there', async () => {
    await putRecords(ports, given.admin, {
      apex: PLACE,
      name: `out.${PLACE}`,
      type: 'CNAME',
      values: ['alias.contract.example'],
    })
    const { resolver } = (await layered('simulation')).primary
    expect(await resolver.resolve({ name: `out.${PLACE}`, type: 'AAAA' })).toMatchObject({
      exists: true,
      records: [
        { name: `out.${PLACE}`, data: 'alias.contract.example' },
        { name: 'alias.contract.example', data: 'www.contract.example' },
        { name: 'www.contract.example', data: '2001:db8::1' },
      ],
    })
  })

  test('a fault is for names outside the zones, too', async () => {
    const { resolver } = (await layered('simulation')).primary
    await orderDnsFault(ports, given.admin, { name: 'www.contract.example', kind: 'servfail', times: 1 })
    const ask = () => resolver.resolve({ name: 'www.contract.example', type: 'AAAA' })
    expect([await ask(), await ask()]).toMatchObject([{ reason: 'servfail' }, { outcome: 'answered' }])
  })
})

describe('a normal installation', () => {
  test('never looks at simulated zones, nor at faults, whatever the database holds', async () => {
    await createZone(ports, given.admin, { apex: 'contract.example' })
    await orderDnsFault(ports, given.admin, { name: 'www.contract.example', kind: 'servfail' })
    const { resolver } = (await layered('normal')).primary
    expect(await resolver.resolve({ name: 'www.contract.example', type: 'AAAA' })).toMatchObject({
      records: [{ data: '2001:db8::1' }],
    })
    expect(await resolver.resolve({ name: PLACE, type: 'A' })).toMatchObject({
      outcome: 'failed',
      reason: 'refused',
    })
  })

  test('without any resolver sees nothing, which allows nothing', async () => {
    const { primary } = await openPerspectives(
      { mode: 'normal', globalRegion: DEFAULT_GLOBAL_REGION, logger: given.ports.logger },
      given.ports.store,
    )
    expect(await primary.resolver.resolve({ name: PLACE, type: 'A' })).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
    })
  })
})

test('accounts share one DNS: what one publishes, another’s validation sees', async () => {
  const other = aPrincipal({ account: '444455556666' as AccountId, role: 'administrator' })
  await createZone(ports, other, { apex: 'other.example' })
  await putRecords(ports, other, { apex: 'other.example', name: '@', type: 'A', values: ['192.0.2.9'] })
  expect(await seen('other.example')).toEqual(['192.0.2.9', '192.0.2.9', '192.0.2.9'])
})

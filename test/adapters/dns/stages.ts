import {
  createRecursiveResolver,
  type RecursiveOptions,
} from '../../../src/adapters/dns/recursive-resolver.ts'
import { orderDnsFault, withdrawDnsFaults } from '../../../src/core/operations/zones/dns-faults.ts'
import { putRecords } from '../../../src/core/operations/zones/record-sets.ts'
import { createZone } from '../../../src/core/operations/zones/zones.ts'
import { startDnsListener, type DnsListener } from '../../../src/faces/dns/listener.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { APEX, CONTRACT_RECORDS, type Stage } from './resolver-contract.ts'

/** Ports whose simulated DNS has the contract's zone. */
export async function contractPorts(): Promise<TestPorts> {
  const given = await testPorts({ mode: 'simulation', authorities: false })
  await createZone(given.ports, given.admin, { apex: APEX })
  for (const [name, type, values] of CONTRACT_RECORDS)
    await putRecords(given.ports, given.admin, { apex: APEX, name, type, values })
  return given
}

const ordering =
  ({ ports, admin }: TestPorts): NonNullable<Stage['order']> =>
  async (name, kind, milliseconds) => {
    await withdrawDnsFaults(ports, admin, undefined)
    await orderDnsFault(ports, admin, { name, kind, ...(milliseconds === undefined ? {} : { milliseconds }) })
  }

export async function simulatedStage(): Promise<Stage> {
  const given = await contractPorts()
  return {
    resolver: given.ports.perspectives.primary.resolver,
    order: ordering(given),
    close: () => given[Symbol.asyncDispose](),
  }
}

export type Served = { readonly given: TestPorts; readonly listener: DnsListener; close(): Promise<void> }

/** The contract's zone, served on a port of the loopback interface. */
export async function servedZones(address = '127.0.0.1'): Promise<Served> {
  const given = await contractPorts()
  const listener = await startDnsListener(given.ports, { address, port: 0 })
  const close = async (): Promise<void> => {
    await listener.close()
    await given[Symbol.asyncDispose]()
  }
  return { given, listener, close }
}

export async function servedStage(more: Partial<RecursiveOptions> = {}, address?: string): Promise<Stage> {
  const { given, listener, close } = await servedZones(address)
  return {
    resolver: createRecursiveResolver({ ...listener, timeoutMs: 10_000, ...more }),
    hurried: createRecursiveResolver({ ...listener, timeoutMs: 500, ...more }),
    order: ordering(given),
    close,
  }
}

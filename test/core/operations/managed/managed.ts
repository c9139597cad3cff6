import type { ManagedCertificate } from '../../../../src/core/domain/managed-certificates.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import {
  requestManaged,
  type ManagedRequest,
} from '../../../../src/core/operations/managed/request-managed.ts'
import { runDueManaged } from '../../../../src/core/operations/managed/run-due-managed.ts'
import { testPorts, type TestPorts, type TestPortsOptions } from '../../../support/test-ports.ts'
import {
  cname,
  perspectivesOn,
  zoneResolver,
  type Zone,
  type ZoneRecord,
} from '../../../support/zone-resolver.ts'

export type ManagedPorts = TestPorts & {
  /** What DNS answers; to be changed as the test goes. */
  readonly zone: Record<string, Zone[string]>
  /** Sets the records that prove control over every name. */
  prove(managed: ManagedCertificate): Promise<void>
  /** One turn of the job. */
  turn(): ReturnType<typeof runDueManaged>
  /** Moves calendar and clock. */
  pass(milliseconds: number): void
  request(request?: Partial<ManagedRequest>): Promise<ManagedCertificate>
  /** As it stands. */
  now(managed: Pick<ManagedCertificate, 'id'>): Promise<ManagedCertificate>
}

/** Ports with a DNS that the test writes. */
export async function managedPorts(options: TestPortsOptions = {}): Promise<ManagedPorts> {
  const zone: Record<string, readonly ZoneRecord[] | 'servfail' | 'timeout'> = {}
  const given = await testPorts({ perspectives: perspectivesOn(zoneResolver(zone)), ...options })
  const { ports, admin, calendar, clock } = given
  return {
    ...given,
    zone,
    prove: async ({ id }) => {
      for (const { record } of (await describeManaged(ports, admin, id)).validations)
        if (record !== undefined) zone[record.name] = [cname(record.value)]
    },
    turn: () => runDueManaged(ports, new AbortController().signal),
    pass: (milliseconds) => {
      calendar.set(calendar.now() + milliseconds)
      clock.set(clock.now() + milliseconds)
    },
    request: (request = {}) => requestManaged(ports, admin, { domainName: 'www.example.com', ...request }),
    now: async ({ id }) => (await describeManaged(ports, admin, id)).managed,
  }
}

export const DNS = { validation: { method: 'DNS' } } as const

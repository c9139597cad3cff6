import { aPrincipal, testPorts, type TestPorts, type TestPortsOptions } from '../../support/test-ports.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import type { CreateAuthorityRequest } from '../../../src/core/operations/authorities/create-authority.ts'
import {
  issueCertificate,
  type IssueCertificateRequest,
  type IssuedCertificate,
} from '../../../src/core/operations/certificates/issue-certificate.ts'
import { certificateIdOf } from '../../../src/core/domain/ids.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import { SettableCalendar } from '../../../src/adapters/system/clock.ts'
import { openStore, type OpenStore } from '../../../src/adapters/prisma/store.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { TEST_NOW } from '../../support/test-ports.ts'
import { aRequest } from './requests.ts'

export { aPrincipal, testPorts, TEST_NOW, type TestPorts, type TestPortsOptions }

/** Ports of an empty installation; authorities are made by whoever needs them. */
export const barePorts = (options: TestPortsOptions = {}): Promise<TestPorts> =>
  testPorts({ authorities: false, ...options })

export const aRoot = (
  { ports, admin }: Pick<TestPorts, 'ports' | 'admin'>,
  more: Partial<CreateAuthorityRequest> = {},
): Promise<Authority> =>
  createAuthority(ports, admin, { kind: 'root', name: 'r', subject: { commonName: 'R' }, ...more })

export const aSubordinate = (
  { ports, admin }: Pick<TestPorts, 'ports' | 'admin'>,
  more: Partial<CreateAuthorityRequest> = {},
): Promise<Authority> =>
  createAuthority(ports, admin, {
    kind: 'subordinate',
    parent: 'r',
    name: 's',
    subject: { commonName: 'S' },
    ...more,
  })

/** A leaf for www.example.com from the default authority. */
export const aLeaf = (
  ports: Ports,
  principal: Principal,
  more: Partial<IssueCertificateRequest> = {},
): Promise<IssuedCertificate> =>
  issueCertificate(ports, principal, {
    ...(more.key === undefined && more.csr === undefined ? { csr: aRequest() } : {}),
    ...more,
  })

export const idOf = ({ authority, serial }: Pick<Certificate, 'authority' | 'serial'>): string =>
  certificateIdOf(authority, serial)

/**
 * A second server on the same database: its own store, lease and caches. What is called on either stands for a request,
 * though nothing comes in: it reads what the other has committed before.
 */
export async function secondServer(
  { ports, database, clock }: TestPorts,
  serverId = 'second',
): Promise<{ readonly ports: Ports; readonly store: OpenStore }> {
  const opened = await openStore({ file: database, serverId, clock, throwaway: true })
  const generation = (): Promise<number> => {
    opened.refresh()
    return opened.reads.generation()
  }
  const store: OpenStore = {
    ...opened,
    reads: { ...opened.reads, generation },
    transact: (build) => opened.transact(build).finally(ports.store.refresh),
  }
  return { ports: { ...ports, store, settings: { ...ports.settings, serverId } }, store }
}

/** Moves calendar and clock together. */
export function advance({ calendar, clock }: TestPorts, millis: number): void {
  calendar.advance(millis)
  if (clock instanceof SettableCalendar) clock.advance(millis)
}

import { parseArgs } from 'node:util'
import type { Principal } from '../../../src/core/domain/access.ts'
import { authorize } from '../../../src/core/domain/access.ts'
import { arns, type Arn } from '../../../src/core/domain/arns.ts'
import type { Call } from '../../../src/core/domain/calls.ts'
import {
  DEFAULT_GLOBAL_REGION,
  type AuthorityId,
  type PolicyId,
  type RoleId,
} from '../../../src/core/domain/ids.ts'
import { systemClock } from '../../../src/adapters/system/clock.ts'
import { addAccessKey, addRole, type TestKey } from '../../support/identities.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { machineFacts, rounded } from './machine.ts'
import { benchPolicies } from './policies.ts'
import { printResult } from './result.ts'

/** An installation where a user and a role have the twenty policies of twenty statements. */
export type Scene = {
  readonly given: TestPorts
  readonly ports: TestPorts['ports']
  readonly key: TestKey
  readonly role: Arn
}

export async function aScene(): Promise<Scene> {
  const given = await testPorts({ authorities: false })
  // Requests are signed, and tokens are made, by the clock on the wall.
  const ports = { ...given.ports, clock: systemClock }
  const { account } = given.admin
  const key = await addAccessKey(ports, account, 'bench', 'IssuerAccess')
  const role = await addRole(ports, account, 'bench', 'IssuerAccess')
  const holders = [
    { kind: 'user' as const, id: `AIDA${account}bench` as never },
    { kind: 'role' as const, id: `AROA${account}bench` as RoleId },
  ]
  const now = ports.clock.now()
  for (const [at, { name, document }] of benchPolicies(account).entries()) {
    const id = `ANPABENCH${at}` as PolicyId
    const policy = { id, account, name, description: '', defaultVersion: 1, latestVersion: 1 }
    await ports.store.transact((writes) => [
      writes.managedPolicies.add({ ...policy, createdAt: now, updatedAt: now }, document),
      ...holders.map((holder) => writes.attachments.add(id, holder, 100)),
    ])
  }
  // What the fixtures begin with allows too much: the twenty shall decide.
  await ports.store.transact((writes) =>
    holders.map((holder) => writes.attachments.remove('IssuerAccess' as PolicyId, holder)),
  )
  return { given, ports, key, role }
}

export const benchCall: Call = {
  region: DEFAULT_GLOBAL_REGION,
  requestId: 'bench',
  sourceAddress: '10.1.2.3',
  userAgent: 'bench/1',
  listener: 'api',
  secure: true,
}

/** What an issuance asks of the policies: only the last of the twenty allows it. */
export function authorizeIssuance(principal: Principal): void {
  const authority = arns.authority(principal, '0193a7c2-5e1f-7b3a-9c4d-2e6f8a1b3c5d' as AuthorityId)
  authorize(principal, 'acm-pca:IssueCertificate', authority, {
    'acm-pca:templatearn': 'arn:aws:acm-pca:::template/EndEntityCertificate/V1',
  })
}

/**
 * Microseconds that one call takes at the median, each measured for itself after a warm-up, one after the other as requests
 * of one connection come.
 */
export async function measure(
  name: string,
  target: number,
  count: number,
  work: (at: number) => Promise<void>,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } })
  const machine = machineFacts()
  const rounds = values.smoke ? Math.min(200, count) : count
  for (let at = 0; at < rounds; at++) await work(at)
  const times: number[] = []
  for (let at = 0; at < rounds; at++) {
    const start = process.hrtime.bigint()
    await work(at)
    times.push(Number(process.hrtime.bigint() - start) / 1000)
  }
  times.sort((one, other) => one - other)
  const at = (share: number): number => rounded(times[Math.floor(rounds * share)] as number)
  printResult(
    {
      name,
      value: at(0.5),
      unit: 'µs',
      target,
      machine,
      p90: at(0.9),
      p99: at(0.99),
      calls: rounds,
      ...facts,
    },
    'less',
    values.smoke,
  )
}

/**
 * Publishes CRLs as the server does, on its own composition, and says what that took. Arguments: data directory, step.
 * Prints figures as JSON.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { completeScope, type CrlScope } from '../../../src/core/domain/crl-scopes.ts'
import { DEFAULT_GLOBAL_REGION } from '../../../src/core/domain/ids.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import {
  createFirstAuthorities,
  systemPrincipal,
} from '../../../src/core/operations/installation/initialize.ts'
import { certificatePem } from '../../../src/core/operations/certificates/certificate-facts.ts'
import { publishCrl } from '../../../src/core/operations/revocation/publish-crl.ts'
import { crlDer } from '../../../src/core/operations/revocation/read-back.ts'
import { compose, filesIn } from '../../../src/main/compose.ts'
import { memoryLogger } from '../../support/memory-logger.ts'
import { addRevocations } from './crl-scene.ts'
import { madeCsr } from './csrs.ts'

export type CrlFigures = {
  readonly database: string
  readonly authority: string
  readonly entries: number
  /** The first CRL, from nothing to read back. */
  readonly firstMilliseconds: number
  /** Of the main thread's processor time: what it would take without other work on the machine, the disk left aside. */
  readonly firstCpuMilliseconds: number
  readonly longestBlockMilliseconds: number
  readonly memoryMiB: number
  readonly idleMiB: number
  /** Of a revocation each, from the call until its CRL is published and read back. */
  readonly revocationMilliseconds: readonly number[]
  readonly revocationCpuMilliseconds: readonly number[]
  readonly revocationBlockMilliseconds: number
  readonly verifiedByOpenssl: boolean
}

const [dataDir = '', step = ''] = process.argv.slice(2)
const REVOCATIONS = 5
/** Revoked before, of the ten thousand certificates of a shard. */
const IN_SHARD = 5000

const composition = await compose({
  dataDir,
  mode: 'normal',
  logger: memoryLogger(),
  publicUrl: 'http://pki.example.com',
  globalRegion: DEFAULT_GLOBAL_REGION,
  regions: undefined,
})
const { ports, installation } = composition
await createFirstAuthorities(ports, installation.account)
const principal: Principal = systemPrincipal(ports, installation.account)
const { database } = filesIn(dataDir)

/** Octets of resident memory: now, or the most there ever were. */
const memory = (field: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
}

type Watched<T> = {
  readonly result: T
  readonly milliseconds: number
  readonly cpu: number
  /** The longest that the event loop was held: in processor time, so that other work on the machine doesn't count. */
  readonly block: number
}

/** Milliseconds of this thread. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function watched<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const start = performance.now()
  const before = cpu()
  let last = before
  let block = 0
  const turn = (): void => {
    const now = cpu()
    block = Math.max(block, now - last)
    last = now
  }
  // Once in each turn of the loop, unless that takes less than a millisecond.
  const turns = setInterval(turn, 1)
  const result = await work()
  turn()
  clearInterval(turns)
  return { result, milliseconds: performance.now() - start, cpu: cpu() - before, block }
}

async function verified(scope: CrlScope, authority: Authority): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-bench-crl-'))
  try {
    const crl = await ports.store.reads.crls.latest(scope, 'complete')
    if (crl === undefined) return false
    writeFileSync(join(folder, 'it.crl'), await crlDer(ports, crl))
    writeFileSync(join(folder, 'ca.pem'), certificatePem(authority.certificate?.der ?? new Uint8Array()))
    execFileSync(
      'openssl',
      ['crl', '-in', 'it.crl', '-inform', 'DER', '-CAfile', 'ca.pem', '-verify', '-noout'],
      { cwd: folder, stdio: 'pipe' },
    )
    return true
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measured(authority: Authority, scope: CrlScope, ids: readonly string[]): Promise<CrlFigures> {
  const idleMiB = memory('VmRSS')
  const first = await watched(() => publishCrl(ports, scope))
  const memoryMiB = memory('VmHWM')
  const times: number[] = []
  const cpuTimes: number[] = []
  let block = 0
  for (const id of ids) {
    const one = await watched(() => revokeCertificate(ports, principal, { id, reason: 'superseded' }))
    times.push(one.milliseconds)
    cpuTimes.push(one.cpu)
    block = Math.max(block, one.block)
  }
  return {
    database,
    authority: authority.id,
    entries: first.result.entries,
    firstMilliseconds: first.milliseconds,
    firstCpuMilliseconds: first.cpu,
    longestBlockMilliseconds: first.block,
    memoryMiB: Math.max(memoryMiB, memory('VmHWM')),
    idleMiB,
    revocationMilliseconds: times,
    revocationCpuMilliseconds: cpuTimes,
    revocationBlockMilliseconds: block,
    verifiedByOpenssl: await verified(scope, authority),
  }
}

async function leaves(count: number, authority: string): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const { pem } = madeCsr(`host-${i}.bench.example.com`)
    const { certificate } = await issueCertificate(ports, principal, { authority, csr: pem })
    ids.push(`${certificate.authority}.${certificate.serial}`)
  }
  return ids
}

async function run(): Promise<CrlFigures> {
  if (step === 'shard') {
    const authority = await createAuthority(ports, principal, {
      kind: 'subordinate',
      parent: 'root',
      name: 'partitioned',
      subject: { commonName: 'Partitioned' },
      revocation: { crl: { kind: 'PARTITIONED' } },
    })
    const ids = await leaves(REVOCATIONS * 4, 'partitioned')
    const [shard] = await ports.store.reads.shards.living(authority.id, ports.calendar.now())
    if (shard === undefined) throw new Error('the certificates have no shard')
    addRevocations(database, authority.id, shard.id, IN_SHARD)
    return measured(authority, { authority: authority.id, shard: shard.id }, ids)
  }
  const authority = await ports.store.reads.authorities.byName(principal, 'issuing')
  if (authority === undefined) throw new Error('there is no issuing authority')
  const ids = step === 'complete' ? await leaves(REVOCATIONS, 'issuing') : []
  return measured(authority, completeScope(authority.id), ids)
}

console.log(JSON.stringify(await run()))
await composition.close()

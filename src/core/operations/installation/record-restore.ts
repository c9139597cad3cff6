import { completeScope } from '../../domain/crl-scopes.ts'
import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Restore } from '../../ports/foreign-records.ts'
import { newUuid } from '../new-ids.ts'
import { recordRevocations, revocationsIn } from '../revocation/record-revocations.ts'
import type { VerifiedCrl } from '../revocation/verified-crl.ts'
import { readInstallation, systemPrincipal } from './initialize.ts'

type RestoringPorts = Pick<Ports, 'store' | 'random' | 'clock'> & {
  readonly settings: Pick<Ports['settings'], 'globalRegion'>
}

export type RestoreRequest = {
  /** The moment that the backup stands for. */
  readonly backupAt: Millis
  readonly auditHead: Restore['auditHead']
  /** Published after the backup, perhaps: what they say is put on record. */
  readonly crls: readonly VerifiedCrl[]
}

/**
 * Makes a copy of the database the installation: on record as a return to a backup, which begins a new epoch of the
 * audit trail; CRL numbers beyond any that was published, RFC 5280 §5.2.3, since nobody knows how many there were;
 * revocations from CRLs that are newer; no leases of before, and new CRLs at once.
 * @returns how many revocations the CRLs added
 */
export async function recordRestore(ports: RestoringPorts, request: RestoreRequest): Promise<number> {
  const installation = await readInstallation(ports)
  if (installation === undefined) throw new ChanceryError('internal', 'the installation was not initialized')
  const principal = systemPrincipal(ports, installation.account)
  const restoredAt = ports.clock.now()
  const { backupAt, auditHead, crls } = request
  const event = auditEvent('RestoreInstallation', principal, {
    eventId: newUuid(ports.random, restoredAt),
    time: restoredAt,
    resources: [arns.installation()],
    request: {
      backupAt: isoOf(backupAt),
      auditHead: { id: auditHead.id, hash: Buffer.from(auditHead.hash).toString('hex') },
      crls: crls.map(({ authority, number }) => ({ authority: authority.id, number: String(number) })),
    },
  })
  const authorities = await ports.store.reads.authorities.all()
  const claims = await Promise.all(
    authorities.map(async ({ id }) => ({ id, number: await claimFor(ports, id, crls, restoredAt) })),
  )
  await ports.store.transact((writes) => [
    writes.leases.releaseAll(),
    writes.crls.dueAll(),
    writes.crls.surpassInShards(BigInt(restoredAt) - 1n),
    ...claims.flatMap(({ id, number }) =>
      number === undefined ? [] : [writes.crls.claimNumber(completeScope(id), number)],
    ),
    writes.restores.add({ backupAt, restoredAt, auditHead, acknowledgedAt: undefined }),
    writes.audit.append(event),
  ])
  let merged = 0
  for (const { authority, crl, number } of crls) {
    const { recorded } = await recordRevocations(ports, authority, revocationsIn(crl), (serials) =>
      mergeEvent(ports, principal, authority, number, serials),
    )
    merged += recorded
  }
  return merged
}

/**
 * The next CRL gets max(last + 1, milliseconds since the epoch); what is claimed is the number before it.
 * @returns undefined where that one is claimed already
 */
async function claimFor(
  ports: Pick<Ports, 'store'>,
  authority: Authority['id'],
  crls: readonly VerifiedCrl[],
  now: Millis,
): Promise<bigint | undefined> {
  const claimed = await ports.store.reads.crls.lastNumber(completeScope(authority))
  const published = crls.flatMap((each) => (each.authority.id === authority ? [each.number ?? 0n] : []))
  const highest = [claimed, ...published, BigInt(now) - 1n].reduce((one, other) =>
    one > other ? one : other,
  )
  return highest > claimed ? highest : undefined
}

function mergeEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  { id, account, region }: Authority,
  number: bigint | undefined,
  serials: readonly string[],
) {
  const time = ports.clock.now()
  const acting = { ...principal, account, region }
  return auditEvent('ImportRevocations', acting, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(acting, id)],
    request: { source: 'crl', number: String(number), serials },
  })
}

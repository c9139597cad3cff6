import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { transitionOf } from '../../domain/authority-life-cycle.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { crlLife } from '../../domain/revocation-configuration.ts'
import { wholeSecond, type Millis } from '../../domain/time.ts'
import { assembleCrl } from '../../x509/crl.ts'
import { cRLNumber } from '../../x509/crl-extensions.ts'
import { prepareCrl } from '../../x509/prepare.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Crl, RevokedEntry, Store } from '../../ports/store.ts'
import { issuingAuthority, type SigningAuthority } from '../authorities/signing-authority.ts'
import { verifiedSignature } from '../certificates/verified-signature.ts'
import { newUuid } from '../new-ids.ts'

type CrlPorts = Pick<Ports, 'store' | 'vault' | 'verifier' | 'random' | 'calendar' | 'clock' | 'settings'>

/** Rows read in one go: no read transaction is open for long. */
const PAGE = 5000
/** Another process may publish at the same time; then ours is made anew, so that it is never a step back. */
const TRIES = 8

type Queue = { current: Promise<Crl>; next: Promise<Crl> | undefined }
const queues = new WeakMap<Store, Map<AuthorityId, Queue>>()

/**
 * Publishes a complete CRL that holds everything revoked before this call. Calls that come while one is being made
 * share the next one.
 * @throws not_found, state_conflict, kms_unavailable, unavailable
 */
export function publishCrl(ports: CrlPorts, authority: AuthorityId): Promise<Crl> {
  const all = queues.get(ports.store) ?? new Map<AuthorityId, Queue>()
  queues.set(ports.store, all)
  const queue = all.get(authority)
  const start = (): Promise<Crl> => {
    const made = build(ports, authority)
    const mine: Queue = { current: made, next: undefined }
    all.set(authority, mine)
    return made.finally(() => {
      if (all.get(authority) === mine && mine.next === undefined) all.delete(authority)
    })
  }
  if (queue === undefined) return start()
  // What runs may have read the revocations before this caller's: wait for one that starts after it.
  return (queue.next ??= queue.current.then(start, start))
}

/**
 * The last CRL of an authority whose key is about to be destroyed: valid until its own certificate ends, since there can
 * be none after it.
 * @throws not_found, state_conflict, kms_unavailable, unavailable
 */
export const publishFinalCrl = (ports: CrlPorts, authority: AuthorityId): Promise<Crl> =>
  build(ports, authority, ({ facts }) => facts.notAfter)

type NextUpdate = (issuer: SigningAuthority, thisUpdate: Millis) => Millis
const regularly: NextUpdate = ({ authority }, thisUpdate) =>
  thisUpdate + crlLife(authority.revocation, 'complete')

async function build(ports: CrlPorts, id: AuthorityId, nextUpdate = regularly): Promise<Crl> {
  const issuer = await issuingAuthority(ports, id)
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await buildOnce(ports, issuer, nextUpdate)
    } catch (error) {
      if (error instanceof StoreConflict && error.reason === 'stale') continue
      throw error
    }
  }
  throw new ChanceryError('unavailable', 'Other servers keep publishing this CRL; try again', {
    retryAfterSeconds: 1,
  })
}

async function buildOnce(ports: CrlPorts, issuer: SigningAuthority, next: NextUpdate): Promise<Crl> {
  const { reads } = ports.store
  // The number first: whoever claims a higher one later reads the revocations later, too.
  const number = (await reads.crls.lastNumber(issuer.id)) + 1n
  await ports.store.transact((writes) => [writes.crls.claimNumber(issuer.id, number)])
  const before = await reads.crls.latest(issuer.id)
  const now = ports.calendar.now()
  const { entries, through } = await revokedEntries(ports, issuer.id, before)
  const thisUpdate = wholeSecond(now)
  const nextUpdate = next(issuer, thisUpdate)
  const signatureAlgorithm = issuer.authority.signatureAlgorithm
  const { prepared, tbs } = prepareCrl({
    signatureAlgorithm,
    issuer: issuer.facts.subject,
    thisUpdate,
    nextUpdate,
    entries,
    extensions: [issuer.keyIdentifier, cRLNumber(number)],
  })
  const principal = systemPrincipal(issuer)
  const signature = await verifiedSignature(ports, {
    key: issuer.key,
    verificationKey: issuer.verificationKey,
    algorithm: signatureAlgorithm,
    prepared,
    tbs,
    use: { caller: principal.id, service: 'acm-pca.amazonaws.com' },
  })
  const crl: Crl = {
    authority: issuer.id,
    number,
    thisUpdate,
    nextUpdate,
    der: assembleCrl(tbs, signatureAlgorithm, signature),
    through,
  }
  const time = ports.clock.now()
  const event = auditEvent('PublishCertificateRevocationList', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, issuer.id)],
    response: { number: String(number), entries: entries.length },
  })
  await ports.store.transact((writes) => [writes.crls.publish(crl), writes.audit.append(event)])
  return crl
}

/**
 * What belongs in a CRL. RFC 5280 §3.3: an entry stays until it has stood in one regular CRL beyond the certificate's
 * validity, so one goes only when the CRL before this one was issued after the certificate had expired.
 */
async function revokedEntries(
  ports: Pick<Ports, 'store'>,
  authority: AuthorityId,
  before: Crl | undefined,
): Promise<{ entries: RevokedEntry[]; through: number }> {
  const entries: RevokedEntry[] = []
  let through = 0
  for (;;) {
    const page = await ports.store.reads.revocations.list({ authority, shard: undefined }, through, PAGE)
    for (const entry of page) {
      // A calendar that was set back may make the CRL before this one later than an entry that it doesn't have.
      const stoodBeyondExpiry =
        before !== undefined && entry.sequence <= before.through && entry.notAfter < before.thisUpdate
      if (!stoodBeyondExpiry) entries.push(entry)
    }
    through = page.at(-1)?.sequence ?? through
    if (page.length < PAGE) return { entries, through }
  }
}

const systemPrincipal = ({ authority }: SigningAuthority): Principal => ({
  id: 'system/crl-publisher',
  kind: 'system',
  account: authority.account,
  region: authority.region,
  role: 'administrator',
  installation: false,
})

/**
 * Publishes every CRL that is due: revocations it lacks, or half of its life over. Failures of one authority don't
 * keep the others waiting.
 */
export async function publishDueCrls(
  ports: CrlPorts & Pick<Ports, 'logger'>,
): Promise<{ published: number; failed: number }> {
  let published = 0
  let failed = 0
  for (const authority of await ports.store.reads.authorities.all()) {
    if ('refused' in transitionOf(authority, 'publishCrl', ports.calendar.now())) continue
    try {
      if (!(await isDue(ports, authority))) continue
      await publishCrl(ports, authority.id)
      published++
    } catch (error) {
      failed++
      ports.logger.error({ err: error, authority: authority.id }, 'could not publish a CRL')
    }
  }
  return { published, failed }
}

async function isDue(ports: Pick<Ports, 'store' | 'calendar'>, { id, status }: Authority): Promise<boolean> {
  const { reads } = ports.store
  const crl = await reads.crls.latest(id)
  // One that came from elsewhere is disabled until its revocations are here: no CRL of it may lack them.
  if (crl === undefined) return status !== 'DISABLED' || (await reads.crls.lastNumber(id)) === 0n
  const now = ports.calendar.now()
  // The calendar may have been set back in simulation: a CRL from the future is as useless as an old one.
  if (crl.thisUpdate > now) return true
  return (
    now >= (crl.thisUpdate + crl.nextUpdate) / 2 ||
    (await reads.revocations.highest({ authority: id, shard: undefined })) > crl.through
  )
}

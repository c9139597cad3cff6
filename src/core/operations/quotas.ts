import { SYSTEM_ACCOUNT, type AuthorityId } from '../domain/ids.ts'
import { ChanceryError } from '../domain/errors.ts'
import { QUOTAS, type Quota } from '../domain/quotas.ts'
import { MINUTE, type Millis } from '../domain/time.ts'
import type { Ports } from '../ports/ports.ts'
import type { Place, Store } from '../ports/store.ts'

type QuotaPorts = Pick<Ports, 'store' | 'settings' | 'clock'>

/**
 * Refuses to make one more of what the installation's quota has no room for. Looked at before anything is made: calls at the
 * very same moment may all find the last place free.
 * @throws limit_exceeded
 */
export async function refuseBeyondQuota(
  ports: QuotaPorts,
  quota: Exclude<Quota, 'certificates'>,
  place: Place,
): Promise<void> {
  const most = ports.settings.quotas[quota]
  if (most === undefined || place.account === SYSTEM_ACCOUNT) return
  const count = await ports.store.reads.quotas.count(quota, place, most, ports.clock.now())
  if (count >= most) throw full(quota, most)
}

/** Counting a million takes tens of milliseconds: what was counted is believed for a while, and counted on from here. */
const BELIEVED = MINUTE
type Counted = { count: number; at: Millis }
const counts = new WeakMap<Store, Map<AuthorityId, Counted>>()

/** The same for one more certificate of an authority; what other servers issue is seen within a minute. @throws limit_exceeded */
export async function refuseBeyondCertificates(ports: QuotaPorts, authority: AuthorityId): Promise<void> {
  const most = ports.settings.quotas.certificates
  if (most === undefined) return
  const known = counts.get(ports.store) ?? new Map<AuthorityId, Counted>()
  counts.set(ports.store, known)
  const now = ports.clock.now()
  let counted = known.get(authority)
  if (counted === undefined || counted.at + BELIEVED <= now) {
    counted = { count: await ports.store.reads.quotas.certificates(authority, most), at: now }
    known.set(authority, counted)
  }
  if (counted.count >= most) throw full('certificates', most)
  counted.count++
}

const full = (quota: Quota, most: number): ChanceryError =>
  new ChanceryError(
    'limit_exceeded',
    `there may be ${most} ${words(quota)} for each ${QUOTAS[quota]}, and there are`,
    {
      details: { quota, most },
    },
  )

/** `managedCertificates` as people write it. */
const words = (quota: Quota): string => quota.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

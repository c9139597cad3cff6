import type { CrlScope } from '../../domain/crl-scopes.ts'
import type { Store } from '../../ports/store.ts'
import type { CrlPorts } from './crl-making.ts'
import { publishCrl } from './publish-crl.ts'
import type { CrlReport } from './publish-due-crls.ts'

const awaited = new WeakMap<Store, Map<string, CrlScope>>()

/**
 * Has a CRL published soon, for callers that don't wait for it: the next turn of the job makes one for all that was revoked
 * meanwhile, where one after the other would take the time that revoking needs. If this server dies before, the job for what
 * is due finds it.
 */
export function publishSoon({ store }: Pick<CrlPorts, 'store'>, scope: CrlScope): void {
  const all = awaited.get(store) ?? new Map<string, CrlScope>()
  awaited.set(store, all)
  all.set(`${scope.authority}/${scope.shard ?? ''}`, scope)
}

/** Publishes what callers of this server didn't wait for. Failures of one don't keep the others waiting. */
export async function publishAwaited(ports: CrlPorts): Promise<CrlReport> {
  const report = { published: 0, failed: 0 }
  const scopes = awaited.get(ports.store) ?? new Map<string, CrlScope>()
  awaited.delete(ports.store)
  for (const scope of scopes.values()) {
    try {
      await publishCrl(ports, scope)
      report.published++
    } catch (error) {
      report.failed++
      ports.logger.error(
        { err: error, ...scope },
        'could not publish a CRL; the job for what is due tries again',
      )
    }
  }
  return report
}

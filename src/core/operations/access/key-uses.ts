import type { AccessKeyUse } from '../../domain/access-keys.ts'
import type { AccessKeyId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Store } from '../../ports/store.ts'

/** Uses that aren't in the database yet. */
const noted = new WeakMap<Store, Map<AccessKeyId, AccessKeyUse>>()

/** Notes that a key was used, for the time being in memory: no request waits for the disk because of it. */
export function noteKeyUse({ store }: Pick<Ports, 'store'>, id: AccessKeyId, use: AccessKeyUse): void {
  const uses = noted.get(store) ?? new Map<AccessKeyId, AccessKeyUse>()
  noted.set(store, uses.set(id, use))
}

/** Job: writes down when keys were used last, all in one transaction. */
export async function recordKeyUses({ store }: Pick<Ports, 'store'>): Promise<{ readonly recorded: number }> {
  const uses = [...(noted.get(store) ?? [])]
  if (uses.length === 0) return { recorded: 0 }
  noted.delete(store)
  await store.transact((writes) => uses.map(([id, use]) => writes.accessKeys.used(id, use)))
  return { recorded: uses.length }
}

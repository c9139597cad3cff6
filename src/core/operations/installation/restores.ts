import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Restore } from '../../ports/foreign-records.ts'

/** What an operator has to know after a restore, until somebody says that it was read. */
export async function restoreWarnings(ports: Pick<Ports, 'store'>): Promise<readonly string[]> {
  const restores = await ports.store.reads.restores.all()
  return restores.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).map(warningOf)
}

const warningOf = ({ backupAt, restoredAt }: Restore): string =>
  `restored: on ${isoOf(restoredAt)} this installation went back to its backup of ${isoOf(backupAt)}. Certificates ` +
  'issued in between are not on record: their serials answer unknown, and they can be revoked only once they are ' +
  'imported. Tokens revoked and authorities disabled in between act again: revoke and disable them anew. When that ' +
  'is done: chancery status --acknowledge-restore'

/** A time of which this database knows nothing: a serial that isn't on record may have been issued in it. */
export type Gap = Pick<Restore, 'backupAt' | 'restoredAt'>

/** Every gap, acknowledged or not: what was issued in one stays unknown until it expires. */
export const gapsIn = async (ports: Pick<Ports, 'store'>): Promise<readonly Gap[]> =>
  (await ports.store.reads.restores.all()).map(({ backupAt, restoredAt }) => ({ backupAt, restoredAt }))

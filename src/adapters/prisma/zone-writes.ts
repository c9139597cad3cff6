import { reversedName } from '../../core/domain/dns-names.ts'
import type { Writes } from '../../core/ports/store.ts'
import { orNull, write } from './wire-values.ts'

/** How a set that everybody sees is stored: a part of a primary key can't be null. */
export const EVERYBODY = ''

/** As data: the simulated DNS. */
export const zoneWrites: Pick<Writes, 'zones' | 'dnsFaults'> = {
  zones: {
    add: (z) => write('zones.add', z.apex, z.account, z.createdAt),
    remove: (account, apex) => write('zones.remove', apex, account),
    putSet: (account, s) =>
      write(
        'zones.putSet',
        account,
        s.apex,
        reversedName(s.name),
        s.type,
        s.perspective ?? EVERYBODY,
        s.ttl,
        JSON.stringify(s.data),
      ),
    removeSets: (account, { apex, name, type, perspective }) =>
      write('zones.removeSets', account, apex, reversedName(name), perspective ?? EVERYBODY, orNull(type)),
  },
  dnsFaults: {
    add: (f) =>
      write(
        'dnsFaults.add',
        f.id,
        f.name,
        f.below ? 1 : 0,
        orNull(f.type),
        f.kind,
        orNull(f.milliseconds),
        orNull(f.remaining),
        orNull(f.perspective),
        f.createdAt,
      ),
    remove: (id) => write('dnsFaults.remove', id),
    removeAll: () => write('dnsFaults.removeAll'),
    spend: (id) => write('dnsFaults.spend', id),
  },
}

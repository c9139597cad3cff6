import type { Writes } from '../../core/ports/store.ts'
import { orNull, write } from './wire-values.ts'

/** As data: stacks. */
export const stackWrites: Pick<Writes, 'stacks'> = {
  stacks: {
    add: (s) =>
      write(
        'stacks.add',
        s.id,
        s.account,
        s.region,
        s.name,
        s.revision,
        s.status,
        orNull(s.description),
        JSON.stringify(s.document),
        s.createdAt,
        s.updatedAt,
      ),
    replace: (s) =>
      write(
        'stacks.replace',
        s.revision,
        s.status,
        orNull(s.description),
        JSON.stringify(s.document),
        s.updatedAt,
        s.id,
        s.revision - 1,
      ),
    remove: (s) => write('stacks.remove', s.id, s.revision),
  },
}

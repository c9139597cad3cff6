import type { ObjectSource } from '../../core/domain/outgoing-objects.ts'
import type { OutgoingObjectWrites } from '../../core/ports/outgoing-object-store.ts'
import { write } from './wire-values.ts'

/** Writes about what is to be written to a storage elsewhere, as data. */
export const outgoingObjectWrites: OutgoingObjectWrites = {
  outgoingObjects: {
    add: (source, at) => write('outgoingObjects.add', ...columnsOf(source), at),
    settle: ({ id, revision }) => write('outgoingObjects.settle', id, revision),
    postpone: ({ id }, until) => write('outgoingObjects.postpone', until, id),
  },
}

/** authorityId, shard, kind, reportId. */
const columnsOf = (source: ObjectSource) =>
  source.kind === 'report'
    ? ([source.authority, 0, source.kind, source.report] as const)
    : ([source.scope.authority, source.scope.shard ?? 0, source.kind, ''] as const)

import { createHash } from 'node:crypto'
import type { CrlScope } from '../../core/domain/crl-scopes.ts'
import type { PublishedCrl } from '../../core/domain/published-crls.ts'
import type { CrlOctets, CrlWrites } from '../../core/ports/crl-store.ts'
import { blob, orNull, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** In a row, 0 stands for the complete scope: NULL would be like nothing else in a unique index. */
export const shardColumn = ({ shard }: CrlScope): number => shard ?? 0

/**
 * As data: CRLs and the segments of their entries.
 * @param systemNow reads the system clock: how long superseded CRLs are kept doesn't hang on a calendar
 */
export function crlWrites(systemNow: () => number): CrlWrites {
  const row = (c: PublishedCrl, { head, tail }: CrlOctets): readonly WireValue[] => [
    c.scope.authority,
    shardColumn(c.scope),
    c.kind,
    c.number,
    orNull(c.base),
    c.thisUpdate,
    c.nextUpdate,
    c.length,
    c.entries,
    c.through,
    c.withdrawnThrough,
    blob(head),
    blob(tail),
    systemNow(),
  ]
  return {
    crls: {
      claimNumber: (scope, number) => write('crls.claimNumber', scope.authority, shardColumn(scope), number),
      addSegment: (scope, number, { first, last, count, length, endsFirst }, octets) =>
        write(
          'crls.addSegment',
          blob(octets),
          blob(createHash('sha256').update(octets).digest()),
          scope.authority,
          shardColumn(scope),
          number,
          first,
          last,
          count,
          length,
          endsFirst,
        ),
      publish: (crl, octets, basedOn, dropped) =>
        write(
          'crls.publish',
          ...row(crl, octets),
          orNull(basedOn),
          JSON.stringify(dropped.map(({ id }) => id)),
        ),
      publishDelta: (crl, octets) => write('crls.publishDelta', ...row(crl, octets)),
      withdraw: ({ scope, kind, number }) =>
        write('crls.withdraw', scope.authority, shardColumn(scope), kind, number),
      discard: (scope, number) => write('crls.discard', scope.authority, shardColumn(scope), number),
      dueAll: () => write('crls.dueAll'),
      surpassInShards: (number) => write('crls.surpassInShards', number),
    },
  }
}

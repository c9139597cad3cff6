import { serialFrom } from '../../domain/ids.ts'
import { MOST_DELTA_ENTRIES, type PublishedCrl } from '../../domain/published-crls.ts'
import { crlLife } from '../../domain/revocation-configuration.ts'
import { cRLNumber, deltaCRLIndicator } from '../../x509/crl-extensions.ts'
import { encodeEntries, type CrlEntry } from '../../x509/crl-entries.ts'
import { concat } from '../../x509/der/writer.ts'
import type { CrlOctets } from '../../ports/crl-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { draftOf, signedCrl, type CrlMaking, type CrlPorts } from './crl-making.ts'

export type MadeDelta = { readonly crl: PublishedCrl; readonly octets: CrlOctets }

/** What has changed since a complete CRL. */
export type DeltaEntries = { readonly base: PublishedCrl; readonly entries: readonly CrlEntry[] }

/**
 * What a delta has: everything since the oldest complete CRL that somebody may still hold, so that whoever has that one
 * or a later one can use it (RFC 5280 §5.2.4 (b)); where that is too much, since the last one.
 * @returns undefined where that is too much, too
 */
export async function deltaEntries(
  { store }: Pick<Ports, 'store'>,
  { scope, state, now }: Pick<CrlMaking, 'scope' | 'state' | 'now'>,
): Promise<DeltaEntries | undefined> {
  const { complete, before, through, withdrawnThrough } = state
  const bases = before !== undefined && before.nextUpdate > now ? [before, complete] : [complete]
  for (const base of bases) {
    if (base === undefined) continue
    const { crls, revocations } = store.reads
    const rows = await crls.revoked(scope, base.through, through, MOST_DELTA_ENTRIES + 1)
    const withdrawn = await revocations.withdrawn(scope, base.withdrawnThrough, MOST_DELTA_ENTRIES + 1)
    const revoked = new Set(rows.map(({ serial }) => serialFrom(serial)))
    // §5.2.4: what was released must be listed so whether the base had it or one after it, unless it is revoked again.
    const released = new Map(
      withdrawn
        .filter(({ id, serial }) => id <= withdrawnThrough && !revoked.has(serial))
        .map(({ serial, withdrawnAt }) => [serial, withdrawnAt]),
    )
    if (Math.max(rows.length + released.size, withdrawn.length) > MOST_DELTA_ENTRIES) continue
    const removed = [...released].map(([serial, revokedAt]): CrlEntry => ({
      serial,
      revokedAt,
      reason: 'removeFromCRL',
    }))
    return { base, entries: [...rows, ...removed] }
  }
  return undefined
}

/** A signed delta under a number that was claimed. */
export async function madeDelta(
  ports: CrlPorts,
  making: CrlMaking,
  number: bigint,
  { base, entries }: DeltaEntries,
): Promise<MadeDelta> {
  const { issuer, scope, state } = making
  const encoded = encodeEntries(entries)
  const draft = draftOf(making, crlLife(issuer.authority.revocation, 'delta'), [
    cRLNumber(number),
    deltaCRLIndicator(base.number),
  ])
  const { head, tail } = await signedCrl(ports, issuer, draft, {
    length: encoded.length,
    count: entries.length,
    async *[Symbol.asyncIterator]() {
      yield encoded
    },
  })
  const whole = concat(head, encoded, tail)
  return {
    crl: {
      scope,
      kind: 'delta',
      number,
      base: base.number,
      thisUpdate: draft.thisUpdate,
      nextUpdate: draft.nextUpdate,
      length: whole.length,
      entries: entries.length,
      through: state.through,
      withdrawnThrough: state.withdrawnThrough,
    },
    octets: { head: whole, tail: new Uint8Array(0) },
  }
}

import { planSegments, type SegmentPlan } from '../../domain/crl-segments.ts'
import type { PublishedCrl } from '../../domain/published-crls.ts'
import { crlLife } from '../../domain/revocation-configuration.ts'
import { cRLNumber } from '../../x509/crl-extensions.ts'
import { freshestCRL } from '../../x509/extensions.ts'
import type { CrlOctets, RevokedRow } from '../../ports/crl-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { draftOf, signedCrl, type CrlMaking, type CrlPorts } from './crl-making.ts'
import { keepSegments } from './keep-segments.ts'
import { deltaCrlUrl } from './repository-urls.ts'

export type MadeComplete = {
  readonly crl: PublishedCrl
  readonly octets: CrlOctets
  readonly plan: SegmentPlan
}

/** Withdrawn revocations read in one go. */
const PAGE = 1000

/**
 * A signed complete CRL under a number that was claimed. Its entries are those of the CRL before, but for what has
 * changed; they are on the disk before the key is used.
 */
export async function madeComplete(
  ports: CrlPorts,
  making: CrlMaking,
  number: bigint,
): Promise<MadeComplete> {
  const { crls } = ports.store.reads
  const { issuer, scope, state } = making
  const plan = await planned(ports, making)
  const gone = mayGo(making)
  await keepSegments(ports, { scope, number, ranges: plan.made, gone })
  const segments = [...plan.kept, ...(await crls.unpublished(scope, number))]
  segments.sort((one, other) => one.first - other.first)
  const length = segments.reduce((sum, segment) => sum + segment.length, 0)
  const count = segments.reduce((sum, segment) => sum + segment.count, 0)
  const draft = draftOf(making, crlLife(issuer.authority.revocation, 'complete'), [
    cRLNumber(number),
    ...freshest(ports, making),
  ])
  const octets = await signedCrl(ports, issuer, draft, {
    length,
    count,
    [Symbol.asyncIterator]: () => crls.entries(segments)[Symbol.asyncIterator](),
  })
  const crl: PublishedCrl = {
    scope,
    kind: 'complete',
    number,
    base: undefined,
    thisUpdate: draft.thisUpdate,
    nextUpdate: draft.nextUpdate,
    length: octets.head.length + length + octets.tail.length,
    entries: count,
    through: state.through,
    withdrawnThrough: state.withdrawnThrough,
  }
  return { crl, octets, plan }
}

async function planned(
  { store }: Pick<Ports, 'store'>,
  making: Pick<CrlMaking, 'scope' | 'state' | 'now' | 'anew'>,
): Promise<SegmentPlan> {
  const { scope, state } = making
  const { complete, through } = state
  const segments = complete === undefined ? [] : await store.reads.crls.segments(complete)
  // A CRL from the future may lack what had ended by then and hasn't now; one that is older than segments has none.
  if (complete === undefined || segments.length === 0 || making.anew || isFromFuture(making))
    return { kept: [], dropped: segments, made: [{ first: 1, last: through }] }
  const withdrawn: number[] = []
  for (let after = complete.withdrawnThrough; ;) {
    const page = await store.reads.revocations.withdrawn(scope, after, PAGE)
    withdrawn.push(...page.map(({ sequence }) => sequence))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  const endedBefore = complete.thisUpdate
  return planSegments(segments, { known: complete.through, through, withdrawn, endedBefore })
}

const isFromFuture = ({ state, now }: Pick<CrlMaking, 'state' | 'now'>): boolean =>
  state.complete !== undefined && state.complete.thisUpdate > now

/**
 * RFC 5280 §3.3: an entry stays until it has stood in one regular CRL beyond the certificate's validity, so one goes only
 * when the CRL before this one was issued after the certificate had expired, and had it.
 */
function mayGo({ state: { complete }, now }: Pick<CrlMaking, 'state' | 'now'>): (row: RevokedRow) => boolean {
  if (complete === undefined) return () => false
  const before = Math.min(complete.thisUpdate, now)
  return ({ sequence, notAfter }) => sequence <= complete.through && notAfter < before
}

/** RFC 5280 §5.2.6. The last CRL of an authority has no deltas. */
function freshest({ settings }: Pick<Ports, 'settings'>, { issuer, shard, ends }: CrlMaking) {
  const url = ends === undefined ? deltaCrlUrl(settings, issuer.authority, shard?.name) : undefined
  return url === undefined ? [] : [freshestCRL([url])]
}

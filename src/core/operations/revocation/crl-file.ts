import { completeScope, type CrlScope } from '../../domain/crl-scopes.ts'
import { isAuthorityId } from '../../domain/ids.ts'
import type { PublishedCrl } from '../../domain/published-crls.ts'
import type { Ports } from '../../ports/ports.ts'

/** A CRL that a public path names. */
export type CrlFile = {
  readonly crl: PublishedCrl
  /** Named by its number: what stands there is never another one. */
  readonly immutable: boolean
}

const CURRENT = /^([0-9a-f-]{36})(-delta)?\.crl$/
/** Fifteen digits: the highest number has sixteen, and nobody counts that far. */
const NUMBERED = /^([1-9][0-9]{0,14}|0)(-delta)?\.crl$/

/**
 * The CRL of a path: `….crl` under the id of an authority or the name of a shard is the current one, `…/17.crl` that
 * number, each with `-delta` before the dot its delta. What comes before that is decoration, so that a URL which once
 * stood in a certificate is served whatever host or path is configured later.
 * @param path the path's segments, percent-decoded
 */
export async function crlFile(
  { store }: Pick<Ports, 'store'>,
  path: readonly string[],
): Promise<CrlFile | undefined> {
  const [, name, delta] = CURRENT.exec(path.at(-1) ?? '') ?? []
  if (name !== undefined) {
    const scope = await scopeNamed({ store }, name)
    const crl = scope && (await store.reads.crls.latest(scope, varietyOf(delta)))
    return crl && { crl, immutable: false }
  }
  const [, number, deltaOfNumber] = NUMBERED.exec(path.at(-1) ?? '') ?? []
  if (number === undefined) return undefined
  const scope = await scopeNamed({ store }, path.at(-2) ?? '')
  const crl = scope && (await store.reads.crls.numbered(scope, varietyOf(deltaOfNumber), BigInt(number)))
  return crl && { crl, immutable: true }
}

const varietyOf = (delta: string | undefined) => (delta === undefined ? 'complete' : 'delta')

async function scopeNamed({ store }: Pick<Ports, 'store'>, name: string): Promise<CrlScope | undefined> {
  if (!isAuthorityId(name)) return undefined
  const shard = await store.reads.shards.byName(name)
  return shard === undefined ? completeScope(name) : { authority: shard.authority, shard: shard.id }
}

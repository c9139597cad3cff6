import type { Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { goodUntil } from '../../domain/ocsp.ts'
import type { CrlVariety, PublishedCrl } from '../../domain/published-crls.ts'
import { makesCompleteCrl } from '../../domain/revocation-configuration.ts'
import type { RevocationWait } from '../../domain/revocation.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { publishSoon } from './publish-awaited.ts'
import { publishCrl } from './publish-crl.ts'
import { crlUrl, deltaCrlUrl, ocspUrl } from './repository-urls.ts'

/** Where relying parties read a change, and how long copies elsewhere may say otherwise. */
export type WhereItStands = {
  /** Undefined where the authority makes no CRL that speaks of the certificate. */
  readonly crl:
    | {
        readonly url: string | undefined
        /** Of the CRL that has it, or of the first that will. */
        readonly number: bigint
        readonly published: boolean
      }
    | undefined
  readonly ocsp: { readonly url: string | undefined }
  /** Last moments at which an honest copy may still have it as it was: a CRL kept by somebody, an answer in a cache or a staple. */
  readonly staleUntil: { readonly crl: Millis | undefined; readonly ocsp: Millis }
}

/** The CRL that speaks of a certificate at `now`; undefined where there is none. */
export function crlScopeOf(
  { authority, shard }: Pick<Certificate, 'authority' | 'shard'>,
  issuer: Authority,
  now: Millis,
): CrlScope | undefined {
  return shard !== undefined || makesCompleteCrl(issuer, now) ? { authority, shard } : undefined
}

/**
 * Publishes the CRL that has what was recorded before this call, or sees to it that this is done soon.
 * @param previous the CRL that was current before
 * @throws what publishing throws, saying that the change stands nevertheless
 */
export async function whereItStands(
  ports: Ports,
  issuer: Authority,
  scope: CrlScope | undefined,
  previous: { readonly nextUpdate: Millis } | undefined,
  wait: RevocationWait,
): Promise<WhereItStands> {
  const { settings } = ports
  const staleUntil = {
    crl: previous?.nextUpdate,
    ocsp: goodUntil(ports.calendar.now(), issuer.revocation.ocsp.hours),
  }
  const ocsp = { url: ocspUrl(settings, issuer) }
  if (scope === undefined) return { crl: undefined, ocsp, staleUntil }
  if (wait === 'published') {
    const { number, kind } = await published(ports, scope)
    const url = await urlOf(ports, issuer, scope, kind)
    return { crl: { url, number, published: true }, ocsp, staleUntil }
  }
  // Where there are deltas, one is published with each complete CRL, too, and under its number.
  const kind = issuer.revocation.crl.deltaHours === undefined ? 'complete' : 'delta'
  const url = await urlOf(ports, issuer, scope, kind)
  // Whoever claims a higher number from now on reads the revocations after this one.
  const number = (await ports.store.reads.crls.lastNumber(scope)) + 1n
  publishSoon(ports, scope)
  return { crl: { url, number, published: false }, ocsp, staleUntil }
}

async function urlOf(
  { store, settings }: Pick<Ports, 'store' | 'settings'>,
  issuer: Authority,
  scope: CrlScope,
  kind: CrlVariety,
): Promise<string | undefined> {
  const shard = scope.shard === undefined ? undefined : await store.reads.shards.get(scope.shard)
  if (kind === 'delta') return deltaCrlUrl(settings, issuer, shard?.name)
  return shard === undefined ? crlUrl(settings, issuer) : shard.url
}

/** The change stands, whatever happens now: an error must not read as if it didn't. */
async function published(ports: Ports, scope: CrlScope): Promise<PublishedCrl> {
  try {
    return await publishCrl(ports, scope)
  } catch (error) {
    const known = error instanceof ChanceryError ? error : undefined
    throw new ChanceryError(
      known?.code ?? 'unavailable',
      'The change is recorded and in force at the OCSP responder, but the CRL could not be published; the server keeps trying',
      { details: known?.details ?? {}, cause: error },
    )
  }
}

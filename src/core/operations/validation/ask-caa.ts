import type { Check } from '../../domain/evidence.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import type { Ports } from '../../ports/ports.ts'
import { checkCaa } from './check-caa.ts'

/** Labels of RFC 8657's validationmethods; `ca-private`: the account's own authority, which validates nothing. */
export type CaaMethod = 'ca-dns-cname' | 'ca-email' | 'ca-http' | 'ca-private'

export type CaaFinding = { readonly domain: string; readonly check: Check }

/**
 * What CAA says about each of the names (RFC 8659 §3, RFC 8657), to this installation acting for an account.
 * @param domains may begin with `*.`
 * @param perspectives ask each question once: `askedOnce`
 */
export function askCaa(
  { settings }: Pick<Ports, 'settings'>,
  { account, method }: { readonly account: AccountId; readonly method: CaaMethod },
  domains: readonly string[],
  perspectives: Perspectives,
  now: Millis,
): Promise<readonly CaaFinding[]> {
  const { caaIdentities: identities, publicUrl } = settings
  const accountUri = publicUrl === undefined ? '' : `${publicUrl}/accounts/${account}`
  return Promise.all(
    domains.map(async (domain) => ({
      domain,
      check: await checkCaa(perspectives, { domain, method, accountUri, identities }, now),
    })),
  )
}

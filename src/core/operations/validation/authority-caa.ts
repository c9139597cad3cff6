import type { Authority } from '../../domain/authorities.ts'
import { refuse } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { askCaa, type CaaFinding } from './ask-caa.ts'
import { askedOnce } from './asked-once.ts'

/** What CAA says about the DNS names of a certificate from an account's own authority; other names have no CAA. */
export const caaOfNames = (
  ports: Pick<Ports, 'perspectives' | 'settings'>,
  account: AccountId,
  names: readonly GeneralName[],
  now: Millis,
): Promise<readonly CaaFinding[]> =>
  askCaa(
    ports,
    { account, method: 'ca-private' },
    names.flatMap((name) => (name.type === 'dns' ? [name.value] : [])),
    askedOnce(ports.perspectives),
    now,
  )

/**
 * What follows from it under an authority: warnings for the certificate, or that there is none.
 * @param fieldOf where in the request a name stands
 * @throws policy_refused, under ENFORCE, naming each name that CAA doesn't allow, or can't be asked about, and why
 */
export function caaWarnings(
  { name, caa }: Pick<Authority, 'name' | 'caa'>,
  found: readonly CaaFinding[],
  fieldOf: (domain: string) => string,
): readonly string[] {
  const objections = found.flatMap(({ domain, check }) =>
    check.verdict === 'passed' ? [] : [{ domain, reason: check.reason ?? 'CAA could not be asked' }],
  )
  if (caa === 'ENFORCE')
    refuse(
      'policy_refused',
      objections.map(({ domain, reason }) => ({
        code: CAA_VIOLATION,
        field: fieldOf(domain),
        message: `“${name}” enforces CAA, which doesn’t allow ${domain}: ${reason}`,
      })),
    )
  return objections.map(({ domain, reason }) => `caa: ${domain}: ${reason}`)
}

/** Code of the violations that say what CAA refused. */
export const CAA_VIOLATION = 'caa'

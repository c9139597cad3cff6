import {
  ownAudience,
  TOKEN_ALGORITHMS,
  accountOfAudience,
  claimPatternViolations,
} from '../../domain/identity-providers.ts'
import type {
  ClaimRule,
  IdentityProvider,
  KeySource,
  TokenAlgorithm,
} from '../../domain/identity-providers.ts'
import { wantedRoleFrom } from '../../domain/chosen-role.ts'
import type { Violation } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import { fits, holdsSecrets, keySetFrom } from '../../x509/jwk.ts'
import type { Ports } from '../../ports/ports.ts'

/** What an account says about whose tokens it believes. */
export type ProviderMembers = {
  readonly issuer: string
  /** `chancery:<account>` when absent. */
  readonly audiences?: readonly string[]
  /** RS256 and ES256 when absent. */
  readonly algorithms?: readonly TokenAlgorithm[]
  /** One of the two. */
  readonly jwksUrl?: string
  readonly jwks?: string
  readonly rules: readonly ClaimRule[]
}

const DEFAULT_ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'ES256']

/** What of a provider the members decide. */
export const decidedBy = (
  members: ProviderMembers,
  account: AccountId,
): Pick<IdentityProvider, 'issuer' | 'audiences' | 'algorithms' | 'keys' | 'rules'> => ({
  issuer: members.issuer,
  audiences: [...new Set(members.audiences ?? [ownAudience(account)])],
  algorithms: [...new Set(members.algorithms ?? DEFAULT_ALGORITHMS)],
  keys: keysOf(members),
  rules: members.rules,
})

const keysOf = ({ jwksUrl, jwks = '' }: ProviderMembers): KeySource =>
  jwksUrl === undefined ? { set: jwks } : { url: jwksUrl }

/** Everything that is wrong with them, by field. */
export function providerViolations(
  { keySets }: Pick<Ports, 'keySets'>,
  members: ProviderMembers,
  account: AccountId,
): Violation[] {
  const { audiences = [], algorithms = DEFAULT_ALGORITHMS, rules } = members
  return [
    ...issuerViolations(members.issuer),
    ...audiences.flatMap((audience, at) => audienceViolations(audience, account, `audiences[${at}]`)),
    ...algorithms.flatMap((algorithm, at) =>
      TOKEN_ALGORITHMS.includes(algorithm)
        ? []
        : [violation('algorithm', `algorithms[${at}]`, `must be one of ${TOKEN_ALGORITHMS.join(', ')}`)],
    ),
    ...keyViolations(keySets, members, algorithms),
    ...rules.flatMap((rule, at) => ruleViolations(rule, account, `rules[${at}]`)),
  ]
}

const violation = (code: string, field: string, message: string): Violation => ({ code, field, message })

/** OpenID Connect Core §2: an https URL without query and fragment. It is compared, and nothing is fetched from it. */
function issuerViolations(issuer: string): Violation[] {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  const right =
    url?.protocol === 'https:' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  return right
    ? []
    : [
        violation(
          'issuer',
          'issuer',
          'must be an https:// URL as it stands in `iss`, without query and fragment',
        ),
      ]
}

function audienceViolations(audience: string, account: AccountId, field: string): Violation[] {
  const named = accountOfAudience(audience)
  return named === undefined || named === account
    ? []
    : [violation('audience', field, 'names another account; tokens that are for that one are none of yours')]
}

function keyViolations(
  keySets: Ports['keySets'],
  { jwksUrl, jwks }: ProviderMembers,
  algorithms: readonly TokenAlgorithm[],
): Violation[] {
  if ((jwksUrl === undefined) === (jwks === undefined))
    return [violation('keys', 'jwksUrl', 'either this or `jwks` says where the public keys are')]
  if (jwksUrl !== undefined) {
    const refusal = keySets.refusal(jwksUrl)
    return refusal === undefined ? [] : [violation('url', 'jwksUrl', refusal)]
  }
  const text = jwks ?? ''
  if (holdsSecrets(text))
    return [
      violation('secret', 'jwks', 'holds a private or a symmetric key, which belongs to the issuer alone'),
    ]
  const keys = keySetFrom(text)
  if ('problem' in keys) return [violation('jwks', 'jwks', keys.problem)]
  const usable = keys.some((key) => algorithms.some((algorithm) => fits(key, algorithm)))
  return usable
    ? []
    : [
        violation(
          'jwks',
          'jwks',
          `has no public key for ${algorithms.join(', ')} that tokens can be verified with`,
        ),
      ]
}

function ruleViolations({ claims, role }: ClaimRule, account: AccountId, field: string): Violation[] {
  const names = Object.keys(claims).filter((name) => name !== 'iss' && name !== 'aud')
  return [
    ...(names.length > 0
      ? []
      : [
          violation(
            'claims',
            `${field}.claims`,
            'must ask for a claim besides `iss` and `aud`: anybody has these',
          ),
        ]),
    ...Object.entries(claims).flatMap(([name, pattern]) =>
      claimPatternViolations(pattern, `${field}.claims.${name}`),
    ),
    ...(wantedRoleFrom(role)?.account === account
      ? []
      : [violation('role', `${field}.role`, 'must be the ARN of a role of this account')]),
  ]
}

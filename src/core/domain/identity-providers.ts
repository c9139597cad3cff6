import type { Arn } from './arns.ts'
import type { Violation } from './errors.ts'
import type { AccountId } from './ids.ts'
import type { Millis } from './time.ts'

/** What a token may be signed with (RFC 7518 §3.1, RFC 8037). None is symmetric: whoever verifies could sign. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
] as const
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** Whose tokens are believed, as the account says; what they may become is in the rules. */
export type IdentityProvider = {
  readonly account: AccountId
  /** Unique in the account. */
  readonly name: string
  /** The `iss` of its tokens, exactly; unique in the account. */
  readonly issuer: string
  /** One of these has to be in `aud`, exactly. */
  readonly audiences: readonly string[]
  /** Pinned here: what a token says of its own algorithm has to be one of them. */
  readonly algorithms: readonly TokenAlgorithm[]
  readonly keys: KeySource
  readonly rules: readonly ClaimRule[]
  readonly revision: number
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** Where the public keys are: at a URL, or here, as the text of a JWK set (RFC 7517 §5). */
export type KeySource = { readonly url: string } | { readonly set: string }

/** Whoever has all these claims may act in the role. */
export type ClaimRule = {
  /** A pattern by claim; see `matchesClaim`. */
  readonly claims: Readonly<Record<string, string>>
  readonly role: Arn
}

/** A token's claims after its signature was verified. */
export type Claims = Readonly<Record<string, unknown>>

/** How far the clocks of issuers may differ from ours. */
const LEEWAY: Millis = 30_000

/** The `aud` that says by itself which account a token is for. */
export const ownAudience = (account: AccountId): string => `chancery:${account}`

/** The account that an audience is for, if it says so. */
export const accountOfAudience = (audience: string): AccountId | undefined =>
  /^chancery:([0-9]{12})$/.exec(audience)?.[1] as AccountId | undefined

/** The values of a claim that may be one text or a list of them. */
export const textsOf = (claim: unknown): readonly string[] =>
  typeof claim === 'string'
    ? [claim]
    : Array.isArray(claim)
      ? claim.filter((each) => typeof each === 'string')
      : []

/**
 * Why verified claims aren't good for a provider, or undefined (RFC 7519 §4.1). A token without an end, or without a
 * subject, is none: it could be used for ever, and by nobody.
 */
export function claimsProblem(claims: Claims, provider: IdentityProvider, now: Millis): string | undefined {
  const { iss, aud, sub, exp, nbf, iat } = claims
  if (iss !== provider.issuer) return 'another issuer'
  if (!textsOf(aud).some((audience) => provider.audiences.includes(audience))) return 'another audience'
  if (typeof sub !== 'string' || sub === '') return 'no subject'
  if (!isTime(exp) || exp * 1000 + LEEWAY <= now) return 'expired, or without an end'
  for (const begin of [nbf, iat])
    if (begin !== undefined && (!isTime(begin) || begin * 1000 - LEEWAY > now)) return 'not good yet'
  return undefined
}

/** Seconds since the epoch (RFC 7519 §2), up to the year 9999. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 253_402_300_799

/** The roles that claims may take on. */
export const rolesFor = (claims: Claims, rules: readonly ClaimRule[]): readonly Arn[] =>
  rules
    .filter((rule) => Object.entries(rule.claims).every(([name, it]) => matchesClaim(it, claims[name])))
    .map(({ role }) => role)

const SEPARATOR = /[:/]/

/**
 * Whether a claim, or one entry of it, fits a pattern: colons and slashes part it, `*` stands for one whole part and `**`
 * at the end for one part or more. Part by part, so that nobody who chooses a part chooses the ones around it.
 */
export function matchesClaim(pattern: string, claim: unknown): boolean {
  const values = typeof claim === 'number' || typeof claim === 'boolean' ? [String(claim)] : textsOf(claim)
  return values.some((value) => matchesParts(pattern, value))
}

function matchesParts(pattern: string, value: string): boolean {
  const wanted = partsOf(pattern)
  const given = partsOf(value)
  const open = wanted.at(-1)?.text === '**'
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every(({ before, text }, at) => {
    const part = given[at]
    if (part?.before !== before) return false
    if (open && at === wanted.length - 1) return part.text !== ''
    return text === '*' ? part.text !== '' : text === part.text
  })
}

/** The parts of a text, each with what stands before it. */
function partsOf(text: string): { readonly before: string; readonly text: string }[] {
  const parts = []
  let before = ''
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !SEPARATOR.test(text[at] as string)) continue
    parts.push({ before, text: text.slice(from, at) })
    before = text[at] ?? ''
    from = at + 1
  }
  return parts
}

/** What is wrong with a pattern for a claim, as a Violation of `field`; empty when nothing is. */
export function claimPatternViolations(pattern: string, field: string): Violation[] {
  const parts = partsOf(pattern).map(({ text }) => text)
  const wild = parts.some(
    (part, at) => part.includes('*') && part !== '*' && !(part === '**' && at === parts.length - 1),
  )
  if (!wild) return []
  const message =
    '* stands for a whole part between colons and slashes, ** for one or more of them at the end; no other stars'
  return [{ code: 'claim_pattern', field, message }]
}

import type { JsonMember } from './positioned-json.ts'
import { membersOf, oneOf, textsOf, type PlacedText, type Setting } from './parsed-nodes.ts'
import type { Effect, Statement, Who } from './policy.ts'

const KINDS = ['AWS', 'Federated', 'Service'] as const
type Kind = (typeof KINDS)[number]

const ACCOUNT = /^[0-9]{12}$/
const ARN = /^arn:[a-z-]+:(?:iam|sts|chancery)::[0-9]{12}:[^*?]+$/
const RIGHT: Readonly<Record<Kind, { readonly pattern: RegExp; readonly words: string }>> = {
  AWS: {
    pattern: ARN,
    words: 'is no principal: write an account’s 12 digits, the ARN of a user, role or session, or “*”',
  },
  Federated: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,511}$/,
    words: 'is no identity provider: write its ARN or its host name',
  },
  Service: {
    pattern: /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/,
    words: 'is no service: write its name, as acm.amazonaws.com',
  },
}

/**
 * Whom a statement is about: `Principal` or `NotPrincipal`, which resources’ policies and roles’ trusts have, and no
 * others.
 */
export function parsePrincipal(
  members: ReadonlyMap<string, JsonMember>,
  path: string,
  at: number,
  effect: Effect,
  setting: Setting,
): Statement['binds'] | undefined {
  const { kind, findings } = setting
  if (kind === 'identity' || kind === 'scope') {
    for (const name of ['Principal', 'NotPrincipal']) {
      const member = members.get(name)
      if (member !== undefined)
        findings.add(
          'principal',
          { path: `${path}.${name}`, at: member.at },
          'may stand only in a resource’s policy and in a role’s trust; this one is about whom it is attached to',
        )
    }
    return undefined
  }
  const found = oneOf(members, ['Principal', 'NotPrincipal'], path, at, findings)
  if (found === undefined) return undefined
  // It would allow everybody else, callers without a name included; IAM knows it with Deny only.
  if (found.negated && effect === 'Allow')
    return findings.add(
      'principal',
      { path: found.path, at: found.node.at },
      'may stand only beside "Effect": "Deny"',
    )
  const { node } = found
  const everybody = node.kind === 'string' && node.value === '*'
  const named = everybody
    ? { AWS: new Set(['*']) }
    : namedIn(membersOf(node, found.path, findings, KINDS), found.path, setting)
  return (who) => isNamed(who, named, effect) !== found.negated
}

type Named = { readonly [Each in Kind]?: ReadonlySet<string> }

function namedIn(
  members: ReadonlyMap<string, JsonMember> | undefined,
  path: string,
  { findings }: Setting,
): Named {
  const entries = [...(members ?? [])]
    .filter(([kind]) => (KINDS as readonly string[]).includes(kind))
    .map(([kind, { value }]) => {
      const texts = textsOf(value, `${path}.${kind}`, findings)
      for (const text of texts)
        if (!isRight(kind as Kind, text)) findings.add('principal', text, RIGHT[kind as Kind].words)
      return [kind, new Set(texts.map((text) => canonical(text.value)))] as const
    })
  return Object.fromEntries(entries)
}

const isRight = (kind: Kind, { value }: PlacedText): boolean =>
  RIGHT[kind].pattern.test(value) || (kind === 'AWS' && (value === '*' || ACCOUNT.test(value)))

/** An account by its digits is the account's root, in whichever partition it is called from. */
const canonical = (value: string): string => (ACCOUNT.test(value) ? `arn:aws:iam::${value}:root` : value)

/** “Everybody” allows all who have a name in AWS’s sense; it denies whoever it is. */
function isNamed(who: Who, named: Named, effect: Effect): boolean {
  if (named.AWS?.has('*') === true) return effect === 'Deny' || who.AWS !== undefined
  return KINDS.some((kind) => who[kind]?.some((name) => named[kind]?.has(name) === true) === true)
}

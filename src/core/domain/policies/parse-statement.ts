import { arnPatternOf } from './arn-patterns.ts'
import type { Findings } from './findings.ts'
import { parseConditions } from './parse-conditions.ts'
import { parsePrincipal } from './parse-principal.ts'
import { membersOf, oneOf, piecesIn, textsOf, type PlacedText, type Setting } from './parsed-nodes.ts'
import { patternOf, wildPieces, type Pattern } from './patterns.ts'
import type { Effect, Facts, Statement } from './policy.ts'
import { shown, type JsonMember, type JsonNode } from './positioned-json.ts'

type Members = ReadonlyMap<string, JsonMember>

const MEMBERS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]
const SID = /^[ -~]{0,128}$/
const ACTION = /^(?:\*|\*:\*|[a-z0-9-]{1,64}:[a-z0-9*?]{1,128})$/i

/** A statement ready to decide; undefined, and findings, for what can't be understood. */
export function parseStatement(node: JsonNode, path: string, setting: Setting): Statement | undefined {
  const { kind, findings } = setting
  const members = membersOf(node, path, findings, MEMBERS)
  if (members === undefined) return undefined
  const at = node.at
  const sid = sidOf(members, path, findings)
  const effect = effectOf(members, path, at, findings)
  const names = namesOf(members, path, at, setting)
  const covers =
    kind === 'trust' ? noResource(members, path, findings) : coversOf(members, path, at, effect, setting)
  const binds = parsePrincipal(members, path, at, effect, setting)
  const condition = members.get('Condition')?.value
  const conditions =
    condition === undefined ? [] : parseConditions(condition, `${path}.Condition`, effect, setting)
  if (names === undefined) return undefined
  return Object.freeze({
    ...(sid === undefined ? {} : { sid }),
    effect,
    names,
    conditions: Object.freeze(conditions),
    ...(covers === undefined ? {} : { covers }),
    ...(binds === undefined ? {} : { binds }),
  })
}

function sidOf(members: Members, path: string, findings: Findings): string | undefined {
  const sid = members.get('Sid')?.value
  if (sid === undefined) return undefined
  if (sid.kind === 'string' && SID.test(sid.value)) return sid.value === '' ? undefined : sid.value
  return findings.add(
    'sid',
    { path: `${path}.Sid`, at: sid.at },
    'is no name of at most 128 ASCII characters',
  )
}

/** Where it can't be understood the policy is refused, so what is said here no longer matters. */
function effectOf(members: Members, path: string, at: number, findings: Findings): Effect {
  const effect = members.get('Effect')?.value
  if (effect?.kind === 'string' && (effect.value === 'Allow' || effect.value === 'Deny')) return effect.value
  findings.add('effect', { path: `${path}.Effect`, at: effect?.at ?? at }, 'is neither “Allow” nor “Deny”')
  return 'Deny'
}

function namesOf(
  members: Members,
  path: string,
  at: number,
  { kind, findings }: Setting,
): Statement['names'] | undefined {
  const found = oneOf(members, ['Action', 'NotAction'], path, at, findings)
  if (found === undefined) return undefined
  if (kind === 'trust' && found.negated)
    findings.add('trust', { path: found.path, at: found.node.at }, 'may not stand in a role’s trust')
  const patterns = textsOf(found.node, found.path, findings).flatMap((text) => {
    if (!ACTION.test(text.value))
      findings.add(
        'action',
        text,
        `“${shown(text.value)}” is no action: write it as acm-pca:IssueCertificate`,
      )
    else if (kind === 'trust' && !text.value.toLowerCase().startsWith('sts:'))
      findings.add('trust', text, 'isn’t about assuming a role: a role’s trust has actions of sts only')
    return ACTION.test(text.value) ? [patternOf(wildPieces(text.value.toLowerCase()))] : []
  })
  return (action) => {
    const lower = action.toLowerCase()
    return patterns.some((pattern) => pattern(lower, {}) === true) !== found.negated
  }
}

function noResource(members: Members, path: string, findings: Findings): undefined {
  for (const name of ['Resource', 'NotResource']) {
    const member = members.get(name)
    if (member !== undefined)
      findings.add('trust', { path: `${path}.${name}`, at: member.at }, 'may not stand in a role’s trust')
  }
}

function coversOf(
  members: Members,
  path: string,
  at: number,
  effect: Effect,
  setting: Setting,
): Statement['covers'] | undefined {
  const found = oneOf(members, ['Resource', 'NotResource'], path, at, setting.findings)
  if (found === undefined) return undefined
  const patterns = textsOf(found.node, found.path, setting.findings).flatMap(
    (text) => resourcePattern(text, setting) ?? [],
  )
  const denies = effect === 'Deny'
  if (!found.negated) return (resource, facts) => anyOf(patterns, resource, facts) === true
  // A variable without a value might name the resource: an allowance then leaves it out.
  return (resource, facts) => !(anyOf(patterns, resource, facts) ?? !denies)
}

/** Undefined: none is known to match, and one of them can't be told. */
function anyOf(patterns: readonly Pattern[], resource: string, facts: Facts): boolean | undefined {
  let any: boolean | undefined = false
  for (const pattern of patterns) {
    const matches = pattern(resource, facts)
    if (matches === true) return true
    if (matches === undefined) any = undefined
  }
  return any
}

function resourcePattern(text: PlacedText, setting: Setting): Pattern | undefined {
  const { findings } = setting
  if (text.value !== '*' && !/^arn:/.test(text.value))
    return findings.add(
      'resource',
      text,
      `“${shown(text.value)}” is no ARN: write one, with * and ? in it, or “*”`,
    )
  const pieces = piecesIn(text, setting, true)
  return pieces && arnPatternOf(pieces)
}

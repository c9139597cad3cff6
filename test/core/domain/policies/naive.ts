/**
 * IAM's rules once more, as the text of its documentation has them and with no thought of speed: what the engine is
 * compared with. Only for documents that the parser takes.
 */
export type NaiveStatement = {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}
export type NaivePolicy = readonly NaiveStatement[]
export type NaiveCall = {
  readonly action: string
  readonly resource: string
  readonly facts: Readonly<Record<string, string | readonly string[]>>
}

export function naiveDecision(
  layers: Readonly<Record<'identity' | 'boundary' | 'session', readonly NaivePolicy[] | undefined>>,
  call: NaiveCall,
): string {
  const some = (policies: readonly NaivePolicy[], effect: string) =>
    policies.flat().some((it) => it.Effect === effect && applies(it, call))
  const all = Object.values(layers).filter((it) => it !== undefined)
  if (all.some((policies) => some(policies, 'Deny'))) return 'explicit_deny'
  if (!some(layers.identity ?? [], 'Allow')) return 'not_allowed'
  if (layers.boundary !== undefined && !some(layers.boundary, 'Allow')) return 'boundary'
  return layers.session !== undefined && !some(layers.session, 'Allow') ? 'session' : 'allowed'
}

function applies(it: NaiveStatement, { action, resource, facts }: NaiveCall): boolean {
  const acts = (it.Action ?? it.NotAction ?? []).some((pattern) =>
    glob(pattern.toLowerCase()).test(action.toLowerCase()),
  )
  if (acts !== (it.Action !== undefined)) return false
  const patterns = (it.Resource ?? it.NotResource ?? []).map((pattern) => substituted(pattern, facts))
  const covers = patterns.some((pattern) => pattern !== undefined && arnLike(pattern, resource))
  if (it.Resource !== undefined && !covers) return false
  if (it.NotResource !== undefined) {
    if (covers) return false
    // Whatever can't be resolved might have named the resource, where the rest of it does.
    const perhaps = it.NotResource.some(
      (pattern, i) => patterns[i] === undefined && arnLike(pattern.replace(VARIABLE, '*'), resource),
    )
    if (perhaps && it.Effect === 'Allow') return false
  }
  return Object.entries(it.Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      meets(operator, facts[key.toLowerCase()], values, facts, it.Effect),
    ),
  )
}

function meets(
  written: string,
  given: string | readonly string[] | undefined,
  wanted: readonly string[],
  facts: NaiveCall['facts'],
  effect: string,
): boolean {
  const list = given === undefined ? [] : typeof given === 'string' ? [given] : given
  if (written === 'Null') return (list.length === 0) === (wanted[0] === 'true')
  const ifExists = written.endsWith('IfExists')
  const [name = '', set] = written.replace('IfExists', '').split(':').reverse()
  const negated = name.includes('Not')
  const one = (value: string): boolean => {
    const answers = wanted.map((each) => {
      const text = substituted(each, facts)
      return text === undefined ? undefined : compare(name.replace('Not', ''), value, text)
    })
    if (answers.includes(true)) return !negated
    if (!negated) return false
    return answers.includes(undefined) ? effect === 'Deny' : true
  }
  if (set === 'ForAllValues') return list.every(one)
  if (set === 'ForAnyValue') return list.some(one)
  if (list.length === 0) return ifExists || negated
  return effect === 'Allow' ? list.every(one) : list.some(one)
}

function compare(operator: string, given: string, wanted: string): boolean | undefined {
  if (operator === 'StringEquals') return given === unmarked(wanted)
  if (operator === 'StringEqualsIgnoreCase') return given.toLowerCase() === unmarked(wanted).toLowerCase()
  if (operator === 'StringLike') return glob(wanted).test(given)
  if (operator === 'NumericLessThan')
    return /^[0-9]+$/.test(given) ? Number(given) < Number(wanted) : undefined
  if (operator === 'NumericEquals')
    return /^[0-9]+$/.test(given) ? Number(given) === Number(wanted) : undefined
  throw new Error(operator)
}

const VARIABLE = /\$\{aws:username\}/g
/** A value's characters are marked, so that an asterisk among them is none of the policy's. */
const MARK = '\u{F0000}'
function substituted(pattern: string, facts: NaiveCall['facts']): string | undefined {
  const value = facts['aws:username']
  if (!pattern.includes('${aws:username}')) return pattern
  if (typeof value !== 'string') return undefined
  return pattern.replace(VARIABLE, () => [...value].map((each) => MARK + each).join(''))
}
const unmarked = (text: string): string => text.replaceAll(MARK, '')

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replace(
      /\u{F0000}(.)|([*?])|([^*?])/gsu,
      (_, marked: string | undefined, wild: string | undefined, other: string | undefined) =>
        wild === undefined
          ? (marked ?? other ?? '').replace(/[\\^$.+()[\]{}|*?]/g, '\\$&')
          : wild === '*'
            ? '.*'
            : '.',
    )}$`,
    's',
  )

function arnLike(pattern: string, arn: string): boolean {
  if (pattern === '*') return true
  const [asked, given] = [pattern, arn].map((text) => {
    const fields = text.split(':')
    return [...fields.slice(0, 5), ...(fields.length > 5 ? [fields.slice(5).join(':')] : [])]
  }) as [string[], string[]]
  return given.every((field, i) => glob(asked[i] ?? '*').test(field))
}

import type { Condition } from './conditions.ts'
import type { Expression, Known } from './expressions.ts'
import type { Place } from './nodes.ts'
import type { Problems } from './problems.ts'
import type { Template } from './template.ts'

/** What names stand for. */
export type Names = {
  readonly template: Template
  /** Parameters and pseudo parameters; and resources as `Ref` gives them. */
  readonly ref: (name: string, place: Place) => Known
  readonly attribute: (resource: string, name: string, place: Place) => Known
}

type Resolving = { readonly names: Names; readonly path: string; readonly problems: Problems }

/** Carries out every function whose arguments are known. What isn't known yet stays `later`. */
export function resolve(expression: Expression, names: Names, path: string, problems: Problems): Known {
  return resolved(expression, { names, path, problems })
}

function resolved(expression: Expression, at: Resolving): Known {
  switch (expression.kind) {
    case 'text':
    case 'nothing':
    case 'later':
      return expression
    case 'list': {
      const items = expression.items.map((item) => resolved(item, at)).filter((it) => it.kind !== 'nothing')
      return { ...expression, items }
    }
    case 'map': {
      const entries = expression.entries
        .map((entry) => ({ ...entry, value: resolved(entry.value, at) }))
        .filter(({ value }) => value.kind !== 'nothing')
      return { ...expression, entries }
    }
    case 'ref':
      return at.names.ref(expression.name, expression.place)
    case 'attribute':
      return at.names.attribute(expression.resource, expression.name, expression.place)
    case 'join':
      return joined(expression.separator, resolved(expression.of, at), expression.place, at)
    case 'split':
      return split(expression.separator, resolved(expression.of, at), expression.place, at)
    case 'select':
      return selected(resolved(expression.index, at), resolved(expression.of, at), expression.place, at)
    case 'if': {
      const holds = conditionHolds(expression.condition, at.names, at.problems)
      return resolved(holds ? expression.then : expression.otherwise, at)
    }
    case 'find':
      return found(expression, at)
  }
}

function refused(place: Place, message: string, { problems, path }: Resolving): Known {
  problems.add(place, path, message)
  return { kind: 'nothing', place }
}

function joined(separator: string, of: Known, place: Place, at: Resolving): Known {
  if (of.kind === 'later') return of
  if (of.kind !== 'list') return refused(place, 'Fn::Join: a list of texts is expected', at)
  const texts: string[] = []
  let secret = false
  let later: Known | undefined
  for (const item of of.items) {
    if (item.kind === 'later') later ??= { ...item, place }
    else if (item.kind !== 'text') return refused(item.place, 'can’t be a part of a text: it isn’t one', at)
    else {
      texts.push(item.text)
      secret ||= item.secret === true
    }
  }
  return later ?? { kind: 'text', place, text: texts.join(separator), ...(secret ? { secret } : {}) }
}

function split(separator: string, of: Known, place: Place, at: Resolving): Known {
  if (of.kind === 'later') return of
  if (of.kind !== 'text') return refused(place, 'Fn::Split: a text is expected', at)
  const items = of.text.split(separator).map((text): Known => ({ ...of, place, text }))
  return { kind: 'list', place, items }
}

function selected(index: Known, of: Known, place: Place, at: Resolving): Known {
  if (of.kind === 'later') return of
  const number = index.kind === 'text' && /^\d+$/.test(index.text) ? Number(index.text) : undefined
  if (of.kind !== 'list') return refused(place, 'Fn::Select: a list is expected', at)
  const item = number === undefined ? undefined : of.items[number]
  if (item === undefined)
    return refused(place, `Fn::Select: a number from 0 to ${of.items.length - 1} is expected first`, at)
  return resolved(item, at)
}

function found(expression: Extract<Expression, { kind: 'find' }>, at: Resolving): Known {
  const { place, map } = expression
  const keys = [resolved(expression.first, at), resolved(expression.second, at)]
  const [first, second] = keys.map((key) => (key.kind === 'text' ? key.text : undefined))
  if (first === undefined || second === undefined)
    return refused(place, 'Fn::FindInMap: the keys must be known before anything is made', at)
  const value = at.names.template.mappings.get(map)?.get(first)?.get(second)
  if (value === undefined) return refused(place, `there is no ${first}.${second} in the map ${map}`, at)
  return resolved(value, at)
}

/** Whether a condition of the template holds. One that leans on itself is a problem, and doesn't. */
export function conditionHolds(name: string, names: Names, problems: Problems): boolean {
  return holds(name, names, problems, [])
}

function holds(name: string, names: Names, problems: Problems, path: readonly string[]): boolean {
  const condition = names.template.conditions.get(name)
  if (condition === undefined) return false
  if (path.includes(name)) {
    const round = [...path.slice(path.indexOf(name)), name].join(' → ')
    problems.add(condition.place, `Conditions.${name}`, `leans on itself: ${round}`)
    return false
  }
  const where = `Conditions.${name}`
  const ask = (it: Condition): boolean => {
    switch (it.kind) {
      case 'named':
        return holds(it.name, names, problems, [...path, name])
      case 'not':
        return !ask(it.of)
      case 'and':
        return it.of.every(ask)
      case 'or':
        return it.of.some(ask)
      case 'equals': {
        const [left, right] = [it.left, it.right].map((side) => resolve(side, names, where, problems))
        return JSON.stringify(plain(left)) === JSON.stringify(plain(right))
      }
    }
  }
  return ask(condition)
}

/** Without places: for comparing. */
function plain(known: Expression | undefined): unknown {
  if (known?.kind === 'text') return known.text
  if (known?.kind === 'list') return known.items.map(plain)
  return undefined
}

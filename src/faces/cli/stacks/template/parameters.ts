import { usage } from '../../failure.ts'
import type { Known } from './expressions.ts'
import type { Place } from './nodes.ts'
import { suggestion } from './problems.ts'
import type { Parameter, Template } from './template.ts'

/** Values of a template's parameters, by name. */
export type ParameterValues = ReadonlyMap<string, string>

/**
 * The value of every parameter: as given, or else its default.
 * @throws CliFailure with exit code 2 naming each that is missing, unknown, or not what the template allows
 */
export function parameterValues(template: Template, given: ReadonlyMap<string, string>): ParameterValues {
  const values = new Map<string, string>()
  const wrong: string[] = []
  for (const name of given.keys())
    if (!template.parameters.has(name))
      wrong.push(`${name}: the template has no such parameter${suggestion(name, template.parameters.keys())}`)
  for (const [name, parameter] of template.parameters) {
    const value = given.get(name) ?? parameter.default
    if (value === undefined) {
      wrong.push(`${name}: has no default; give it a value: --parameter ${name}=…`)
      continue
    }
    const fault = faultOf(parameter, value)
    if (fault === undefined) values.set(name, value)
    else wrong.push(`${name}: ${parameter.noEcho ? 'the value' : JSON.stringify(value)} ${fault}`)
  }
  if (wrong.length > 0) throw usage('the template’s parameters aren’t what it asks for', ...wrong)
  return values
}

function faultOf(parameter: Parameter, value: string): string | undefined {
  const each = isList(parameter) ? listItems(value) : [value]
  const faults = each.map((item) => itemFault(parameter, item)).filter((fault) => fault !== undefined)
  const [first] = faults
  return first === undefined ? undefined : (parameter.constraintDescription ?? first)
}

function itemFault(parameter: Parameter, value: string): string | undefined {
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = parameter
  if (allowedValues !== undefined && !allowedValues.includes(value))
    return `is none of ${allowedValues.join(', ')}${suggestion(value, allowedValues)}`
  if (allowedPattern?.test(value) === false) return `doesn’t match ${allowedPattern.source.slice(4, -2)}`
  if (value.length < (minLength ?? 0)) return `is shorter than ${minLength}`
  if (value.length > (maxLength ?? Infinity)) return `is longer than ${maxLength}`
  if (parameter.type !== 'Number' && parameter.type !== 'List<Number>') return undefined
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) return 'is no number'
  if (number < (minValue ?? -Infinity)) return `is less than ${minValue}`
  if (number > (maxValue ?? Infinity)) return `is more than ${maxValue}`
  return undefined
}

const isList = ({ type }: Parameter): boolean => type === 'CommaDelimitedList' || type === 'List<Number>'

/** Items of a list that is written with commas; blanks around them don't count. */
const listItems = (value: string): string[] =>
  value === '' ? [] : value.split(',').map((item) => item.trim())

/** A parameter's value as a template's expressions see it. */
export function parameterExpression(parameter: Parameter, value: string, place: Place): Known {
  const text = (item: string): Known => ({
    kind: 'text',
    place,
    text: item,
    ...(parameter.noEcho ? { secret: true } : {}),
  })
  return isList(parameter) ? { kind: 'list', place, items: listItems(value).map(text) } : text(value)
}

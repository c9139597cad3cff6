import { PRESIGNED_PARAMETERS } from '../../../core/domain/sigv4/claim.ts'
import { AwsRefusal } from '../refusals.ts'
import type { Shape, StructureShape } from '../shapes/shape.ts'

/** Names and values of a form; a list of the query protocol has numbers in its names: `Tags.member.1.Key`. */
export type Form = ReadonlyMap<string, string>

/** Deeper or longer than any input: bounds what is built from a form. */
const MOST_FIELDS = 1000

/** @throws AwsRefusal for what is there twice, isn't UTF-8, or has more than a thousand fields */
export function formFrom(text: string): Form {
  const form = new Map<string, string>()
  for (const pair of text.split('&', MOST_FIELDS + 1)) {
    if (pair === '') continue
    if (form.size === MOST_FIELDS) throw malformedForm(`there are more than ${MOST_FIELDS} fields`)
    const equals = pair.indexOf('=')
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals))
    // The signature is no part of the input.
    if (PRESIGNED_PARAMETERS.has(name)) continue
    if (form.has(name)) throw malformedForm(`${name.slice(0, 100)}: is there twice`)
    form.set(name, equals === -1 ? '' : decoded(pair.slice(equals + 1)))
  }
  return form
}

const malformedForm = (message: string): AwsRefusal => new AwsRefusal('MalformedQueryString', message)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformedForm('the form holds a percent escape that is not UTF-8')
  }
}

/** A form as the JSON that it would be. */
export function jsonFromForm({ members }: StructureShape, form: Form, prefix = ''): Record<string, unknown> {
  const json: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(members)) {
    const value = valueAt(member, form, `${prefix}${name}`)
    if (value !== undefined) json[name] = value
  }
  return json
}

function valueAt(shape: Shape, form: Form, name: string): unknown {
  switch (shape.kind) {
    case 'structure': {
      const value = jsonFromForm(shape, form, `${name}.`)
      return Object.keys(value).length === 0 ? undefined : value
    }
    case 'list': {
      const items: unknown[] = []
      for (let index = 1; ; index++) {
        const item = valueAt(shape.of, form, `${name}.member.${index}`)
        if (item === undefined) return items.length === 0 ? undefined : items
        items.push(item)
      }
    }
    case 'integer':
    case 'long':
    case 'double': {
      const text = form.get(name)
      return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
    }
    case 'boolean': {
      const text = form.get(name)
      return text === 'true' ? true : text === 'false' ? false : text
    }
    default:
      return form.get(name)
  }
}

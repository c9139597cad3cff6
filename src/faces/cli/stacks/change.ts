import { checkShape } from './check-shape.ts'
import { differencesOf, isEqual, type Difference } from './differences.ts'
import { record, type Json, type JsonProperties, type Properties } from './shapes.ts'
import type { Made } from './state.ts'
import type { Problems } from './template/problems.ts'
import { resolve, type Names } from './template/resolve.ts'
import type { Resource } from './template/template.ts'
import { typeNamed } from './types/resource-types.ts'

/** How a resource was found to be. */
export type Live = {
  /** Why it can't be used any more; undefined: it is there. */
  readonly gone?: string
  /** Properties that aren't what the stack made them; undefined: it hasn't got them any more. */
  readonly properties?: Readonly<Record<string, Json | undefined>>
  /** What whoever looks should know. */
  readonly remarks?: readonly string[]
}

export type Change = {
  readonly logicalId: string
  readonly resource: Resource
  readonly action: 'keep' | 'create' | 'update' | 'replace'
  readonly before: Made | undefined
  readonly properties: Properties
  readonly differences: readonly Difference[]
  /** What somebody else has done to it. */
  readonly drift: readonly string[]
}

/**
 * What is to be done about a resource, so that it is what the template says.
 * @param before what the stack has under that name
 * @param live how that was found to be
 */
export function changeOf(
  logicalId: string,
  resource: Resource,
  names: Names,
  before: Made | undefined,
  live: Live | undefined,
  problems: Problems,
): Change {
  const { properties, secrets } = desired(logicalId, resource, names, problems)
  const drift = driftOf(before, live)
  const base = { logicalId, resource, before, properties, drift }
  if (before === undefined || live?.gone !== undefined)
    return { ...base, action: 'create', differences: differencesOf(resource.type, {}, properties, secrets) }
  if (before.type !== resource.type)
    return { ...base, action: 'replace', differences: differencesOf(resource.type, {}, properties, secrets) }
  const found = overlaid(before.properties, live?.properties ?? {})
  const differences = differencesOf(resource.type, found, properties, secrets)
  const action =
    differences.length === 0
      ? 'keep'
      : differences.some(({ change }) => change === 'replacement')
        ? 'replace'
        : 'update'
  return { ...base, action, differences }
}

function desired(
  logicalId: string,
  resource: Resource,
  names: Names,
  problems: Problems,
): { readonly properties: Properties; readonly secrets: ReadonlySet<string> } {
  const path = `Resources.${logicalId}.Properties`
  const type = typeNamed(resource.type)
  const within: Problems = {
    all: problems.all,
    add: (place, where, message) => problems.add(place, fullPath(path, where), message),
  }
  const known = resolve(resource.properties, names, path, within)
  const secrets = new Set<string>()
  const value = checkShape(record(type.properties), known, '', { problems: within, secrets })
  // What isn't a record was a problem already.
  const properties = (typeof value === 'object' ? value : {}) as Properties
  for (const fault of type.faults?.(properties) ?? []) {
    const [name] = fault.path.split(/[.[]/, 1)
    const entries = resource.properties.kind === 'map' ? resource.properties.entries : []
    const place = entries.find(({ key }) => key === name)?.place ?? resource.place
    within.add(place, fault.path, fault.message)
  }
  return { properties, secrets }
}

/** Paths of properties begin at the properties; those of other parts of the template at its top. */
const fullPath = (path: string, where: string): string =>
  where === '' ? path : /^(Resources|Conditions)\./.test(where) ? where : `${path}.${where}`

function overlaid(
  recorded: JsonProperties,
  live: Readonly<Record<string, Json | undefined>>,
): JsonProperties {
  const found = Object.entries({ ...recorded, ...live })
  return Object.fromEntries(found.filter((entry): entry is [string, Json] => entry[1] !== undefined))
}

function driftOf(before: Made | undefined, live: Live | undefined): readonly string[] {
  if (before === undefined || live === undefined) return []
  const changed = Object.entries(live.properties ?? {})
    .filter(([name, value]) => !isEqual(before.properties[name], value))
    .map(([name]) => `${name} was changed outside the stack`)
  return [...(live.gone === undefined ? [] : [live.gone]), ...changed, ...(live.remarks ?? [])]
}

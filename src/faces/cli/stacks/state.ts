import type { StackDocumentJson, StackResourceJson } from '../../../contract/index.ts'
import type { JsonProperties } from './shapes.ts'
import { isTypeName, type TypeName } from './types/resource-types.ts'

/** Something that was made from a template. */
export type Made = Omit<StackResourceJson, 'type' | 'properties'> & {
  readonly type: TypeName
  readonly properties: JsonProperties
}
/** By logical id. */
export type Resources = Readonly<Record<string, Made>>
/** What is kept about a stack; see contract/schemas/stacks.ts. */
export type Document = Omit<StackDocumentJson, 'resources' | 'baseline' | 'pending' | 'leftovers'> & {
  readonly resources: Resources
  readonly baseline?: Resources | undefined
  readonly pending?: Pending | undefined
  readonly leftovers: readonly Leftover[]
}
export type Pending = Omit<NonNullable<StackDocumentJson['pending']>, 'type' | 'properties'> & {
  readonly type: TypeName
  readonly properties: JsonProperties
}
export type Leftover = Made & { readonly logicalId: string }

export const EMPTY_DOCUMENT: Document = {
  status: 'APPLYING',
  operation: '',
  parameters: {},
  resources: {},
  outputs: {},
  leftovers: [],
}

/** The part of a stack's answer that is put back with each change. */
export function documentFrom(given: StackDocumentJson): Document {
  const {
    status,
    reason,
    description,
    operation,
    parameters,
    resources,
    outputs,
    baseline,
    pending,
    leftovers,
  } = given
  const types = [...Object.values(resources), ...leftovers].map(({ type }) => type)
  const unknown = types.find((type) => !isTypeName(type))
  if (unknown !== undefined)
    throw new Error(
      `the stack has a resource of type ${unknown}, which this version of the program doesn’t know`,
    )
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(description === undefined ? {} : { description }),
    operation,
    parameters,
    // What was put there were these types: the server gives back what it was given.
    resources: resources as Resources,
    outputs,
    ...(baseline === undefined ? {} : { baseline: baseline as Resources }),
    ...(pending === undefined ? {} : { pending: pending as Pending }),
    leftovers: leftovers as readonly Leftover[],
  }
}

/** Whether two records speak of the same thing. */
export const isSame = (a: Pick<Made, 'type' | 'physicalId'>, b: Pick<Made, 'type' | 'physicalId'>): boolean =>
  a.type === b.type && a.physicalId === b.physicalId

/** Whether something is among resources, under whatever name. */
export const isAmong = (made: Made, resources: Resources): boolean =>
  Object.values(resources).some((each) => isSame(each, made))

/** Names of resources, each before everything that it leans on: the order to take them away in. */
export function inReverse(resources: Resources): readonly string[] {
  const sorted: string[] = []
  const visit = (name: string, above: readonly string[]): void => {
    const made = resources[name]
    if (made === undefined || sorted.includes(name) || above.includes(name)) return
    for (const other of made.dependsOn) visit(other, [...above, name])
    sorted.push(name)
  }
  for (const name of Object.keys(resources)) visit(name, [])
  return sorted.reverse()
}

import { changeOf, type Change, type Live } from './change.ts'
import { namesFor, type KnownResource, type StackPlace } from './names.ts'
import { inReverse, isAmong, type Leftover, type Resources } from './state.ts'
import type { ParameterValues } from './template/parameters.ts'
import { newProblems, refuseProblems, type Problems } from './template/problems.ts'
import { conditionHolds, resolve } from './template/resolve.ts'
import type { Template } from './template/template.ts'
import { typeNamed } from './types/resource-types.ts'

/** What is planned from. */
export type Wanted = {
  readonly template: Template
  readonly fileName: string
  readonly values: ParameterValues
  readonly place: StackPlace
}

/** What applying a template does, in this order: changes, then what isn't wanted any more. */
export type Plan = {
  readonly changes: readonly Change[]
  readonly removals: readonly Removal[]
  /** What the template wants told, as far as it is known. */
  readonly outputs: Outputs
}
export type Outputs = ReadonlyMap<
  string,
  { readonly value: string | undefined; readonly description: string | undefined }
>
export type Removal = {
  readonly logicalId: string
  readonly made: Leftover
  /** Why it goes. */
  readonly because: 'not in the template' | 'replaced' | 'left over'
  /** Whether only the stack forgets it. */
  readonly retained: boolean
}

/**
 * What has to be done so that everything is what a template says.
 * @param resources what the stack has
 * @param live how those were found to be
 * @param leftovers what an apply before this one still had to take away
 * @throws CliFailure with exit code 2 naming every property that is wrong
 */
export function planOf(
  wanted: Wanted,
  resources: Resources,
  live: ReadonlyMap<string, Live>,
  leftovers: readonly Leftover[] = [],
): Plan {
  const problems = newProblems()
  const known = new Map<string, KnownResource>()
  const changes: Change[] = []
  for (const [logicalId, resource] of wantedResources(wanted, problems)) {
    const names = namesFor(wanted.template, wanted.values, wanted.place, known, problems)
    const change = changeOf(logicalId, resource, names, resources[logicalId], live.get(logicalId), problems)
    changes.push(change)
    known.set(logicalId, afterwards(change))
  }
  const outputs = outputsOf(wanted, known, problems)
  refuseProblems(wanted.fileName, problems)
  return { changes, removals: removalsOf(changes, resources, live, leftovers), outputs }
}

/** Resources whose condition holds, each after everything that it leans on. */
export const wantedResources = ({ template, values, place }: Wanted, problems: Problems) => {
  const names = namesFor(template, values, place, new Map(), problems)
  return [...template.resources].filter(
    ([, { condition }]) => condition === undefined || conditionHolds(condition, names, problems),
  )
}

/** What will be known of a resource once the change is made. */
function afterwards({ action, before, resource }: Change): KnownResource {
  if (before === undefined || action === 'create' || action === 'replace')
    return { ref: undefined, attributes: {} }
  const { changing } = typeNamed(resource.type)
  const attributes = Object.entries(before.attributes).map(
    ([name, value]) => [name, action === 'update' && changing.includes(name) ? undefined : value] as const,
  )
  return { ref: before.physicalId, attributes: Object.fromEntries(attributes) }
}

/** The outputs whose condition holds; undefined values for those that aren't known yet. */
export function outputsOf(
  { template, values, place }: Wanted,
  resources: ReadonlyMap<string, KnownResource>,
  problems: Problems,
): Outputs {
  const names = namesFor(template, values, place, resources, problems)
  const outputs = new Map<string, { value: string | undefined; description: string | undefined }>()
  for (const [name, { value, condition, description }] of template.outputs) {
    if (condition !== undefined && !conditionHolds(condition, names, problems)) continue
    const path = `Outputs.${name}.Value`
    const known = resolve(value, names, path, problems)
    if (known.kind === 'text')
      outputs.set(name, { value: known.secret === true ? '****' : known.text, description })
    else if (known.kind === 'later') outputs.set(name, { value: undefined, description })
    else problems.add(known.place, path, 'a single value is expected')
  }
  return outputs
}

function removalsOf(
  changes: readonly Change[],
  resources: Resources,
  live: ReadonlyMap<string, Live>,
  leftovers: readonly Leftover[],
): readonly Removal[] {
  const byName = new Map(changes.map((change) => [change.logicalId, change]))
  const kept: Resources = Object.fromEntries(
    changes.flatMap(({ logicalId, before, action }) =>
      before !== undefined && (action === 'keep' || action === 'update') ? [[logicalId, before]] : [],
    ),
  )
  const going = inReverse(resources).flatMap((logicalId): Removal[] => {
    const made = resources[logicalId]
    const change = byName.get(logicalId)
    // What is gone needs no taking away; what goes on under another name isn't taken away.
    if (made === undefined || isAmong(made, kept) || live.get(logicalId)?.gone !== undefined) return []
    const because = change === undefined ? 'not in the template' : 'replaced'
    const policy = change === undefined ? made.deletionPolicy : made.updateReplacePolicy
    return [{ logicalId, made: { logicalId, ...made }, because, retained: policy === 'Retain' }]
  })
  const left = leftovers.map((made): Removal => {
    return { logicalId: made.logicalId, made, because: 'left over', retained: false }
  })
  return [...going, ...left]
}

/** Whether there is nothing to do. */
export const isEmpty = ({ changes, removals }: Plan): boolean =>
  removals.length === 0 && changes.every(({ action, before }) => action === 'keep' && before?.ready === true)

import type { Problems } from './problems.ts'
import type { Resource } from './template.ts'

/** Resources, each after everything it leans on. Resources that lean on themselves, round about, are a problem. */
export function inOrder(
  resources: ReadonlyMap<string, Resource>,
  problems: Problems,
): ReadonlyMap<string, Resource> {
  const sorted = new Map<string, Resource>()
  const path: string[] = []
  const visit = (name: string): void => {
    const resource = resources.get(name)
    if (resource === undefined || sorted.has(name)) return
    if (path.includes(name)) {
      const round = [...path.slice(path.indexOf(name)), name]
      problems.add(resource.place, `Resources.${name}`, `leans on itself: ${round.join(' → ')}`)
      return
    }
    path.push(name)
    // What isn't a resource is a parameter.
    const dependsOn = resource.dependsOn.filter((other) => resources.has(other))
    for (const other of dependsOn) visit(other)
    path.pop()
    sorted.set(name, { ...resource, dependsOn })
  }
  for (const name of resources.keys()) visit(name)
  return sorted
}

import { attributesOf } from '../types/resource-types.ts'
import { conditionReferences } from './conditions.ts'
import { referencesIn, type Reference } from './expressions.ts'
import { suggestion, type Problems } from './problems.ts'
import { PSEUDO_PARAMETERS, type Template } from './template.ts'

/** Says which names lead nowhere: parameters, resources and their attributes, conditions, mappings. */
export function checkReferences(template: Template, problems: Problems): void {
  for (const [name, condition] of template.conditions) {
    const path = `Conditions.${name}`
    for (const reference of conditionReferences(condition)) {
      if (
        reference.kind === 'attribute' ||
        (reference.kind === 'ref' && template.resources.has(reference.name))
      )
        problems.add(reference.place, path, 'a condition can’t ask a resource, only parameters and mappings')
      else checkReference(template, reference, path, problems)
    }
  }
  for (const [name, { properties, condition, dependsOn, place }] of template.resources) {
    const path = `Resources.${name}`
    const known = new Set<string>()
    for (const reference of referencesIn(properties)) {
      checkReference(template, reference, path, problems)
      if (reference.kind === 'ref') known.add(reference.name)
      if (reference.kind === 'attribute') known.add(reference.resource)
    }
    if (condition !== undefined)
      checkReference(template, { kind: 'condition', place, name: condition }, path, problems)
    for (const other of dependsOn)
      if (!known.has(other) && !template.resources.has(other))
        problems.add(
          place,
          `${path}.DependsOn`,
          `there is no resource ${other}${suggestion(other, template.resources.keys())}`,
        )
  }
  for (const [name, { value, condition, place }] of template.outputs) {
    const path = `Outputs.${name}`
    for (const reference of referencesIn(value)) checkReference(template, reference, path, problems)
    if (condition !== undefined)
      checkReference(template, { kind: 'condition', place, name: condition }, path, problems)
  }
}

function checkReference(template: Template, reference: Reference, path: string, problems: Problems): void {
  const { place } = reference
  switch (reference.kind) {
    case 'condition':
      return missing(template.conditions, reference.name, 'condition')
    case 'mapping':
      return missing(template.mappings, reference.name, 'map in Mappings')
    case 'ref': {
      const { name } = reference
      if (template.parameters.has(name) || template.resources.has(name) || isPseudo(name)) return
      const known = [...template.parameters.keys(), ...template.resources.keys(), ...PSEUDO_PARAMETERS]
      problems.add(place, path, `there is no parameter and no resource ${name}${suggestion(name, known)}`)
      return
    }
    case 'attribute': {
      const resource = template.resources.get(reference.resource)
      if (resource === undefined) return missing(template.resources, reference.resource, 'resource')
      const attributes = attributesOf(resource.type)
      if (attributes.includes(reference.name)) return
      const hint =
        attributes.length === 0
          ? '; it has none'
          : suggestion(reference.name, attributes) || `; it has ${attributes.join(', ')}`
      problems.add(place, path, `${resource.type} has no attribute ${reference.name}${hint}`)
    }
  }
  function missing(known: ReadonlyMap<string, unknown>, name: string, what: string): void {
    if (!known.has(name))
      problems.add(place, path, `there is no ${what} ${name}${suggestion(name, known.keys())}`)
  }
}

const isPseudo = (name: string): boolean => (PSEUDO_PARAMETERS as readonly string[]).includes(name)

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SERVICES } from '../../../src/faces/aws/models/index.ts'
import type { Member, Shape } from '../../../src/faces/aws/shapes/shape.ts'
import { MODELS } from '../../support/aws.ts'

/** A service as botocore has it. */
type Model = {
  readonly operations: Readonly<Record<string, ModelOperation>>
  readonly shapes: Readonly<Record<string, ModelShape>>
}
type ModelOperation = {
  readonly input?: { readonly shape: string }
  readonly output?: { readonly shape: string }
  readonly errors?: readonly { readonly shape: string }[]
  readonly http: { readonly method: string; readonly requestUri: string }
}
type ModelShape = {
  readonly type: string
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly location?: string }>>
  readonly member?: { readonly shape: string }
  readonly value?: { readonly shape: string }
  readonly required?: readonly string[]
  readonly union?: boolean
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
}

const modelOf = (path: string): Model =>
  JSON.parse(readFileSync(join(MODELS, path, 'service-2.json'), 'utf8')) as Model

const MODEL_OF: Readonly<Record<string, Model>> = {
  'acm-pca': modelOf('acm-pca/2017-08-22'),
  acm: modelOf('acm/2015-12-08'),
  ram: modelOf('ram/2018-01-04'),
}

/** What the newest client knows and this botocore doesn't (contract §1): added on purpose. */
const NEWER = /^acm:(ListCertificateDomainValidations\b|.*\b(ValidationMethod|UpdateSummary)\b)/

/** Everything that a shape says, as lines to compare; deeper than any, a recursive one ends. */
const MOST = 9

function linesOfOurs(shape: Member, path: string, depth = 0): readonly string[] {
  if (depth > MOST) return []
  if (shape.kind === 'recursive') return linesOfOurs(shape.of(), path, depth)
  const own = line(path, shape.kind, shape)
  const inner = (of: Shape, name: string) => linesOfOurs(of, `${path}${name}`, depth + 1)
  switch (shape.kind) {
    case 'structure':
      return [
        line(path, 'structure', { union: shape.union }),
        ...Object.entries(shape.members).flatMap(([name, member]) => [
          ...(member.required === true ? [`${path}.${name}: required`] : []),
          ...(member.location === undefined ? [] : [`${path}.${name}: in the ${member.location}`]),
          ...inner(member, `.${name}`),
        ]),
      ]
    case 'list':
      return [own, ...inner(shape.of, '[]')]
    case 'map':
      return [own, ...inner(shape.of, '{}')]
    case 'string':
      return [line(path, 'string', { ...shape, values: shape.values?.toSorted().join(' ') })]
    default:
      return [own]
  }
}

function linesOfModel({ shapes }: Model, name: string, path: string, depth = 0): readonly string[] {
  if (depth > MOST) return []
  const shape = shapes[name] as ModelShape
  const inner = (of: { shape: string } | undefined, step: string) =>
    linesOfModel({ shapes, operations: {} }, of?.shape ?? '', `${path}${step}`, depth + 1)
  switch (shape.type) {
    case 'structure':
      return [
        line(path, 'structure', { union: shape.union ?? false }),
        ...Object.entries(shape.members ?? {}).flatMap(([member, of]) => [
          ...(shape.required?.includes(member) === true ? [`${path}.${member}: required`] : []),
          ...(of.location === undefined ? [] : [`${path}.${member}: in the query`]),
          ...inner(of, `.${member}`),
        ]),
      ]
    case 'list':
      return [line(path, 'list', shape), ...inner(shape.member, '[]')]
    case 'map':
      return [line(path, 'map', shape), ...inner(shape.value, '{}')]
    case 'string':
      return [line(path, 'string', { ...shape, values: shape.enum?.toSorted().join(' ') })]
    default:
      return [line(path, shape.type, shape)]
  }
}

type Facts = { min?: unknown; max?: unknown; pattern?: unknown; values?: unknown; union?: unknown }
const line = (path: string, kind: string, { min, max, pattern, values, union }: object & Facts): string =>
  `${path}: ${JSON.stringify({ kind, min, max, pattern, values, union })}`

describe.each(
  SERVICES.filter(({ name }) => MODEL_OF[name] !== undefined).map((each) => [each.name, each] as const),
)('the table of %s is what the service’s model says', (service, { operations }) => {
  const model = MODEL_OF[service] as Model
  const names = [...new Set([...Object.keys(operations), ...Object.keys(model.operations)])].sort()

  test.each(names)('%s', (name) => {
    const ours = operations[name]
    const theirs = model.operations[name]
    const said = (lines: readonly string[]) =>
      new Set(lines.filter((each) => !NEWER.test(`${service}:${name} ${each}`)))
    const mine = said([
      ...(ours === undefined ? [] : linesOfOurs(ours.input, '.in')),
      ...(ours?.output === undefined ? [] : linesOfOurs(ours.output, '.out')),
      ...(ours?.errors.map((error) => `throws ${error}`) ?? []),
      ...(ours?.http === undefined ? [] : [`${ours.http.method} ${ours.http.path}`]),
    ])
    const other = said([
      ...(theirs?.input === undefined
        ? theirs === undefined
          ? []
          : ['.in: {"kind":"structure","union":false}']
        : linesOfModel(model, theirs.input.shape, '.in')),
      ...(theirs?.output === undefined ? [] : linesOfModel(model, theirs.output.shape, '.out')),
      ...(theirs?.errors ?? []).map(({ shape }) => `throws ${shape}`),
      ...(theirs === undefined || theirs.http.requestUri === '/'
        ? []
        : [`${theirs.http.method} ${theirs.http.requestUri}`]),
    ])
    expect({ beyond: [...mine.difference(other)], missing: [...other.difference(mine)] }).toEqual({
      beyond: [],
      missing: [],
    })
  })
})

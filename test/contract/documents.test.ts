import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openApiDocument } from '../../src/contract/openapi.ts'
import { PROBLEMS } from '../../src/contract/problems.ts'
import { errorsOf } from '../../src/contract/route.ts'
import { OPERATION_IDS, routeOf } from '../../src/contract/routes.ts'
import { ERROR_CODES } from '../../src/core/domain/errors.ts'

type Json = Record<string, unknown>
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }
const generated = openApiDocument(version)

/** Every object in a document with the path to it. */
function* objects(value: unknown, path: string): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [path, value as Json]
  for (const [key, member] of Object.entries(value)) yield* objects(member, `${path}/${key}`)
}

/** Problems that a careful reader of the document would report. */
function findings(document: Json): string[] {
  const found: string[] = []
  const { schemas } = document['components'] as { schemas: Json }
  const describedIn = (path: string, schema: Json): void => {
    if (typeof schema['$ref'] === 'string') return
    if (typeof schema['description'] !== 'string' || schema['description'] === '')
      found.push(`${path}: no description`)
    for (const [name, member] of Object.entries((schema['properties'] ?? {}) as Json))
      describedIn(`${path}.${name}`, member as Json)
    if (schema['items'] !== undefined) describedIn(`${path}[]`, schema['items'] as Json)
  }
  for (const [name, schema] of Object.entries(schemas)) describedIn(name, schema as Json)
  for (const [path, object] of objects(document, '')) {
    const ref = object['$ref']
    if (typeof ref !== 'string') continue
    const target = ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document)
    if (target === undefined) found.push(`${path}: ${ref} leads nowhere`)
  }
  return found
}

describe('OpenAPI document', () => {
  test('what is in docs/openapi.json is what the table says', () => {
    expect(JSON.parse(read('docs/openapi.json'))).toEqual(JSON.parse(JSON.stringify(generated)))
  })

  test('every schema and member has a description, and every reference leads somewhere', () => {
    expect(findings(generated)).toEqual([])
  })

  test('the linter sees what is missing', () => {
    const broken = structuredClone(generated) as { components: { schemas: Record<string, Json> } } & Json
    delete (broken.components.schemas['Account'] as { properties: Record<string, Json> }).properties[
      'name'
    ]?.['description']
    delete broken.components.schemas['Violation']
    expect(findings(broken)).toContain('Account.name: no description')
    expect(findings(broken).some((it) => it.endsWith('#/components/schemas/Violation leads nowhere'))).toBe(
      true,
    )
  })

  test('operation ids are unique and every operation lists its errors', () => {
    const operations = Object.values(generated['paths'] as Record<string, Record<string, Json>>).flatMap(
      (item) => Object.values(item),
    )
    const ids = operations.map((operation) => String(operation['operationId']))
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(ids)).toEqual(new Set(OPERATION_IDS))
    for (const operation of operations) {
      const route = routeOf(operation['operationId'] as (typeof OPERATION_IDS)[number])
      const statuses = new Set(Object.keys(operation['responses'] as Json))
      for (const code of errorsOf(route)) expect(statuses).toContain(String(PROBLEMS[code].status))
    }
  })

  test('path parameters in braces are those of the schema', () => {
    for (const id of OPERATION_IDS) {
      const { path, request } = routeOf(id)
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(Object.keys(request.params?.shape ?? {})).toEqual(named)
    }
  })
})

describe('docs/errors.md', () => {
  const page = read('docs/errors.md')
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  )

  test('has a section for every code and no other', () => {
    expect([...sections.keys()]).toEqual([...ERROR_CODES])
  })

  test.each(ERROR_CODES)('%s: status, meaning and an example', (code) => {
    const section = sections.get(code) ?? ''
    const { status, title, meaning, example } = PROBLEMS[code]
    expect(section).toContain(`HTTP ${status}. ${meaning}`)
    const document = JSON.parse(/```json\n(.*?)```/s.exec(section)?.[1] ?? '') as Json
    expect(document).toMatchObject({ code, status, title, detail: example, type: `/problems/${code}` })
  })
})

import { z } from 'zod'
import type { ErrorCode } from '../core/domain/errors.ts'
import { problemExample } from './errors-page.ts'
import { PROBLEMS } from './problems.ts'
import { errorsOf, type OtherMedia, type Route } from './route.ts'
import { OPERATION_IDS, routeOf } from './routes.ts'
import { problem } from './schemas/common.ts'

type Json = Record<string, unknown>

const DESCRIPTION =
  'A self-hosted private certificate authority. Times are RFC 3339 in UTC. Errors are problem documents (RFC 9457). ' +
  'Unknown members and unknown query parameters are refused. Lists come in pages: pass `next` as `cursor`.'

const HEADERS = {
  Region: {
    name: 'Chancery-Region',
    in: 'header',
    required: false,
    description: 'The region to act in; the installation’s global region when absent.',
    schema: { type: 'string', description: 'A region name.', examples: ['eu-central-1'] },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Names this request, for a day and its sender: sent again, it makes nothing new and answers with what the first ' +
      'made, as it is now. A secret that the first answer had is not shown again: that is a 409 `idempotency_done`, and so ' +
      'is what was removed since. With another body it is a 422 `idempotency_mismatch`.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
      description: '1 to 255 visible ASCII characters.',
      examples: ['4f1d2c3b-4a59-4877-8c1b-2f602a8e4c59'],
    },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'Answers 304 when the resource still has one of these ETags.',
    schema: { type: 'string', description: 'ETags or `*`.', examples: ['"r2Q0vX3hHk1sT9aB"'] },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'Does it only if the resource has one of these ETags; 412 otherwise.',
    schema: { type: 'string', description: 'ETags or `*`.', examples: ['"r2Q0vX3hHk1sT9aB"'] },
  },
} as const

/** The whole API as an OpenAPI 3.1 document; the same table always gives the same document. */
export function openApiDocument(version: string): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const id of OPERATION_IDS) {
    const route = routeOf(id)
    const item = (paths[route.path] ??= {})
    item[route.method.toLowerCase()] = operationOf(route, components)
  }
  const problemRef = components.of(problem)
  const tags = [...new Set(OPERATION_IDS.map((id) => routeOf(id).tag))]
  return {
    openapi: '3.1.1',
    info: {
      title: 'Chancery',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    security: [{ bearer: [] }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of this installation.' },
      },
      parameters: HEADERS,
      responses: problemResponses(problemRef),
      schemas: components.schemas(),
    },
  }
}

/** Turns schemas into JSON Schema; those with an id are written once and referred to. */
class Components {
  readonly #found: Json = {}

  of(schema: z.ZodType): Json {
    const {
      $schema: _,
      $defs,
      ...json
    } = z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-2020-12',
      unrepresentable: 'throw',
      reused: 'inline',
    }) as Json
    for (const [id, definition] of Object.entries(($defs ?? {}) as Json))
      this.#found[id] ??= rewritten(definition)
    const own = rewritten(json) as Json
    const id = schema.meta()?.id
    if (id === undefined) return own
    this.#found[id] ??= own
    return { $ref: `#/components/schemas/${id}` }
  }

  schemas(): Json {
    return Object.fromEntries(Object.entries(this.#found).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** JSON Schema's `$defs` as OpenAPI's components; `id` is zod's, no keyword of JSON Schema. */
function rewritten(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(rewritten)
  if (typeof json !== 'object' || json === null) return json
  const entries = Object.entries(json).flatMap(([key, value]): [string, unknown][] => {
    if (key === '$ref' && typeof value === 'string') {
      return [[key, value.replace('#/$defs/', '#/components/schemas/')]]
    }
    if (key === 'id' && typeof value === 'string') return []
    return [[key, rewritten(value)]]
  })
  return Object.fromEntries(entries)
}

function operationOf(route: Route, components: Components): Json {
  const { query, params } = route.request
  const headers: (keyof typeof HEADERS)[] = ['Region']
  if (route.idempotent) headers.push('IdempotencyKey')
  if (route.etag) headers.push(route.method === 'PATCH' ? 'IfMatch' : 'IfNoneMatch')
  return {
    operationId: route.operationId,
    ...(route.anonymous === true ? { security: [] } : {}),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: [
      ...parametersOf(params, 'path', components),
      ...parametersOf(query, 'query', components),
      ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(route.request.body === undefined ? {} : { requestBody: bodyOf(route, components) }),
    responses: responsesOf(route, components),
    'x-error-codes': errorsOf(route),
  }
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: 'path' | 'query',
  components: Components,
): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, member]) => {
    const json = components.of(member as z.ZodType)
    return {
      name,
      in: place,
      required: place === 'path' || !(member as z.ZodType).safeParse(undefined).success,
      description: json['description'],
      schema: json,
    }
  })
}

function bodyOf(route: Route, components: Components): Json {
  const content: Json = {
    'application/json': { schema: components.of(route.request.body as z.ZodType) },
    ...mediaOf(route.request.otherBodies ?? []),
  }
  return { required: true, content }
}

const mediaOf = (media: readonly OtherMedia[]): Json =>
  Object.fromEntries(
    media.map(({ type, description }) => [
      type,
      { schema: { type: 'string', format: 'binary', description } },
    ]),
  )

function responsesOf(route: Route, components: Components): Json {
  const { status, description, body, otherMedia = [] } = route.response
  const content = {
    ...(body === undefined ? {} : { 'application/json': { schema: components.of(body) } }),
    ...mediaOf(otherMedia),
  }
  const statuses = [...new Set(errorsOf(route).map((code) => PROBLEMS[code].status))].sort((a, b) => a - b)
  return {
    [status]: {
      description,
      ...(route.etag
        ? {
            headers: {
              ETag: { description: 'The version.', schema: { type: 'string', description: 'An ETag.' } },
            },
          }
        : {}),
      ...(Object.keys(content).length === 0 ? {} : { content }),
    },
    ...(route.etag && route.method === 'GET' ? { 304: { description: 'It has not changed.' } } : {}),
    ...Object.fromEntries(statuses.map((it) => [it, { $ref: `#/components/responses/Problem${it}` }])),
  }
}

/** One response a status, with an example for each code that has it. */
function problemResponses(schema: Json): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of Object.keys(PROBLEMS) as ErrorCode[]) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      `Problem${status}`,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join('\n\n'),
        content: {
          'application/problem+json': {
            schema,
            examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
          },
        },
      },
    ]),
  )
}

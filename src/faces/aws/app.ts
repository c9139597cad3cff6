import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { observe } from '../http/app.ts'
import { bodyOnce, type BodyReader } from '../http/body-once.ts'
import { exchangeOf } from '../http/exchange.ts'
import { answerableError, headersFor } from '../http/problem.ts'
import { passGate, type ApiOptions } from '../http/gate.ts'
import { auditedCall } from './audited-call.ts'
import { authenticateCaller } from './authenticate.ts'
import { COMMON_TABLE, spokenError, type Circumstances } from './errors.ts'
import type { AwsFace } from './face.ts'
import { AwsRefusal } from './refusals.ts'
import type { Operation, Served, Service } from './service-model.ts'
import { servedBy } from './models/index.ts'
import { readInput } from './shapes/read.ts'
import { JSON_1_1 } from './wire/json-1-1.ts'
import { isPostToRoot, targetOf } from './wire/protocol.ts'

/** What is known of a call so far, for whoever has to say what went wrong. */
type Progress = {
  operation?: { readonly name: string; readonly errors: readonly string[] }
  principal?: Principal
  input?: Readonly<Record<string, unknown>>
}

/** AWS's services at one endpoint: any host name, any region that the installation answers. */
export function createAwsFace(ports: Ports, options: ApiOptions): AwsFace {
  const all = servedBy(ports)
  const paths = new Set(['/', ...all.flatMap(({ service }) => pathsOf(service))])
  const addressed = (request: IncomingMessage): Served | undefined =>
    all.find(({ service }) => service.protocol.addresses(request, service))

  const refuse = (
    request: IncomingMessage,
    response: ServerResponse,
    thrown: unknown,
    service = addressed(request)?.service,
    progress: Progress = {},
  ): void => {
    const error = answerableError(request, response, thrown, ports.logger)
    if (error === undefined) return
    const { protocol = JSON_1_1, errors: table = COMMON_TABLE } = service ?? {}
    const about: Circumstances = { table, signatureTypes: protocol.signatureTypes, ...progress }
    const { 'www-authenticate': _, ...headers } = headersFor(error, request)
    protocol.refuse(response, exchangeOf(request).requestId, spokenError(error, about), headers)
  }

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    found: Served | undefined,
    progress: Progress,
  ): Promise<void> => {
    if (found === undefined) throw unknownOperation()
    const { service, handlers } = found
    const body = bodyOnce(request, service.bodyLimit)
    const { name, operation } = await operationOf(request, service, body)
    progress.operation = { name, errors: operation.errors }
    const label = (exchangeOf(request).route = `${service.name}:${name}`)
    const perform = async (principal: Principal) => {
      const handler = handlers[name]
      if (handler === undefined) throw unknownOperation(`${label} is not answered`)
      progress.principal = principal
      const json = await service.protocol.read({ request, body, input: operation.input })
      const input = (progress.input = readInput(operation.input, json))
      const output = await handler({ principal, input })
      const { requestId } = exchangeOf(request)
      const outgoing = { response, requestId, operation: name, output: operation.output }
      return () => service.protocol.answer(outgoing, output)
    }
    await passGate(options, request, response, {
      operation: label,
      authenticate: () => authenticateCaller(ports, request, service.name, body),
      perform,
      audited: () => auditedCall(service.name, name, progress.input),
    })
  }

  return {
    // By its path first: most requests aren't AWS's, and each service would look at each of them.
    speaks: (request) =>
      paths.has(targetOf(request).path) && (isPostToRoot(request) || addressed(request) !== undefined),
    answer: async (request, response) => {
      observe(request, response, { ...options, logger: ports.logger, store: ports.store })
      const found = addressed(request)
      const progress: Progress = {}
      try {
        await answer(request, response, found, progress)
      } catch (thrown) {
        refuse(request, response, thrown, found?.service, progress)
      }
    },
    refuse,
  }
}

/** Where operations have paths of their own. */
const pathsOf = ({ operations }: Service): readonly string[] =>
  Object.values(operations).flatMap(({ http }) => http?.path ?? [])

async function operationOf(
  request: IncomingMessage,
  service: Service,
  body: BodyReader,
): Promise<{ readonly name: string; readonly operation: Operation }> {
  const name = await service.protocol.operationIn(request, service, body)
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
  if (operation === undefined) throw unknownOperation(`${service.name} has no ${name.slice(0, 100)}`)
  return { name, operation }
}

const unknownOperation = (message = 'X-Amz-Target names no operation that is known here'): AwsRefusal =>
  new AwsRefusal('UnknownOperationException', message)

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { observe, type AppOptions } from '../http/app.ts'
import type { Guard } from '../http/authenticate.ts'
import { Disconnected } from '../http/body.ts'
import { bodyOnce, type BodyReader } from '../http/body-once.ts'
import { callerOf } from '../http/caller.ts'
import { exchangeOf } from '../http/exchange.ts'
import { answerableError, headersFor } from '../http/problem.ts'
import type { Gate } from '../http/serve.ts'
import { auditedCall } from './audited-call.ts'
import { authenticateCaller } from './authenticate.ts'
import { COMMON_TABLE, spokenError, type Circumstances } from './errors.ts'
import { AwsRefusal } from './refusals.ts'
import type { Operation, Served, Service } from './service-model.ts'
import { servedBy } from './models/index.ts'
import { readInput } from './shapes/read.ts'
import { JSON_1_1 } from './wire/json-1-1.ts'
import { isPostToRoot } from './wire/protocol.ts'

/** A chain of 2 MiB in base64, a certificate, and some air; whoever sends it has signed it with a key that is known. */
const BODY_LIMIT = 4 * 1024 * 1024

export type AwsOptions = Omit<AppOptions, 'logger' | 'store'> & {
  /** Rate limits by account, principal and operation; none when absent. */
  readonly limit?: Gate['limit']
  /** Takes reads and refusals into the audit trail; none when absent. */
  readonly audit?: Gate['audit']
  /** What authentication goes through besides; nothing when absent. */
  readonly guard?: Guard
}

/** The face as a listener hands requests to it. */
export type AwsFace = {
  /** Whether a request is one of AWS's: others are for REST. */
  readonly speaks: (request: IncomingMessage) => boolean
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  /** How it says no in front of that. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse, thrown: unknown) => void
}

/** What is known of a call so far, for whoever has to say what went wrong. */
type Progress = {
  operation?: { readonly name: string; readonly errors: readonly string[] }
  principal?: Principal
  input?: Readonly<Record<string, unknown>>
}

/** AWS's services at one endpoint: any host name, any region that the installation answers. */
export function createAwsFace(ports: Ports, options: AwsOptions): AwsFace {
  const all = servedBy(ports)
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
    const body = bodyOnce(request, BODY_LIMIT)
    const principal = (progress.principal = await authenticateCaller(
      ports,
      options,
      request,
      service.name,
      body,
    ))
    exchangeOf(request).principal = principal.id
    const { name, operation } = await operationOf(request, service, body)
    progress.operation = { name, errors: operation.errors }
    const label = (exchangeOf(request).route = `${service.name}:${name}`)
    await options.limit?.(request, response, principal, label)
    const json = await service.protocol.read({ request, body, input: operation.input })
    const input = readInput(operation.input, json)
    progress.input = input
    const handler = handlers[name]
    if (handler === undefined) throw unknownOperation(`${label} is not answered here`)
    const output = await handler({ principal, input })
    await options.audit?.read(principal, auditedCall(service.name, name, input))
    const { requestId } = exchangeOf(request)
    service.protocol.answer({ response, requestId, operation: name, output: operation.output }, output)
  }

  return {
    speaks: (request) => isPostToRoot(request) || addressed(request) !== undefined,
    answer: (request, response) => {
      observe(request, response, { ...options, logger: ports.logger, store: ports.store })
      const found = addressed(request)
      const progress: Progress = {}
      answer(request, response, found, progress).catch(async (error: unknown) => {
        if (found !== undefined && options.audit !== undefined) {
          const call = auditedCall(found.service.name, progress.operation?.name ?? 'Unknown', progress.input)
          await options.audit.refused(progress.principal ?? callerOf(request), call, error)
        }
        if (error instanceof Disconnected) response.destroy()
        else refuse(request, response, error, found?.service, progress)
      })
    },
    refuse,
  }
}

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

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ChanceryError } from '../../../core/domain/errors.ts'
import { boundBody } from '../body.ts'
import { HttpRefusal, invalid } from '../refusal.ts'
import type { AddressSet } from './addresses.ts'
import { answerCors, type CorsOptions } from './cors.ts'
import { API_LISTENER, enter, peerOf, UNKNOWN, type Entrance } from './entrance.ts'
import { forwardedBy, type TrustedProxies } from './forwarded.ts'
import type { RateLimits } from './rate-limits.ts'
import { ruleFor, type AccessRule } from './rules.ts'
import { targetOf, type Target } from './target.ts'

/** What answers requests: an app, or a door in front of it. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Why a request was not let in, for metrics. */
export type DoorRefusal = 'malformed' | 'host' | 'rule' | 'size' | 'rate'

export type FrontDoorOptions = {
  /** Name of the listener; the API's own when absent. */
  readonly listener?: string | undefined
  /** Whether it is a Unix socket. */
  readonly unix?: boolean | undefined
  readonly proxies?: TrustedProxies | undefined
  /** Names by which the service may be called, in lower case; any when absent. */
  readonly hosts?: readonly string[] | undefined
  readonly rules?: readonly AccessRule[] | undefined
  /** Of which those by address are kept here. */
  readonly limits?: RateLimits | undefined
  readonly cors?: CorsOptions | undefined
  /** Seconds for which browsers are told to use TLS only (RFC 6797); not told when absent. */
  readonly hstsSeconds?: number | undefined
}

export type FrontDoorFace = {
  /** How this face says no. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse, thrown: unknown) => void
  readonly onRefused?: (reason: DoorRefusal) => void
}

/** Probes by address know no name of the service. */
const HEALTH = '/health/'

/**
 * What stands between the connection and a face: who really calls, under which name, whether rules let him in with a body
 * of this size, and not too often. In front of the web framework, so that what is refused costs next to nothing; a listener
 * for which nothing is configured isn't slowed down at all.
 */
export function createFrontDoor(options: FrontDoorOptions, face: FrontDoorFace, inner: Listener): Listener {
  const { limits, cors, hstsSeconds } = options
  if (isOpen(options)) return inner
  const letIn = (request: IncomingMessage, response: ServerResponse): void => {
    if (cors === undefined || !answerCors(request, response, cors)) inner(request, response)
  }
  const refused = (request: IncomingMessage, response: ServerResponse, thrown: unknown): void => {
    if (thrown instanceof Refused) face.onRefused?.(thrown.reason)
    face.refuse(request, response, thrown instanceof Refused ? thrown.error : thrown)
  }
  return (request, response) => {
    try {
      const entrance = entered(request, options)
      if (hstsSeconds !== undefined && entrance.secure)
        response.setHeader('strict-transport-security', `max-age=${hstsSeconds}`)
      if (limits?.limitsAddresses !== true) letIn(request, response)
      else
        limits.takeAddress(response, entrance.address).then(
          () => letIn(request, response),
          (error: unknown) => refused(request, response, asRefusal('rate', error)),
        )
    } catch (error) {
      refused(request, response, error)
    }
  }
}

const isOpen = (options: FrontDoorOptions): boolean =>
  Object.values(options).every((each) => each === undefined)

class Refused extends Error {
  readonly reason: DoorRefusal
  readonly error: ChanceryError
  constructor(reason: DoorRefusal, error: ChanceryError) {
    super(error.message)
    this.reason = reason
    this.error = error
  }
}

const asRefusal = (reason: DoorRefusal, error: unknown): unknown =>
  error instanceof ChanceryError ? new Refused(reason, error) : error

/** Everything that is decided from the head of the request alone. @throws Refused */
function entered(request: IncomingMessage, options: FrontDoorOptions): Entrance {
  try {
    const entrance = entranceFor(request, options)
    enter(request, entrance)
    const { hosts, rules } = options
    if (hosts !== undefined || rules !== undefined) {
      const target = targetOf(request)
      if (hosts !== undefined) refuseHost(hosts, target)
      if (rules !== undefined) refuseByRule(rules, request, entrance.address, target.path)
    }
    return entrance
  } catch (error) {
    throw asRefusal('malformed', error)
  }
}

function entranceFor(
  request: IncomingMessage,
  { listener = API_LISTENER, unix = false, proxies }: FrontDoorOptions,
): Entrance {
  const peer = peerOf(request, unix)
  // A connection that is gone already: nobody can be answered, and no rule could tell whether to let him in.
  if (peer.address === UNKNOWN) throw new ChanceryError('forbidden', 'the connection has ended')
  if (proxies === undefined || !isTrusted(proxies.addresses, request, peer.address))
    return { ...peer, listener }
  return { ...forwardedBy(peer.address, peer.secure, request.headers, proxies), listener }
}

/** A connection has one peer: whether it is trusted is asked once. */
const trusted = new WeakMap<object, boolean>()
function isTrusted(addresses: AddressSet, { socket }: IncomingMessage, address: string): boolean {
  const known = trusted.get(socket)
  if (known !== undefined) return known
  const found = addresses.has(address)
  trusted.set(socket, found)
  return found
}

function refuseHost(hosts: readonly string[], { host, path }: Target): void {
  if ((host !== undefined && hosts.includes(host)) || path.startsWith(HEALTH)) return
  throw new Refused('host', invalid('Host', 'host', 'this service is not called by that name'))
}

/** @throws Refused where a rule denies it, or allows less of a body than was declared */
function refuseByRule(
  rules: readonly AccessRule[],
  request: IncomingMessage,
  address: string,
  path: string,
): void {
  const rule = ruleFor(rules, address, path)
  if (rule === undefined) return
  if (rule.verdict === 'deny')
    throw new Refused('rule', new ChanceryError('forbidden', 'a rule of this listener keeps the request out'))
  const { mostOctets } = rule
  if (mostOctets === undefined) return
  if (Number(request.headers['content-length'] ?? 0) > mostOctets) {
    const message = `the body may have at most ${mostOctets} bytes here`
    throw new Refused('size', new HttpRefusal('body_too_large', message, { connection: 'close' }))
  }
  // One that comes in chunks is measured as it is read.
  boundBody(request, mostOctets)
}

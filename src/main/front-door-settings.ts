import { z } from 'zod'
import type { Quotas } from '../core/domain/quotas.ts'
import type { RateLimitRule } from '../faces/http/front-door/rate-limit.ts'
import { pathPattern } from '../core/domain/path-patterns.ts'
import { addressSet, type AddressSet } from '../faces/http/front-door/addresses.ts'
import { FORWARDED_HEADERS, type TrustedProxies } from '../faces/http/front-door/forwarded.ts'
import type { AccessRule } from '../faces/http/front-door/rules.ts'
import type { CorsOptions } from '../faces/http/front-door/cors.ts'
import type { Patience } from '../faces/http/server.ts'
import { LISTENER_SETTINGS, type PrivateListener } from './listener-settings.ts'
import { RATE_LIMIT_SETTINGS } from './rate-limit-settings.ts'
import { listOf, readAs } from './list-settings.ts'
import { whole } from './whole-number.ts'

const MOST_RULES = 100
const MOST_ADDRESSES = 1000

const addresses = listOf(',').pipe(
  z
    .array(z.string())
    .max(MOST_ADDRESSES, `must be at most ${MOST_ADDRESSES} addresses`)
    .transform((entries, context): AddressSet => {
      const set = addressSet(entries)
      if (!('wrong' in set)) return set
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(set.wrong)} is no address such as 10.1.2.3, no range such as 10.0.0.0/8, and not unix`,
      })
      return z.NEVER
    }),
)

const RULE = /^(allow|deny) +(\S+) +(\/\S*)(?: +max=(\d{1,9}))?$/

function ruleFrom(text: string): AccessRule | undefined {
  const [, verdict, who = '', path = '', most] = RULE.exec(text) ?? []
  const set = addressSet(who.split(','))
  // A bound on what isn't let in at all says nothing.
  if ('wrong' in set || (verdict === 'deny' && most !== undefined)) return undefined
  return {
    verdict: verdict === 'deny' ? 'deny' : 'allow',
    addresses: set,
    path: pathPattern(path),
    mostOctets: most === undefined ? undefined : Number(most),
  }
}

const rules = listOf(';').pipe(
  z
    .array(
      readAs(
        ruleFrom,
        'is no rule such as `deny 192.0.2.0/24,2001:db8::/32 /v1/**` or `allow any /v1/certificates max=20000`',
      ),
    )
    .max(MOST_RULES, `must be at most ${MOST_RULES} rules`),
)

const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]+\])$/

/** As browsers send it: scheme, host and perhaps a port, nothing behind it. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** What stands between connections and the API, and the public port. */
export const FRONT_DOOR_SETTINGS = {
  ...RATE_LIMIT_SETTINGS,
  ...LISTENER_SETTINGS,
  trustedProxies: addresses.optional(),
  forwardedHeader: z
    .enum(FORWARDED_HEADERS, `must be ${FORWARDED_HEADERS.join(' or ')}`)
    .default('x-forwarded-for'),
  allowedHosts: listOf(',')
    .pipe(
      z.array(
        readAs(
          (text) => (HOST.test(text.toLowerCase()) ? text.toLowerCase() : undefined),
          'is no host name such as ca.example.com, and no address such as 192.0.2.1 or [2001:db8::1]; without a port',
        ),
      ),
    )
    .optional(),
  accessRules: rules.optional(),
  publicAccessRules: rules.optional(),
  corsOrigins: listOf(',')
    .pipe(
      z
        .array(
          readAs(
            (text) => (text === '*' || isOrigin(text) ? text : undefined),
            'is no origin such as https://console.example.com, and not *',
          ),
        )
        .refine((all) => all.length === 1 || !all.includes('*'), 'must be * alone, or origins without it'),
    )
    .optional(),
  webhookClientCertificate: z.enum(['on', 'off'], 'must be on or off').default('on'),
  hstsSeconds: whole(0, 63_072_000).default(0),
  connections: whole(1, 1_000_000).default(10_000),
  connectionsPerAddress: whole(1, 1_000_000).default(1000),
  headersTimeoutSeconds: whole(1, 120).default(15),
  requestTimeoutSeconds: whole(1, 3600).default(60),
} as const

type Name = keyof typeof FRONT_DOOR_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof FRONT_DOOR_SETTINGS)[Member]> }

export type FrontDoorConfig = {
  readonly proxies: TrustedProxies | undefined
  readonly hosts: readonly string[] | undefined
  /** Of the API, on every listener. */
  readonly rules: readonly AccessRule[] | undefined
  readonly publicRules: readonly AccessRule[] | undefined
  readonly cors: CorsOptions | undefined
  readonly hstsSeconds: number | undefined
  readonly limits: readonly RateLimitRule[]
  /** By address, on the public port. */
  readonly publicLimits: readonly RateLimitRule[]
  readonly quotas: Quotas
  /** Further ones of the API, besides its port. */
  readonly listeners: readonly PrivateListener[]
  /** Whether webhooks' receivers may ask for a certificate. */
  readonly webhookClientCertificate: boolean
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly patience: Patience
}

/** What makes no progress for so long isn't read any more, in milliseconds. */
const ANSWER_PATIENCE = 300_000

/** The group. */
export function frontDoorFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): FrontDoorConfig {
  const { trustedProxies, headersTimeoutSeconds, requestTimeoutSeconds } = given
  if (trustedProxies === undefined && given.forwardedHeader === 'forwarded')
    problems.push(`${source('forwardedHeader')}: says nothing without trusted proxies`)
  if (headersTimeoutSeconds > requestTimeoutSeconds)
    problems.push(
      `${source('headersTimeoutSeconds')}: must be at most that of the whole request, ${requestTimeoutSeconds}`,
    )
  return {
    proxies:
      trustedProxies === undefined ? undefined : { addresses: trustedProxies, header: given.forwardedHeader },
    hosts: filled(given.allowedHosts),
    rules: filled(given.accessRules),
    publicRules: filled(given.publicAccessRules),
    cors: filled(given.corsOrigins) === undefined ? undefined : { origins: given.corsOrigins ?? [] },
    hstsSeconds: given.hstsSeconds === 0 ? undefined : given.hstsSeconds,
    limits: given.rateLimits,
    publicLimits: given.publicRateLimits,
    quotas: given.quotas,
    listeners: given.listeners,
    webhookClientCertificate: given.webhookClientCertificate === 'on',
    connections: given.connections,
    connectionsPerAddress: given.connectionsPerAddress,
    patience: {
      headers: headersTimeoutSeconds * 1000,
      request: requestTimeoutSeconds * 1000,
      answer: ANSWER_PATIENCE,
    },
  }
}

/** An empty list is no setting. */
const filled = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list

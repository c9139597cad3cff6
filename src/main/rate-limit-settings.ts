import { z } from 'zod'
import { OPERATION_IDS } from '../contract/routes.ts'
import { QUOTAS, type Quota, type Quotas } from '../core/domain/quotas.ts'
import { AWS_OPERATIONS } from '../faces/aws/models/index.ts'
import { LIMIT_KINDS, type RateLimitRule } from '../faces/http/front-door/rate-limit.ts'
import { listOf, readAs } from './list-settings.ts'

const MOST_LIMITS = 50
/** Operations of REST and AWS: `issueCertificate`, `acm-pca:IssueCertificate`. */
const OPERATIONS: ReadonlySet<string> = new Set([...OPERATION_IDS, ...AWS_OPERATIONS])
const LIMIT = /^([a-z]+)(?::((?:[a-z-]+:)?[A-Za-z]+))?=(\d{1,9})\/(\d{1,7})$/
/** A week: longer windows are for quotas, and beyond 24 days a timer of Node's would overflow. */
const LONGEST_WINDOW = 604_800

function limitFrom(text: string): RateLimitRule | undefined {
  const [, kindName, operation, requests, seconds] = LIMIT.exec(text) ?? []
  const kind = LIMIT_KINDS.find((each) => each === kindName)
  if (kind === undefined || (operation !== undefined && !OPERATIONS.has(operation))) return undefined
  // Who couldn't be authenticated has called nothing yet.
  if (kind === 'failure' && operation !== undefined) return undefined
  const rule = { kind, operation, requests: Number(requests), seconds: Number(seconds) }
  return rule.requests > 0 && rule.seconds > 0 && rule.seconds <= LONGEST_WINDOW ? rule : undefined
}

const limits = (read: typeof limitFrom, expected: string) =>
  listOf(';')
    .pipe(z.array(readAs(read, expected)).max(MOST_LIMITS, `must be at most ${MOST_LIMITS} limits`))
    .default([])

const QUOTA = /^([a-zA-Z]+)=(\d{1,9})$/

function quotaFrom(text: string): readonly [Quota, number] | undefined {
  const [, given, most] = QUOTA.exec(text) ?? []
  const name = (Object.keys(QUOTAS) as Quota[]).find((each) => each === given)
  return name === undefined ? undefined : [name, Number(most)]
}

/** How often, and how many. */
export const RATE_LIMIT_SETTINGS = {
  rateLimits: limits(
    limitFrom,
    `is no limit such as principal=600/60 or account:issueCertificate=10000/86400: ${LIMIT_KINDS.join(', ')}, perhaps an operation of the API, then requests and the seconds of a window`,
  ),
  publicRateLimits: limits((text) => {
    const rule = limitFrom(text)
    return rule?.kind === 'address' && rule.operation === undefined ? rule : undefined
  }, 'is no limit such as address=600/60: nobody is known on the public port but by address'),
  quotas: listOf(';')
    .pipe(
      z.array(
        readAs(quotaFrom, `is no quota such as authorities=200; there are ${Object.keys(QUOTAS).join(', ')}`),
      ),
    )
    .transform((pairs): Quotas => Object.fromEntries(pairs))
    .default({}),
} as const

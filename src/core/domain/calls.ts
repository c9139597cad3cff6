import type { Region } from './ids.ts'
import type { Facts } from './policies/decide.ts'
import { isoOf, type Millis } from './time.ts'

/** How a call came in, whoever made it. */
export type Call = {
  readonly region: Region
  readonly requestId: string
  readonly sourceAddress: string
  readonly userAgent: string | undefined
  /** Name of the listener that took it. */
  readonly listener: string
  /** Whether it came over TLS, or over a socket of this machine. */
  readonly secure: boolean
}

/** What conditions may ask about a call. */
export const factsOfCall = (call: Call, now: Millis): Facts => ({
  'aws:sourceip': call.sourceAddress,
  'aws:sourcevpce': call.listener,
  'aws:securetransport': String(call.secure),
  'aws:requestedregion': call.region,
  'aws:currenttime': isoOf(now),
  'aws:epochtime': String(Math.floor(now / 1000)),
  ...(call.userAgent === undefined ? {} : { 'aws:useragent': call.userAgent }),
})

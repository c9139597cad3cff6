import { getServers } from 'node:dns'
import { z } from 'zod'
import type { Endpoint } from '../adapters/dns/endpoints.ts'
import type { Mode } from '../core/domain/installation.ts'
import { ipOctets, ipText } from '../core/x509/ip-addresses.ts'
import { whole } from './whole-number.ts'

export type DnsOptions = {
  /** Those that this host asks, tried in order; none in a simulation that is to know nothing but its zones. */
  readonly resolvers: readonly Endpoint[]
  /** Where simulated zones are served; nowhere when undefined. */
  readonly port: number | undefined
}

const endpoint = z.string().transform((text, context) => {
  const read = endpointFrom(text)
  if (read !== undefined) return read
  const message = 'is no address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353'
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} ${message}` })
  return z.NEVER
})
const parts = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').flatMap((part) => part.trim() || []) : value

export const DNS_SETTINGS = {
  resolvers: z
    .preprocess(parts, z.array(endpoint).min(1, 'must name at least one resolver').max(10))
    .optional(),
  dnsPort: whole(0, 65_535).optional(),
} as const

const BRACKETS = /^\[([^\]]+)\](?::([0-9]{1,5}))?$/
const DOTTED = /^([0-9.]+)(?::([0-9]{1,5}))?$/

/** An address in canonical form, with or without a port; IPv6 in brackets where there is one. */
export function endpointFrom(text: string): Endpoint | undefined {
  const [, given = text, portText = '53'] = BRACKETS.exec(text) ?? DOTTED.exec(text) ?? []
  // The zone of a link-local address, as nameservers that a router announced have it.
  const [bare = '', ...zone] = given.split('%')
  const octets = ipOctets(bare)
  const port = Number(portText)
  if (octets === undefined || port < 1 || port > 65_535) return undefined
  return { address: [ipText(octets), ...zone].join('%'), port }
}

type Given = { readonly [Name in keyof typeof DNS_SETTINGS]: z.output<(typeof DNS_SETTINGS)[Name]> } & {
  readonly apiPort: number
  readonly publicPort: number
}

/** The settings together; what is wrong about them is noted. */
export function dnsOptionsFrom(
  { resolvers, dnsPort, ...ports }: Given,
  mode: Mode,
  source: (name: keyof Given) => string,
  problems: string[],
): DnsOptions {
  if (dnsPort !== undefined && mode === 'normal')
    problems.push(`${source('dnsPort')}: is possible in simulation only, which alone has zones to serve`)
  // DNS is answered over TCP, too.
  for (const other of ['apiPort', 'publicPort'] as const)
    if (dnsPort !== undefined && dnsPort === ports[other] && dnsPort !== 0)
      problems.push(`${source('dnsPort')}: must be another port than ${source(other)}, which is ${dnsPort}`)
  return { resolvers: resolvers ?? (mode === 'normal' ? systemResolvers() : []), port: dnsPort }
}

/** Those that the machine itself asks. */
export const systemResolvers = (): Endpoint[] => getServers().flatMap((text) => endpointFrom(text) ?? [])

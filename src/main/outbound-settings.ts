import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { z } from 'zod'
import { whole } from './whole-number.ts'

/** Of fetches whose URL a tenant or a stranger named: webhooks, validation over HTTP. */
export const OUTBOUND_SETTINGS = {
  outboundPrivate: z.enum(['refuse', 'allow'], 'must be refuse or allow').default('refuse'),
  outboundPorts: z
    .union(
      [
        z.literal('any'),
        z.preprocess(
          (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
          z.array(whole(1, 65_535)).min(1),
        ),
      ],
      'must be any, or port numbers with commas between them, such as 80,443',
    )
    .default([80, 443]),
  outboundCaFile: z.string().min(1, 'must be a path').optional(),
} as const

type Name = keyof typeof OUTBOUND_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof OUTBOUND_SETTINGS)[Member]> }

/** What fetches of other people's URLs may reach, and whom they trust. */
export type OutboundOptions = {
  /** Loopback and private addresses, too. */
  readonly privateAddresses: boolean
  readonly ports: readonly number[] | 'any'
  /** PEM: the runtime's own list and the operator's authorities; undefined: the runtime's own. */
  readonly ca: readonly string[] | undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The group; a file of authorities that holds none, or broken ones, is a problem. */
export function outboundFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): OutboundOptions {
  return {
    privateAddresses: given.outboundPrivate === 'allow',
    ports: given.outboundPorts,
    ca: authoritiesFrom(given.outboundCaFile, source('outboundCaFile'), problems),
  }
}

/** The runtime's own authorities and those in a file; undefined where there is no file, or a problem with it. */
export function authoritiesFrom(
  path: string | undefined,
  source: string,
  problems: string[],
): readonly string[] | undefined {
  if (path === undefined) return undefined
  try {
    const found = readFileSync(path, 'utf8').match(CERTIFICATE) ?? []
    found.forEach((pem) => new X509Certificate(pem))
    if (found.length > 0) return [...rootCertificates, ...found]
    problems.push(`${source}: ${path} holds no PEM certificate`)
  } catch (error) {
    problems.push(
      `${source}: ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return undefined
}

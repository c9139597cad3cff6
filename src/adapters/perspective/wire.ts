import { z } from 'zod'
import { PROBE_FAILURES, type ProbeAnswer } from '../../core/ports/http-probe.ts'
import {
  QUERY_TYPES,
  RESOLUTION_FAILURES,
  type DnsAnswer,
  type DnsRecord,
} from '../../core/ports/resolver.ts'

/**
 * What server and agent say to each other: a POST to `/v1/resolve` or `/v1/probe`, JSON in and out, the token as bearer.
 * Each answer names the agent's process, so that one agent can't stand for two perspectives.
 */
export const PATHS = { resolve: '/v1/resolve', probe: '/v1/probe' } as const

/** Above the largest answer: 64 KiB of a DNS message, whose every octet may be six characters of JSON. */
export const MOST_ANSWER_OCTETS = 1_048_576
export const MOST_QUESTION_OCTETS = 16_384

export const resolveQuestion = z.strictObject({ name: z.string().max(253), type: z.enum(QUERY_TYPES) })
export const probeQuestion = z.strictObject({ url: z.string().max(8_192) })

const agent = z.string().min(16).max(64)
const text = z.string().max(65_536)
const octet = z.int().min(0).max(255)
const data = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['A', 'AAAA', 'CNAME', 'NS']), data: text }),
  z.object({ type: z.literal('CAA'), data: z.object({ flags: octet, tag: text, value: text }) }),
  z.object({
    type: z.literal('MX'),
    data: z.object({ preference: z.int().min(0).max(65_535), exchange: text }),
  }),
  z.object({ type: z.enum(['TXT', 'other']), data: text }),
])
const record: z.ZodType<DnsRecord> = z.object({ name: z.string().max(1_024), ttl: z.int().min(0) }).and(data)
const milliseconds = z.number().min(0)
const asked = { resolver: z.string().max(200), milliseconds }

const dnsAnswer: z.ZodType<DnsAnswer> = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('answered'),
    ...asked,
    exists: z.boolean(),
    records: z.array(record).max(4_096),
  }),
  z.object({ outcome: z.literal('failed'), ...asked, reason: z.enum(RESOLUTION_FAILURES) }),
])
export const resolveAnswer = z.object({ agent, answer: dnsAnswer })

const visited = z.array(z.string().max(65_536)).max(64)
const probed: z.ZodType<ProbeAnswer> = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('answered'),
    visited,
    milliseconds,
    status: z.int().min(100).max(999),
    body: z.base64().transform((body) => new Uint8Array(Buffer.from(body, 'base64'))),
    address: z.string().max(64),
  }),
  z.object({
    outcome: z.literal('failed'),
    visited,
    milliseconds,
    reason: z.enum(PROBE_FAILURES),
    detail: z.string().max(2_000),
  }),
])
export const probeAnswer = z.object({ agent, answer: probed })

/** A probe's answer as JSON has it. */
export const probeJson = (answer: ProbeAnswer): object =>
  answer.outcome === 'answered' ? { ...answer, body: Buffer.from(answer.body).toString('base64') } : answer

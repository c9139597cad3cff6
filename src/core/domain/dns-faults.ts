import { isWithin } from './dns-names.ts'
import type { Millis } from './time.ts'

/** What the simulated DNS can do wrong. */
export const DNS_FAULT_KINDS = [
  'nxdomain',
  'servfail',
  'timeout', // no answer at all
  'truncate', // over UDP; TCP answers
  'truncate-tcp', // over UDP, and TCP breaks off
  'slow', // the right answer, late
] as const
export type DnsFaultKind = (typeof DNS_FAULT_KINDS)[number]

/** Something that the simulated DNS does wrong on order. */
export type DnsFault = {
  readonly id: string
  readonly name: string
  /** Whether names below it have the fault, too. */
  readonly below: boolean
  /** E.g. `CAA`; every type when absent. */
  readonly type: string | undefined
  readonly kind: DnsFaultKind
  /** How late `slow` is. */
  readonly milliseconds: number | undefined
  /** How many answers it still spoils; undefined for any number. */
  readonly remaining: number | undefined
  /** The only perspective that has it; all of them, and the DNS port, when absent. */
  readonly perspective: string | undefined
  readonly createdAt: Millis
}

/** How a question came. `direct`: asked in this process, where nothing is too long for an answer. */
export type DnsTransport = 'udp' | 'tcp' | 'direct'
export type FaultyQuestion = {
  readonly name: string
  readonly type: string
  readonly perspective: string | undefined
  readonly transport: DnsTransport
}

/** The first fault that spoils the answer to a question; the oldest has precedence. */
export const faultFor = (faults: readonly DnsFault[], question: FaultyQuestion): DnsFault | undefined =>
  faults.find(
    (fault) =>
      (fault.name === question.name || (fault.below && isWithin(question.name, fault.name))) &&
      (fault.type === undefined || fault.type === question.type) &&
      (fault.perspective === undefined || fault.perspective === question.perspective) &&
      // What was truncated is asked again over TCP: that isn't truncated a second time.
      !(fault.kind === 'truncate' && question.transport === 'tcp'),
  )

/**
 * Whether an answer counts as one of those that a fault may still spoil. What is truncated over UDP and breaks off over
 * TCP is one question: the second half counts.
 */
export const spendsFault = (fault: DnsFault, transport: DnsTransport): boolean =>
  fault.remaining !== undefined && !(fault.kind === 'truncate-tcp' && transport === 'udp')

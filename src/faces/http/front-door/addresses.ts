import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** What callers over a Unix socket have for an address. */
export const UNIX = 'unix'

/**
 * An address as everything here compares it: IPv4 as four decimal numbers, also where a socket for both families shows it
 * within IPv6 (`::ffff:192.0.2.1`), IPv6 in lower case. Undefined for what is no address, or has a zone.
 */
export function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return undefined
  const lower = text.toLowerCase()
  if (!lower.startsWith('::ffff:')) return lower
  const mapped = lower.slice('::ffff:'.length)
  if (isIPv4(mapped)) return mapped
  const [high, low, more] = mapped.split(':')
  if (high === undefined || low === undefined || more !== undefined) return lower
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/** Addresses and ranges of them, asked whether they contain one. */
export type AddressSet = { has(address: string): boolean }

const RANGE = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/

/**
 * Addresses, ranges such as `10.0.0.0/8`, and `unix`; or `any` alone.
 * @returns the first entry that is none of these, as it stands, instead
 */
export function addressSet(entries: readonly string[]): AddressSet | { readonly wrong: string } {
  if (entries.length === 1 && entries[0] === 'any') return { has: () => true }
  const blocks = new BlockList()
  let unix = false
  for (const entry of entries) {
    if (entry === UNIX) unix = true
    else if (!addRange(blocks, entry)) return { wrong: entry }
  }
  return {
    has: (address) => {
      const family = isIP(address)
      return family === 0 ? unix && address === UNIX : blocks.check(address, family === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

function addRange(blocks: BlockList, entry: string): boolean {
  const [, address = '', length] = RANGE.exec(entry) ?? []
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  if (family === undefined) return false
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = length === undefined ? bits : Number(length)
  if (prefix > bits) return false
  blocks.addSubnet(address, prefix, family)
  return true
}

/**
 * Whom a limit by address counts together: an IPv4 address, or an IPv6 network of 64 bits, since whoever has one address of
 * it has all of them (RFC 4291 §2.5.1).
 */
export function limitedAs(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  if (tail === undefined || before.length >= 4) return `${before.slice(0, 4).map(bare).join(':')}::`
  const after = tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end stands for two groups.
  const written = after.length + (after.at(-1)?.includes('.') === true ? 1 : 0)
  const groups = [...before, ...new Array<string>(8 - before.length - written).fill('0'), ...after]
  return `${groups.slice(0, 4).map(bare).join(':')}::`
}

const bare = (group: string): string => group.replace(/^0+(?=.)/, '')

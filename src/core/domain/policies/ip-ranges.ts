/** An address or a block of them: two groups of 16 bits (IPv4) or eight (IPv6), of which the first `prefix` bits count. */
export type IpRange = { readonly groups: readonly number[]; readonly prefix: number }

const GROUP_BITS = 16
const IPV4_BITS = 32
const IPV6_BITS = 128
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/
const GROUP = /^[0-9a-fA-F]{1,4}$/
const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/

/** An address, or a block in CIDR notation (RFC 4632, RFC 4291 §2.3); undefined for what is neither. */
export function ipRange(text: string): IpRange | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const groups = address.includes(':') ? ipv6(address) : ipv4(address)
  if (groups === undefined || rest.length > 0) return undefined
  const bits = groups.length * GROUP_BITS
  if (length === undefined) return unmapped({ groups, prefix: bits })
  const prefix = Number(length)
  return PREFIX.test(length) && prefix <= bits ? unmapped({ groups, prefix }) : undefined
}

/** Whether the range holds the address; an IPv4 address never stands in an IPv6 range. */
export function inRange(range: IpRange, address: IpRange): boolean {
  const { length } = range.groups
  if (length !== address.groups.length || address.prefix !== length * GROUP_BITS) return false
  for (let i = 0, left = range.prefix; left > 0; i++, left -= GROUP_BITS) {
    const differing = (range.groups[i] as number) ^ (address.groups[i] as number)
    if (differing >> Math.max(GROUP_BITS - left, 0) !== 0) return false
  }
  return true
}

/** RFC 4291 §2.5.5.2: `::ffff:192.0.2.1` is 192.0.2.1, as a listener for both families shows it. */
function unmapped({ groups, prefix }: IpRange): IpRange {
  const mapped = groups.length === 8 && groups.slice(0, 5).every((each) => each === 0) && groups[5] === 0xffff
  const before = IPV6_BITS - IPV4_BITS
  return mapped && prefix >= before
    ? { groups: groups.slice(6), prefix: prefix - before }
    : { groups, prefix }
}

function ipv4(text: string): number[] | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((each) => OCTET.test(each) && Number(each) < 256)) return undefined
  const [a, b, c, d] = octets.map(Number) as [number, number, number, number]
  return [(a << 8) | b, (c << 8) | d]
}

function ipv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [before, after] = halves.map(groupsOf)
  if (before === undefined || (halves.length === 2 && after === undefined)) return undefined
  const given = before.length + (after?.length ?? 0)
  if (halves.length === 2 ? given > 7 : given !== 8) return undefined
  return [...before, ...Array<number>(8 - given).fill(0), ...(after ?? [])]
}

/** Groups of 16 bits; the last two may be written as an IPv4 address (RFC 4291 §2.2). */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups = parts.map((part, i) => {
    if (GROUP.test(part)) return [Number.parseInt(part, 16)]
    return i === parts.length - 1 ? ipv4(part) : undefined
  })
  return groups.every((each) => each !== undefined) ? groups.flat() : undefined
}

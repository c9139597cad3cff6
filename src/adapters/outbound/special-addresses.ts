import { isIPv4, isIPv6 } from 'node:net'

/**
 * What an address is good for as the destination of a fetch. `public`: reachable from everywhere; `loopback` and
 * `private`: reachable from here only; `never`: no single host of anybody's, or one that speaks only to its neighbours.
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'never'

/** An address judged: its kind, and the block of the registries that says so. */
export type Judged = { readonly kind: AddressKind; readonly block: string }

type Block = { readonly prefix: readonly number[]; readonly bits: number } & Judged

/** Sixteen octets, or four, or undefined for what is no address; an address with a zone (`fe80::1%eth0`) is none. */
export function octetsOf(address: string): readonly number[] | undefined {
  if (isIPv4(address)) return address.split('.').map(Number)
  if (!isIPv6(address) || address.includes('%')) return undefined
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  const last = dotted?.[2]?.split('.').map(Number) ?? []
  const groups = (text: string): number[] =>
    text
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
  const [head = '', tail] = (dotted?.[1] ?? address).split('::')
  const before = groups(head)
  const after = [...groups(tail ?? ''), ...last]
  return tail === undefined
    ? [...before, ...after]
    : [...before, ...zeros(16 - before.length - after.length), ...after]
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0)

function block(kind: AddressKind, cidr: string, name: string): Block {
  const [prefix = '', bits = ''] = cidr.split('/')
  return { kind, block: `${cidr} ${name}`, prefix: octetsOf(prefix) ?? [], bits: Number(bits) }
}

/**
 * IANA's IPv4 Special-Purpose Address Registry (RFC 6890), and multicast (RFC 5771). Blocks that are globally reachable
 * (AS112, AMT) aren't here. Link-local is `never`: clouds keep their metadata service, credentials included, there.
 */
const IPV4: readonly Block[] = [
  block('never', '0.0.0.0/8', 'this network, RFC 791'),
  block('private', '10.0.0.0/8', 'private use, RFC 1918'),
  block('private', '100.64.0.0/10', 'shared address space, RFC 6598'),
  block('loopback', '127.0.0.0/8', 'loopback, RFC 1122'),
  block('never', '169.254.0.0/16', 'link local, RFC 3927'),
  block('private', '172.16.0.0/12', 'private use, RFC 1918'),
  block('never', '192.0.0.0/24', 'IETF protocol assignments, RFC 6890'),
  block('never', '192.0.2.0/24', 'documentation, RFC 5737'),
  block('never', '192.88.99.0/24', 'deprecated 6to4 relay anycast, RFC 7526'),
  block('private', '192.168.0.0/16', 'private use, RFC 1918'),
  block('never', '198.18.0.0/15', 'benchmarking, RFC 2544'),
  block('never', '198.51.100.0/24', 'documentation, RFC 5737'),
  block('never', '203.0.113.0/24', 'documentation, RFC 5737'),
  block('never', '224.0.0.0/4', 'multicast, RFC 5771'),
  block('never', '240.0.0.0/4', 'reserved, RFC 1112, and limited broadcast'),
]

/** IANA's IPv6 Special-Purpose Address Registry; the first that fits decides, so narrow blocks come first. */
const IPV6: readonly Block[] = [
  block('loopback', '::1/128', 'loopback, RFC 4291'),
  block('never', '2001::/23', 'IETF protocol assignments, Teredo among them, RFC 2928'),
  block('never', '2001:db8::/32', 'documentation, RFC 3849'),
  block('never', '3fff::/20', 'documentation, RFC 9637'),
  block('private', '64:ff9b:1::/48', 'local-use translation, RFC 8215'),
  block('private', 'fc00::/7', 'unique local, RFC 4193'),
  block('never', 'fe80::/10', 'link local, RFC 4291'),
  block('never', 'ff00::/8', 'multicast, RFC 4291'),
  block('public', '2000::/3', 'global unicast, RFC 4291'),
]

/** IPv6 addresses that a translator or a tunnel turns into an IPv4 one: that is the one that is reached. */
const EMBEDDED: readonly (Omit<Block, 'kind'> & { readonly at: number })[] = [
  { ...block('never', '::ffff:0:0/96', 'IPv4-mapped, RFC 4291'), at: 12 },
  { ...block('never', '64:ff9b::/96', 'IPv4-IPv6 translation, RFC 6052'), at: 12 },
  { ...block('never', '2002::/16', '6to4, RFC 3056'), at: 2 },
]

/** Judges an address by the registries; text that is no address is judged `never`. Nothing unlisted is public in IPv6. */
export function judgeAddress(address: string): Judged {
  const octets = octetsOf(address)
  if (octets === undefined) return { kind: 'never', block: 'not an IP address' }
  return octets.length === 4 ? judgeIPv4(octets) : judgeIPv6(octets)
}

function judgeIPv4(octets: readonly number[]): Judged {
  const found = IPV4.find((candidate) => contains(candidate, octets))
  return found === undefined ? { kind: 'public', block: 'global unicast' } : judgedBy(found)
}

function judgeIPv6(octets: readonly number[]): Judged {
  const wrapper = EMBEDDED.find((candidate) => contains(candidate, octets))
  if (wrapper !== undefined) {
    const inner = judgeIPv4(octets.slice(wrapper.at, wrapper.at + 4))
    return { kind: inner.kind, block: `${inner.block}, within ${wrapper.block}` }
  }
  const found = IPV6.find((candidate) => contains(candidate, octets))
  return found === undefined ? { kind: 'never', block: 'reserved, RFC 4291' } : judgedBy(found)
}

const judgedBy = ({ kind, block: name }: Block): Judged => ({ kind, block: name })

function contains({ prefix, bits }: Pick<Block, 'prefix' | 'bits'>, octets: readonly number[]): boolean {
  return octets.every((octet, place) => {
    const covered = Math.min(8, Math.max(0, bits - 8 * place))
    return octet >> (8 - covered) === (prefix[place] ?? 0) >> (8 - covered)
  })
}

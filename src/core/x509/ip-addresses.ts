const DECIMAL_OCTET = /^(0|[1-9][0-9]{0,2})$/
const HEXTET = /^[0-9a-fA-F]{1,4}$/

/** Four octets of dotted IPv4, without leading zeros (which some readers take for octal), or undefined. */
export function ipv4Octets(text: string): Uint8Array | undefined {
  const parts = text.split('.', 5)
  if (parts.length !== 4) return undefined
  const octets = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i] as string
    const value = Number(part)
    if (!DECIMAL_OCTET.test(part) || value > 255) return undefined
    octets[i] = value
  }
  return octets
}

/** Sixteen octets of IPv6 in any form of RFC 4291 §2.2, without zone, or undefined. */
export function ipv6Octets(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::', 3)
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] as string, halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1] as string, true) : []
  if (head === undefined || tail === undefined) return undefined
  const given = head.length + tail.length
  // `::` stands for one group or more (RFC 5952 §4.2.2 would write a single one as 0; reading takes both).
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined
  const octets = new Uint8Array(16)
  const put = (group: number, at: number): void => {
    octets[at * 2] = group >> 8
    octets[at * 2 + 1] = group & 0xff
  }
  head.forEach((group, i) => put(group, i))
  tail.forEach((group, i) => put(group, 8 - tail.length + i))
  return octets
}

/** The 16-bit groups of one side of `::`; dotted IPv4 may stand for the last two of the whole address. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (HEXTET.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      const v4 = last && i === parts.length - 1 ? ipv4Octets(part) : undefined
      if (v4 === undefined) return undefined
      groups.push(((v4[0] as number) << 8) | (v4[1] as number), ((v4[2] as number) << 8) | (v4[3] as number))
    }
  }
  return groups
}

/** Octets of an address in text, four or sixteen, or undefined. */
export const ipOctets = (text: string): Uint8Array | undefined =>
  text.includes(':') ? ipv6Octets(text) : ipv4Octets(text)

/** Canonical text of 4 or 16 octets: dotted, or RFC 5952 (IPv4-mapped addresses in its §5's mixed form). */
export function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((octets[i] as number) << 8) | (octets[i + 1] as number))
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return `::ffff:${octets.subarray(12).join('.')}`
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** RFC 5952 §4.2.3: the longest run of zero groups, the first of equal ones. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = -1
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) {
      if (start < 0) start = i
    } else if (start >= 0) {
      if (i - start > best.length) best = { start, length: i - start }
      start = -1
    }
  }
  return best
}

/** Differences between events' numbers that rise, seven bits an octet, the low ones first (LEB128). */
export function packed(first: number, rest: readonly number[]): Uint8Array | null {
  if (rest.length === 0) return null
  const octets: number[] = []
  let before = first
  for (const id of rest) {
    let difference = id - before
    before = id
    for (; difference > 0x7f; difference = Math.floor(difference / 0x80))
      octets.push((difference % 0x80) | 0x80)
    octets.push(difference)
  }
  return Uint8Array.from(octets)
}

/** What `packed` packed, the first number included. */
export function unpacked(first: number, octets: Uint8Array | null): number[] {
  const ids = [first]
  let id = first
  let difference = 0
  let scale = 1
  for (const octet of octets ?? []) {
    difference += (octet & 0x7f) * scale
    scale *= 0x80
    if (octet > 0x7f) continue
    ids.push((id += difference))
    difference = 0
    scale = 1
  }
  return ids
}

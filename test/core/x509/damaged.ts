import fc from 'fast-check'

/** The octets with one to three of them changed, some left out or put in: what a parser must survive. */
export function damagedFrom(seed: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(seed.length - 1)
  const changed = fc
    .array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce((copy, [at, octet]) => copy.with(at, octet), seed))
  const cut = place.map((at) => seed.slice(0, at))
  const without = fc
    .tuple(place, fc.integer({ min: 1, max: 8 }))
    .map(([at, count]) => Uint8Array.from([...seed.slice(0, at), ...seed.slice(at + count)]))
  const more = fc
    .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 4 }))
    .map(([at, put]) => Uint8Array.from([...seed.slice(0, at), ...put, ...seed.slice(at)]))
  return fc.oneof(changed, changed, cut, without, more)
}

// RFC 3492 §5: the parameters of Punycode.
const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700
const INITIAL_BIAS = 72
const INITIAL_N = 0x80
/** A label has at most 63 octets, so no more code points than that. */
const MAX_POINTS = 63

/** RFC 3492 §6.1. */
function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1
  rest += Math.floor(rest / points)
  let k = 0
  while (rest > ((BASE - T_MIN) * T_MAX) >> 1) {
    rest = Math.floor(rest / (BASE - T_MIN))
    k += BASE
  }
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW))
}

const threshold = (k: number, bias: number): number => Math.min(T_MAX, Math.max(T_MIN, k - bias))

function digitOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26
  return -1
}

/** The Unicode label of a lower-case A-label without its `xn--` (RFC 3492 §6.2), or undefined when it is damaged. */
export function punycodeDecode(input: string): string | undefined {
  const points: number[] = []
  const delimiter = input.lastIndexOf('-')
  for (let i = 0; i < delimiter; i++) points.push(input.charCodeAt(i))
  let n = INITIAL_N
  let i = 0
  let bias = INITIAL_BIAS
  let at = delimiter + 1
  while (at < input.length) {
    const before = i
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = at < input.length ? digitOf(input.charCodeAt(at++)) : -1
      if (digit < 0) return undefined
      i += digit * weight
      if (i > 0x7fff_ffff) return undefined
      const t = threshold(k, bias)
      if (digit < t) break
      weight *= BASE - t
    }
    const count = points.length + 1
    if (count > MAX_POINTS) return undefined
    bias = adapt(i - before, count, before === 0)
    n += Math.floor(i / count)
    i %= count
    if (n > 0x10_ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined
    points.splice(i++, 0, n)
  }
  return String.fromCodePoint(...points)
}

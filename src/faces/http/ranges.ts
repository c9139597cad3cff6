/** Octets of a representation: from the first one on, up to but without `to`. */
export type ByteRange = { readonly from: number; readonly to: number }

const SINGLE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i

/**
 * What a Range header asks for (RFC 9110 §14.1.2): one range of octets, `unsatisfiable` where it begins beyond the end,
 * undefined where the whole is to be answered. That is so for other units and for nonsense, which RFC 9110 §14.2 has
 * ignored, and for several ranges at a time: nobody reads a CRL in pieces, and piles of ranges are an attack (§17.15).
 * @param length of the whole
 */
export function rangeAsked(
  header: string | undefined,
  length: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = SINGLE.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 || length === 0 ? 'unsatisfiable' : { from: Math.max(0, length - suffix), to: length }
  }
  const from = Number(first)
  const to = last === '' ? length : Math.min(length, Number(last) + 1)
  if (last !== '' && Number(last) < from) return undefined
  return from >= length ? 'unsatisfiable' : { from, to }
}

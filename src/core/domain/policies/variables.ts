import { conditionKey } from './condition-keys.ts'
import { wildPieces, type Piece } from './patterns.ts'
import { shown } from './positioned-json.ts'

const DEFAULT = /^\s*(.*?)\s*,\s*'([^']*)'\s*$/s
const LITERAL = /^[*?$]$/

/**
 * Reads `*`, `?` and the variables of IAM: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`,
 * `${$}` for the characters themselves.
 * @param wild whether `*` and `?` are wildcards here
 * @returns what is wrong with it, in words, when it can't be read
 */
export function patternPieces(text: string, wild: boolean): readonly Piece[] | string {
  const pieces: Piece[] = []
  const plain = (part: string): void => {
    if (part !== '') pieces.push(...(wild ? wildPieces(part) : [{ text: part }]))
  }
  let from = 0
  for (;;) {
    const start = text.indexOf('${', from)
    plain(text.slice(from, start === -1 ? undefined : start))
    if (start === -1) return pieces
    const end = text.indexOf('}', start)
    if (end === -1) return 'a variable that begins with “${” never ends'
    const piece = variable(text.slice(start + 2, end))
    if (piece === undefined)
      return `“${shown(text.slice(start, end + 1))}” is no variable: it holds a condition key with one value, as \${aws:username}`
    pieces.push(piece)
    from = end + 1
  }
}

function variable(inside: string): Piece | undefined {
  if (LITERAL.test(inside)) return { text: inside }
  const [, name = inside, otherwise] = DEFAULT.exec(inside) ?? []
  const key = conditionKey(name)
  // A list is no text.
  return key === undefined || key.many ? undefined : { key: name.toLowerCase(), otherwise }
}

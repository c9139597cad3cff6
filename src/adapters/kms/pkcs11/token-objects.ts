import type { Attribute, Handle } from './addon.ts'
import { CKA } from './cryptoki.ts'
import type { Token } from './open-token.ts'
import { TokenFailure } from './token-failure.ts'

/** Found at once by C_FindObjects; there are never that many of what is looked for here. */
const MOST_FOUND = 1000

/** Objects that match a template, in the token's order. */
export function objectsLike({ cryptoki }: Token, session: Handle, template: readonly Attribute[]): Handle[] {
  cryptoki.C_FindObjectsInit(session, template)
  const found = cryptoki.C_FindObjects(session, MOST_FOUND)
  cryptoki.C_FindObjectsFinal(session)
  return found
}

/** What every private and secret key has: made in the token, and never leaving it. */
export const NEVER_LEAVES: readonly Attribute[] = [
  { type: CKA.TOKEN, value: true },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.SENSITIVE, value: true },
  { type: CKA.EXTRACTABLE, value: false },
]

/**
 * Looks whether the token took it to heart; a key that could leave is destroyed.
 * @throws TokenFailure
 */
export function checkNeverLeaves({ cryptoki, name }: Token, session: Handle, key: Handle): void {
  const [sensitive, extractable] = cryptoki.C_GetAttributeValue(session, key, [
    { type: CKA.SENSITIVE },
    { type: CKA.EXTRACTABLE },
  ])
  if (sensitive?.value[0] === 1 && extractable?.value[0] === 0) return
  cryptoki.C_DestroyObject(session, key)
  throw new TokenFailure('refused', `${name} makes keys that can be taken out of it; it is not used`)
}

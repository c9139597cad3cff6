import { ChanceryError } from '../../core/domain/errors.ts'

/** Opaque cursors: base64url over the order's name and the position in it, so that one can't be used in another. */
export const cursorOf = (order: string, ...position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([order, ...position])).toString('base64url')

/** The position in a cursor of that order. @throws request_invalid for anything else */
export function positionIn(
  cursor: string,
  order: string,
  ...types: readonly ('string' | 'number')[]
): readonly (string | number)[] {
  try {
    const [name, ...position] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    if (
      name === order &&
      position.length === types.length &&
      types.every((type, index) => typeof position[index] === type)
    )
      return position as (string | number)[]
  } catch {
    // Not ours: falls through to the error below.
  }
  const message = 'not a cursor of this list; start again without one'
  throw new ChanceryError('request_invalid', `cursor: ${message}`, {
    violations: [{ code: 'cursor', field: 'cursor', message }],
  })
}

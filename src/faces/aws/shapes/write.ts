import { SECOND } from '../../../core/domain/time.ts'
import type { Shape, StructureShape, ValueOf } from './shape.ts'

/** How a wire spells what JSON has no type for. */
export type Spelling = { readonly timestamp: (millis: number) => unknown }

/** AWS JSON: seconds since 1970. */
export const EPOCH_SECONDS: Spelling = { timestamp: (millis) => millis / SECOND }
/** AWS query: RFC 3339. */
export const ISO_TIMES: Spelling = { timestamp: (millis) => new Date(millis).toISOString() }

/** An output as plain JSON: octets in base64, without what is absent. */
export const writeOutput = <S extends StructureShape>(
  shape: S,
  value: ValueOf<S>,
  spelling = EPOCH_SECONDS,
): Record<string, unknown> => write(shape, value, spelling) as Record<string, unknown>

function write(shape: Shape, value: unknown, spelling: Spelling): unknown {
  switch (shape.kind) {
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'timestamp':
      return spelling.timestamp(value as number)
    case 'list':
      return (value as readonly unknown[]).map((item) => write(shape.of, item, spelling))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, write(shape.of, item, spelling)]),
      )
    case 'structure': {
      const written: Record<string, unknown> = {}
      for (const name in shape.members) {
        const there = (value as Record<string, unknown>)[name]
        if (there !== undefined) written[name] = write(shape.members[name] as Shape, there, spelling)
      }
      return written
    }
    case 'recursive':
      return write(shape.of(), value, spelling)
    default:
      return value
  }
}

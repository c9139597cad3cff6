import type { Violation } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'

/** That a perspective is one of those that validation looks from. */
export function perspectiveViolations(
  { perspectives }: Pick<Ports, 'perspectives'>,
  name: string | undefined,
): Violation[] {
  const known = [perspectives.primary, ...perspectives.remote].map((each) => each.name)
  if (name === undefined || known.includes(name)) return []
  const message = `must be one of this installation’s perspectives: ${known.join(', ')}`
  return [{ code: 'perspective', field: 'perspective', message }]
}

import { ChanceryError } from '../../domain/errors.ts'
import type { Stack } from '../../domain/stacks.ts'

/** @throws not_found, state_conflict when it isn't this revision that stands; 0: no stack */
export function refuseOtherRevision(current: Pick<Stack, 'revision'> | undefined, revision: number): void {
  const stands = current?.revision ?? 0
  if (stands === revision) return
  if (stands === 0) throw new ChanceryError('not_found', 'stack: there is no such stack here')
  const message = `revision: the stack is at ${stands}, not ${revision}: somebody else changed it; read it again`
  throw new ChanceryError('state_conflict', message, { details: { revision: stands } })
}

import type { Live } from './change.ts'
import { KINDS } from './kinds/kinds.ts'
import type { Session } from './session.ts'
import type { Resources } from './state.ts'

/** How everything that a stack has is found to be, looked at a few at a time. */
export async function lookAt(session: Session, resources: Resources): Promise<ReadonlyMap<string, Live>> {
  const names = Object.keys(resources)
  const live = new Map<string, Live>()
  const next = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const made = resources[name]
      if (made !== undefined)
        live.set(name, await KINDS[made.type].look(session, { logicalId: name, ...made }))
    }
  }
  await Promise.all([next(), next(), next(), next()])
  return live
}

import type { AlarmReason } from '../../domain/repository-alarms.ts'
import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/** What is amiss, for whoever looks at the server's health: what the URLs that everybody knows are about, and why. */
export type RepositoryState = {
  readonly status: 'healthy' | 'failing'
  readonly alarms: readonly {
    readonly subject: string
    readonly reason: AlarmReason
    readonly since: string
  }[]
}

/** More than these tell nobody more. */
const MOST = 20

/** As whoever watches found it last, on whichever server. */
export async function describeRepository({ store }: Pick<Ports, 'store'>): Promise<RepositoryState> {
  const alarms = await store.reads.repository.alarms(MOST)
  return {
    status: alarms.length === 0 ? 'healthy' : 'failing',
    alarms: alarms.map(({ subject, reason, since }) => ({ subject, reason, since: isoOf(since) })),
  }
}

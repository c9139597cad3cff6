import type { RepositoryWrites } from '../../core/ports/repository-store.ts'
import { orNull, write } from './wire-values.ts'

/** Writes about the public repository, as data. */
export const repositoryWrites: RepositoryWrites = {
  repository: {
    await: ({ scope, revocation, withdrawal }) =>
      write('repository.await', scope.authority, scope.shard ?? 0, revocation, withdrawal),
    settle: ({ scope, revocation, withdrawal }) =>
      write('repository.settle', scope.authority, scope.shard ?? 0, revocation, withdrawal),
    raise: ({ id, subject, authority, reason, detail, since, recoveredAt }) =>
      write('repository.raise', id, subject, authority, reason, detail, since, orNull(recoveredAt)),
    changeAlarm: ({ id, reason, detail }) => write('repository.changeAlarm', reason, detail, id),
    endAlarm: (id, at) => write('repository.endAlarm', at, id),
    told: ({ alarm, tell }) => write('repository.told', tell === 'began' ? 1 : 2, alarm.id),
    dropAlarmsBefore: (time) => write('repository.dropAlarmsBefore', time),
  },
}

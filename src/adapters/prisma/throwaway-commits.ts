import { openWritable } from './connection.ts'
import { settle, type GroupCommit } from './group-commit.ts'
import { batchesOn } from './writer/batches.ts'

/**
 * The writer of a database that nobody keeps: the same statements and savepoints as the thread's, on the caller's
 * thread and without waiting for the disk. A thread takes longer to start than a fixture may take altogether.
 */
export function throwawayCommits(
  file: string,
  serverId: string,
): Pick<GroupCommit, 'run' | 'close' | 'writable'> {
  const db = openWritable(file, false)
  const batches = batchesOn(db, serverId)
  return {
    writable: () => true,
    run: (writes) =>
      new Promise<void>((resolve, reject) => {
        const [outcome] = batches.run({ members: [writes] })
        settle({ resolve, reject }, outcome)
      }),
    close: async () => {
      db.close()
    },
  }
}

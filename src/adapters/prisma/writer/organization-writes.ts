import type { Database } from 'better-sqlite3'
import { Conflict, mustChange, type Apply, type WritesByName } from './makers.ts'
import { changeWhere, insertWhere } from './numbered.ts'

/** Writes about the organization. `growing`: every process looks again. */
export function organizationWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const there = db.prepare('SELECT 1 FROM Organization')
  const add = insertWhere(
    db,
    'organization.add',
    `INSERT INTO Organization (id, managementAccountId, createdAt) SELECT ?1, ?2, ?3
       WHERE EXISTS (SELECT 1 FROM Account WHERE id = ?2)`,
  )
  const account = db.prepare('SELECT organizationId FROM Account WHERE id = ?').pluck()
  const join = changeWhere(
    db,
    'organization.addAccount',
    `UPDATE Account SET organizationId = ?1, joinedAt = ?3 WHERE id = ?2 AND organizationId IS NULL
       AND EXISTS (SELECT 1 FROM Organization WHERE id = ?1)`,
  )
  const members = db.prepare('SELECT COUNT(*) FROM Account WHERE organizationId = ?').pluck()
  const leave = db.prepare(
    'UPDATE Account SET organizationId = NULL, joinedAt = NULL WHERE organizationId = ?',
  )
  const remove = mustChange(db, 'organization.remove', 'DELETE FROM Organization WHERE id = ?')
  const writes: WritesByName = {
    'organization.add': (id, management, at) => {
      if (there.get() !== undefined) throw new Conflict('exists', 'organization.add')
      add(id, management, at)
      join(id, management, at)
    },
    'organization.remove': (id) => {
      if ((members.get(id) as number) > 1) throw new Conflict('refused', 'organization.remove')
      remove(id)
      leave.run(id)
    },
    'organization.addAccount': (id, member, at) => {
      if (typeof account.get(member) === 'string') throw new Conflict('exists', 'organization.addAccount')
      join(id, member, at)
    },
    'organization.removeAccount': changeWhere(
      db,
      'organization.removeAccount',
      `UPDATE Account SET organizationId = NULL, joinedAt = NULL WHERE id = ?1 AND organizationId = ?2
         AND id <> (SELECT managementAccountId FROM Organization WHERE id = ?2)`,
    ),
  }
  return Object.fromEntries(Object.entries(writes).map(([name, apply]) => [name, growing(apply)]))
}

import type { Database } from 'better-sqlite3'
import { administratorOf, installationAdministrator } from '../administrators.ts'
import { Conflict, insert, mustChange, type WritesByName } from './makers.ts'
import { changeWhere, insertWhere } from './numbered.ts'

/** Writes about policies, who has them, and who must be left. */
export const policyWrites = (db: Database): WritesByName => ({
  ...managedPolicies(db),
  ...attachments(db),
  ...administrators(db),
})

function managedPolicies(db: Database): WritesByName {
  const add = insert(
    db,
    'managedPolicies.add',
    'ManagedPolicy',
    'id, accountId, name, description, defaultVersion, latestVersion, createdAt, updatedAt',
  )
  const addVersion = insert(
    db,
    'managedPolicies.addVersion',
    'PolicyVersion',
    'policyId, number, document, createdAt',
  )
  const advance = changeWhere(
    db,
    'managedPolicies.addVersion',
    `UPDATE ManagedPolicy SET latestVersion = ?1, updatedAt = ?2,
       defaultVersion = iif(?3 = 1, ?1, defaultVersion) WHERE id = ?4 AND latestVersion = ?1 - 1`,
  )
  const versions = db.prepare('SELECT COUNT(*) FROM PolicyVersion WHERE policyId = ?').pluck()
  const used = db.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM PolicyAttachment WHERE policyId = ?1)
       OR EXISTS (SELECT 1 FROM User WHERE boundary = ?1) OR EXISTS (SELECT 1 FROM Role WHERE boundary = ?1)`,
  )
  const remove = mustChange(db, 'managedPolicies.remove', 'DELETE FROM ManagedPolicy WHERE id = ?')
  const dropVersions = db.prepare('DELETE FROM PolicyVersion WHERE policyId = ?')
  return {
    'managedPolicies.add': (id, account, name, description, at, document) => {
      add(id, account, name, description, 1, 1, at, at)
      addVersion(id, 1, document, at)
    },
    'managedPolicies.addVersion': (id, number, document, at, standing, most) => {
      advance(number, at, standing, id)
      addVersion(id, number, document, at)
      if ((versions.get(id) as number) > (most as number))
        throw new Conflict('refused', 'managedPolicies.addVersion')
    },
    'managedPolicies.setDefault': mustChange(
      db,
      'managedPolicies.setDefault',
      `UPDATE ManagedPolicy SET defaultVersion = ?, updatedAt = ? WHERE id = ?
         AND EXISTS (SELECT 1 FROM PolicyVersion WHERE policyId = ManagedPolicy.id AND number = ?)`,
    ),
    'managedPolicies.removeVersion': mustChange(
      db,
      'managedPolicies.removeVersion',
      `DELETE FROM PolicyVersion WHERE policyId = ? AND number = ?
         AND number <> (SELECT defaultVersion FROM ManagedPolicy WHERE id = policyId)`,
    ),
    'managedPolicies.remove': (id) => {
      if (used.get({ 1: id }) !== undefined) throw new Conflict('refused', 'managedPolicies.remove')
      remove(id)
      dropVersions.run(id)
    },
  }
}

function attachments(db: Database): WritesByName {
  // The holder is looked for in the table of its kind; a policy that an account wrote is one of the holder's account.
  const add = insertWhere(
    db,
    'attachments.add',
    `INSERT INTO PolicyAttachment (holderId, policyId, kind) SELECT h.id, ?1, ?3 FROM (
       SELECT id, accountId FROM User WHERE ?3 = 'user' AND id = ?2 UNION ALL
       SELECT id, accountId FROM UserGroup WHERE ?3 = 'group' AND id = ?2 UNION ALL
       SELECT id, accountId FROM Role WHERE ?3 = 'role' AND id = ?2) h
     WHERE ?1 NOT LIKE 'ANPA%' OR
       EXISTS (SELECT 1 FROM ManagedPolicy p WHERE p.id = ?1 AND p.accountId = h.accountId)`,
  )
  const count = db.prepare('SELECT COUNT(*) FROM PolicyAttachment WHERE holderId = ?').pluck()
  return {
    'attachments.add': (policy, holder, kind, most) => {
      add(policy, holder, kind)
      if ((count.get(holder) as number) > (most as number)) throw new Conflict('refused', 'attachments.add')
    },
    'attachments.remove': mustChange(
      db,
      'attachments.remove',
      'DELETE FROM PolicyAttachment WHERE policyId = ? AND holderId = ?',
    ),
  }
}

function administrators(db: Database): WritesByName {
  const left = administratorOf(db)
  const leftInInstallation = installationAdministrator(db)
  return {
    'administrators.keep': (account, now) => {
      if (!left(account as string, now as number)) throw new Conflict('refused', 'administrators.keep')
    },
    'administrators.keepOfInstallation': (now) => {
      if (!leftInInstallation(now as number))
        throw new Conflict('refused', 'administrators.keepOfInstallation')
    },
  }
}

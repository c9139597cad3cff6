import type { Database } from 'better-sqlite3'
import { ADMINISTRATOR_ACCESS } from '../../core/domain/policies/built-in.ts'

const LIVE = 't.revokedAt IS NULL AND (t.expiresAt IS NULL OR t.expiresAt > @now) AND t.scope IS NULL'

/** Whether an account has somebody who counts as its administrator; the port says who does. */
export function administratorOf(db: Database): (account: string, now: number) => boolean {
  const found = db.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM Token t WHERE t.accountId = @account AND t.role = 'administrator' AND ${LIVE})
       OR EXISTS (SELECT 1 FROM User u WHERE u.accountId = @account AND u.boundary IS NULL
         AND EXISTS (SELECT 1 FROM PolicyAttachment a WHERE a.policyId = @policy
           AND (a.holderId = u.id OR a.holderId IN (SELECT groupId FROM GroupMember m WHERE m.userId = u.id)))
         AND (EXISTS (SELECT 1 FROM AccessKey k WHERE k.userId = u.id AND k.status = 'ACTIVE')
           OR EXISTS (SELECT 1 FROM Token t WHERE t.userId = u.id AND ${LIVE})))`,
  )
  return (account, now) => found.get({ account, now, policy: ADMINISTRATOR_ACCESS.name }) !== undefined
}

/** Whether the installation has a live token that is its administrator. */
export function installationAdministrator(db: Database): (now: number) => boolean {
  const found = db.prepare(
    `SELECT 1 FROM Token t WHERE t.installation = 1 AND t.role = 'administrator' AND ${LIVE} LIMIT 1`,
  )
  return (now) => found.get({ now }) !== undefined
}

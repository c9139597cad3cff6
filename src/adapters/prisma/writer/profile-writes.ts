import type { Database } from 'better-sqlite3'
import { insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about profiles, and about which of them an authority issues under. `growing`: every process looks again. */
export const profileWrites = (db: Database, growing: (apply: Apply) => Apply): WritesByName => ({
  'authorities.allowProfiles': growing(
    mustChange(db, 'authorities.allowProfiles', 'UPDATE Authority SET allowedProfiles = ? WHERE id = ?'),
  ),
  'profiles.add': growing(
    insert(
      db,
      'profiles.add',
      'Profile',
      'id, accountId, region, name, version, authorityId, rules, createdAt, updatedAt',
    ),
  ),
  'profiles.replace': growing(
    mustChange(
      db,
      'profiles.replace',
      'UPDATE Profile SET version = ?, authorityId = ?, rules = ?, updatedAt = ? WHERE id = ? AND version = ?',
    ),
  ),
  'profiles.remove': growing(
    mustChange(
      db,
      'profiles.remove',
      `DELETE FROM Profile WHERE id = ? AND version = ? AND NOT EXISTS (
         SELECT 1 FROM Authority a, json_each(a.allowedProfiles) n WHERE a.accountId = Profile.accountId
           AND a.region = Profile.region AND a.allowedProfiles IS NOT NULL AND n.value = Profile.name)`,
    ),
  ),
})

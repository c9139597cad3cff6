import type { Writes } from '../../core/ports/store.ts'
import { blob, orNull, write } from './wire-values.ts'

/** As data: bearer tokens. */
export const tokenWrites: Writes['tokens'] = {
  add: (t, hash) =>
    write(
      'tokens.add',
      t.id,
      t.account,
      t.name,
      t.role ?? (t.user === undefined ? 'role' : 'user'),
      t.installation ? 1 : 0,
      blob(hash),
      t.createdAt,
      orNull(t.expiresAt),
      orNull(t.revokedAt),
      orNull(t.user),
      orNull(t.assumes?.role),
      orNull(t.assumes?.session),
      orNull(t.scope),
    ),
  revoke: (account, id, at) => write('tokens.revoke', at, id, account),
  rotate: (token, hash, { at, previousUntil }, expiresAt) =>
    write(
      'tokens.rotate',
      blob(hash),
      previousUntil,
      at,
      orNull(expiresAt),
      token.id,
      token.account,
      orNull(token.rotation?.at),
      at,
    ),
}

import type { AccountJson, TokenJson } from '../../../contract/schemas/access.ts'
import type { Account, Token } from '../../../core/domain/accounts.ts'
import { isoOf } from '../../../core/domain/time.ts'

export const accountJson = ({ id, name, createdAt }: Account): AccountJson => ({
  id,
  name,
  createdAt: isoOf(createdAt),
})

/** A token without its secret, which nobody has but its holder. */
export const tokenJson = (token: Token): TokenJson => ({
  id: token.id,
  account: token.account,
  name: token.name,
  ...(token.role === undefined ? {} : { role: token.role }),
  ...(token.user === undefined ? {} : { userId: token.user }),
  ...(token.assumes === undefined ? {} : { roleId: token.assumes.role, session: token.assumes.session }),
  ...(token.scope === undefined ? {} : { scope: token.scope }),
  installation: token.installation,
  createdAt: isoOf(token.createdAt),
  ...(token.expiresAt === undefined ? {} : { expiresAt: isoOf(token.expiresAt) }),
  ...(token.revokedAt === undefined ? {} : { revokedAt: isoOf(token.revokedAt) }),
  ...(token.rotation === undefined
    ? {}
    : {
        rotatedAt: isoOf(token.rotation.at),
        previousUntil: isoOf(token.rotation.previousUntil),
      }),
})

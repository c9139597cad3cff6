import { createAccount, listAccounts } from '../../../core/operations/access/accounts.ts'
import { createToken, listTokens, revokeToken, rotateToken } from '../../../core/operations/access/tokens.ts'
import { acknowledgeRestore } from '../../../core/operations/installation/acknowledge-restore.ts'
import { describeInstallation } from '../../../core/operations/installation/describe-installation.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { accountJson, tokenJson } from '../json/access-json.ts'
import { scopeText } from '../policy-text.ts'
import { millisOf, pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'describeInstallation'
  | 'acknowledgeRestore'
  | 'createAccount'
  | 'listAccounts'
  | 'createToken'
  | 'listTokens'
  | 'revokeToken'
  | 'rotateToken'
>

/** Installation, accounts and tokens. */
export const accessHandlers = (ports: Ports): Part => ({
  describeInstallation: async ({ principal }) => {
    const { warnings, ...rest } = await describeInstallation(ports, principal)
    return { ...defined(rest), warnings: [...warnings] }
  },

  acknowledgeRestore: async ({ principal }) => {
    await acknowledgeRestore(ports, principal)
    return undefined
  },

  createAccount: async ({ principal, body, idempotency }) =>
    accountJson(await createAccount(ports, principal, { ...defined(body), idempotency })),

  listAccounts: async ({ principal, query }) => {
    const { items, next } = await listAccounts(ports, principal, pageRequestOf(query))
    return { items: items.map(accountJson), next }
  },

  createToken: async ({ principal, body, idempotency }) => {
    const { expiresAt, scope, ...rest } = body
    const { token, secret } = await createToken(ports, principal, {
      ...defined(rest),
      idempotency,
      ...(scope === undefined ? {} : { scope: scopeText(scope) }),
      ...(expiresAt === undefined ? {} : { expiresAt: millisOf(expiresAt) }),
    })
    return { ...tokenJson(token), secret }
  },

  rotateToken: async ({ principal, params, query, body, idempotency }) => {
    const { expiresAt, ...rest } = body
    const { token, secret } = await rotateToken(ports, principal, {
      id: params.id,
      idempotency,
      ...defined(query),
      ...defined(rest),
      ...(expiresAt === undefined ? {} : { expiresAt: millisOf(expiresAt) }),
    })
    return { ...tokenJson(token), secret }
  },

  listTokens: async ({ principal, query }) => {
    const { account } = query
    const page = pageRequestOf(query)
    const request = account === undefined ? { page } : { account, page }
    const { items, next } = await listTokens(ports, principal, request)
    return { items: items.map(tokenJson), next }
  },

  revokeToken: async ({ principal, params, query }) => {
    await revokeToken(ports, principal, { id: params.id, ...defined(query) })
    return undefined
  },
})

import type { CompromisedKeyJson } from '../../../contract/schemas/keys.ts'
import type { CompromisedKey } from '../../../core/domain/compromised-keys.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { markKeyCompromised } from '../../../core/operations/keys/mark-compromised.ts'
import {
  describeCompromisedKey,
  listCompromisedKeys,
} from '../../../core/operations/keys/read-compromised.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, 'markKeyCompromised' | 'listCompromisedKeys' | 'describeCompromisedKey'>

/** Compromised keys. */
export const keyHandlers = (ports: Ports): Part => ({
  markKeyCompromised: async ({ principal, body }) => {
    const { key, revoked, authorities, issuers } = await markKeyCompromised(ports, principal, defined(body))
    return {
      key: keyJson(key),
      revoked,
      complete: key.settledAt !== undefined,
      authorities: [...authorities],
      issuers: [...issuers],
    }
  },

  listCompromisedKeys: async ({ principal, query }) => {
    const { items, next } = await listCompromisedKeys(ports, principal, pageRequestOf(query))
    return { items: items.map(keyJson), next }
  },

  describeCompromisedKey: async ({ principal, params }) =>
    keyJson(await describeCompromisedKey(ports, principal, params.spkiSha256)),
})

const keyJson = ({ spki, createdAt, settledAt, note, ...key }: CompromisedKey): CompromisedKeyJson => ({
  spkiSha256: spki,
  ...key,
  ...(note === undefined ? {} : { note }),
  createdAt: isoOf(createdAt),
  ...(settledAt === undefined ? {} : { settledAt: isoOf(settledAt) }),
})

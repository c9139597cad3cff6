import type { Route } from '../route.ts'
import * as keys from '../schemas/keys.ts'
import { plain } from './shared.ts'

/** Compromised keys. */
export const KEYS_ROUTES = {
  markKeyCompromised: {
    method: 'POST',
    path: '/v1/compromised-keys',
    operationId: 'markKeyCompromised',
    tag: 'Keys',
    summary: 'Mark a key compromised: refuse it from now on, and revoke what was certified for it',
    description:
      'It holds in the caller’s account; everywhere when the installation’s administrator marks it or possession is proven. Authorities with this key are disabled. There is no way back: a key that was once out stays out. Marking it again goes on where it stopped.',
    request: { body: keys.compromisedKeyMark },
    response: { status: 201, description: 'What that has done.', body: keys.markedKey },
    errors: ['csr_invalid', 'not_found', 'kms_unavailable'],
    ...plain,
  },
  listCompromisedKeys: {
    method: 'GET',
    path: '/v1/compromised-keys',
    operationId: 'listCompromisedKeys',
    tag: 'Keys',
    summary: 'List the keys that the account marked; for the installation’s administrator, all',
    request: { query: keys.compromisedKeyListQuery },
    response: { status: 200, description: 'A page of keys.', body: keys.compromisedKeyPage },
    errors: [],
    ...plain,
  },
  describeCompromisedKey: {
    method: 'GET',
    path: '/v1/compromised-keys/{spkiSha256}',
    operationId: 'describeCompromisedKey',
    tag: 'Keys',
    summary: 'Describe a compromised key',
    request: { params: keys.compromisedKeyParams },
    response: { status: 200, description: 'The key.', body: keys.compromisedKey },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>

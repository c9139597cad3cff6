import type { IdentityProvider } from '../../core/domain/identity-providers.ts'
import type { CredentialWrites } from '../../core/ports/credential-store.ts'
import { write } from './wire-values.ts'

/** As data: whom the accounts believe besides their own tokens and keys. */
export const credentialWrites: CredentialWrites = {
  identityProviders: {
    add: (p, most) => write('identityProviders.add', most, p.account, p.name, p.createdAt, ...changeable(p)),
    replace: (p) => write('identityProviders.replace', ...changeable(p), p.account, p.name, p.revision - 1),
    remove: (p) => write('identityProviders.remove', p.account, p.name, p.revision),
  },
  certificateMappings: {
    add: (m, most) =>
      write(
        'certificateMappings.add',
        most,
        m.id,
        m.account,
        m.region,
        m.authority,
        m.kind,
        m.value,
        m.role,
        m.createdAt,
      ),
    remove: ({ account, region }, id) => write('certificateMappings.remove', id, account, region),
  },
}

/** In the order of CHANGEABLE in writer/credential-writes.ts. */
const changeable = (p: IdentityProvider) => [
  p.issuer,
  JSON.stringify(p.audiences),
  JSON.stringify(p.algorithms),
  'url' in p.keys ? p.keys.url : null,
  'set' in p.keys ? p.keys.set : null,
  JSON.stringify(p.rules),
  p.revision,
  p.updatedAt,
]

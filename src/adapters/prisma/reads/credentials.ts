import type { Database } from 'better-sqlite3'
import type { Arn } from '../../../core/domain/arns.ts'
import type { CertificateMapping, MappingKind } from '../../../core/domain/certificate-mappings.ts'
import type { ClaimRule, IdentityProvider, TokenAlgorithm } from '../../../core/domain/identity-providers.ts'
import type { AccountId, AuthorityId, CertificateMappingId, Region } from '../../../core/domain/ids.ts'
import type { CredentialReads } from '../../../core/ports/credential-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type ProviderRow = Raw<models.IdentityProviderModel>
type MappingRow = Raw<models.CertificateMappingModel>

/** Reads about whom the accounts believe besides their own tokens and keys. */
export const credentialReads = (db: Database): CredentialReads => ({
  identityProviders: providerReads(db),
  certificateMappings: mappingReads(db),
})

function providerReads(db: Database): CredentialReads['identityProviders'] {
  const get = db.prepare('SELECT * FROM IdentityProvider WHERE accountId = ? AND name = ?')
  const byIssuer = db.prepare('SELECT * FROM IdentityProvider WHERE accountId = ? AND issuer = ?')
  const list = db.prepare(
    'SELECT * FROM IdentityProvider WHERE accountId = ? AND name > ? ORDER BY name LIMIT ?',
  )
  const one = (row: unknown) => (row === undefined ? undefined : providerFrom(row as ProviderRow))
  return {
    get: async (account, name) => one(get.get(account, name)),
    byIssuer: async (account, issuer) => one(byIssuer.get(account, issuer)),
    list: async (account, page) => {
      const after = page.after === undefined ? '' : positionIn(page.after, 'identity-providers', 'string')[0]
      const rows = list.all(account, after, page.limit + 1) as ProviderRow[]
      const items = rows.slice(0, page.limit).map(providerFrom)
      const last = items.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { items, next: more ? cursorOf('identity-providers', last.name) : undefined }
    },
  }
}

function mappingReads(db: Database): CredentialReads['certificateMappings'] {
  const place = 'accountId = ? AND region = ?'
  const get = db.prepare(`SELECT * FROM CertificateMapping WHERE id = ? AND ${place}`)
  const of = db.prepare('SELECT * FROM CertificateMapping WHERE authorityId = ? ORDER BY id')
  const list = db.prepare(`SELECT * FROM CertificateMapping WHERE ${place} AND id > ? ORDER BY id LIMIT ?`)
  const any = db.prepare('SELECT 1 FROM CertificateMapping LIMIT 1')
  return {
    get: async ({ account, region }, id) => {
      const row = get.get(id, account, region) as MappingRow | undefined
      return row === undefined ? undefined : mappingFrom(row)
    },
    of: async (authority) => (of.all(authority) as MappingRow[]).map(mappingFrom),
    list: async ({ account, region }, page) => {
      const after =
        page.after === undefined ? '' : positionIn(page.after, 'certificate-mappings', 'string')[0]
      const rows = list.all(account, region, after, page.limit + 1) as MappingRow[]
      const items = rows.slice(0, page.limit).map(mappingFrom)
      const last = items.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { items, next: more ? cursorOf('certificate-mappings', last.id) : undefined }
    },
    any: async () => any.get() !== undefined,
  }
}

const providerFrom = (row: ProviderRow): IdentityProvider => ({
  account: row.accountId as AccountId,
  name: row.name,
  issuer: row.issuer,
  audiences: JSON.parse(row.audiences) as string[],
  algorithms: JSON.parse(row.algorithms) as TokenAlgorithm[],
  keys: row.keysUrl === null ? { set: row.keySet ?? '' } : { url: row.keysUrl },
  rules: JSON.parse(row.rules) as ClaimRule[],
  revision: row.revision,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const mappingFrom = (row: MappingRow): CertificateMapping => ({
  id: row.id as CertificateMappingId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  authority: row.authorityId as AuthorityId,
  kind: row.kind as MappingKind,
  value: row.value,
  role: row.role as Arn,
  createdAt: row.createdAt,
})

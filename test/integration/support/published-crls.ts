import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { crlReads } from '../../../src/adapters/prisma/reads/crls.ts'
import type { ShardId } from '../../../src/core/domain/crl-scopes.ts'
import type { AuthorityId } from '../../../src/core/domain/ids.ts'
import type { CrlVariety } from '../../../src/core/domain/published-crls.ts'
import { runTool } from '../../support/tools.ts'
import { pemOf } from './load.ts'

export type FoundCrl = {
  readonly scope: string
  readonly kind: CrlVariety
  readonly number: number
  readonly der: Buffer
  /** Of the authority that must have signed it. */
  readonly issuer: Buffer
}
type Row = {
  readonly authorityId: AuthorityId
  readonly shard: number
  readonly kind: CrlVariety
  readonly number: number
  readonly certificateDer: Buffer
}

/** Every CRL that stands in a database whose servers are gone or not, as it would be served. */
export async function crlsIn(file: string): Promise<readonly FoundCrl[]> {
  const db = new Database(file, { readonly: true })
  try {
    const { crls } = crlReads(db)
    const rows = db
      .prepare(
        `SELECT c.authorityId, c.shard, c.kind, c.number, a.certificateDer FROM PublishedCrl c
           JOIN Authority a ON a.id = c.authorityId ORDER BY c.number`,
      )
      .all() as Row[]
    const found: FoundCrl[] = []
    for (const { authorityId: authority, shard, kind, number, certificateDer } of rows) {
      const scope = { authority, shard: shard === 0 ? undefined : (shard as ShardId) }
      const crl = await crls.numbered(scope, kind, BigInt(number))
      if (crl === undefined) throw new Error(`CRL ${number} is gone`)
      const pieces: Uint8Array[] = []
      for await (const piece of crls.octets(crl)) pieces.push(piece)
      found.push({
        scope: `${authority}/${shard}`,
        kind,
        number,
        der: Buffer.concat(pieces),
        issuer: certificateDer,
      })
    }
    return found
  } finally {
    db.close()
  }
}

/** What openssl says of a CRL's signature: `verify OK`. */
export function verifiedByOpenssl({ der, issuer }: Pick<FoundCrl, 'der' | 'issuer'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-crl-'))
  try {
    writeFileSync(join(folder, 'ca.pem'), pemOf('CERTIFICATE', issuer))
    const { stdout, stderr } = runTool(
      'openssl',
      ['crl', '-inform', 'DER', '-noout', '-verify', '-CAfile', join(folder, 'ca.pem')],
      der,
    )
    return (stdout + stderr).trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openIndexer } from '../../../src/adapters/prisma/audit-index/indexer.ts'
import { openStore } from '../../../src/adapters/prisma/store.ts'
import { systemClock } from '../../../src/adapters/system/clock.ts'
import { bulkEvents, type BulkEvent } from '../../support/audit-trail.ts'
import { requireRealDisk } from './machine.ts'

export const TRAIL_START = Date.UTC(2030, 0, 1)
export const TRAIL_REGION = 'eu-central-1'
export const trailAccount = (n: number): string => String(111_111_111_000 + (n % 50))

const NAMES = ['IssueCertificate', 'IssueCertificate', 'RequestCertificate', 'Decrypt', 'RevokeCertificate']

/** Fifty accounts, a thousand principals, one certificate an event; exports are one in a hundred thousand. */
export const trailEvent = (n: number): BulkEvent => ({
  account: trailAccount(n),
  region: TRAIL_REGION,
  time: TRAIL_START + n * 50,
  name: n % 100_000 === 77_777 ? 'ExportCertificate' : (NAMES[n % NAMES.length] as string),
  principal: `token/${createHash('sha256')
    .update(String(n % 1000))
    .digest('hex')
    .slice(0, 32)}`,
  resources: [
    `arn:aws:acm-pca:${TRAIL_REGION}:${trailAccount(n)}:certificate-authority/0197a1b2-7c44-7d0e-9f3a-${String(n % 200).padStart(12, '0')}`,
    certificateArn(n),
  ],
})

/** No two are alike, and they don't come in order. */
export const certificateArn = (n: number): string =>
  `arn:aws:acm-pca:${TRAIL_REGION}:${trailAccount(n)}:certificate-authority/0197a1b2-7c44-7d0e-9f3a-${String(n % 200).padStart(12, '0')}/certificate/${createHash('sha256').update(String(n)).digest('hex').slice(0, 32)}`

export type SeededTrail = {
  readonly folder: string
  readonly database: string
  readonly events: number
  /** Seconds that the index took, when it was built just now. */
  readonly indexSeconds: number | undefined
}

/** A database with so many events, made once and kept under TMPDIR; with an index when wanted. */
export async function aTrailOf(events: number, indexed: boolean): Promise<SeededTrail> {
  const folder = join(tmpdir(), `chancery-bench-trail-${events}`)
  const database = join(folder, 'chancery.db')
  if (!existsSync(join(folder, 'whole'))) {
    const making = `${folder}.new`
    await rm(making, { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
    await mkdir(making)
    requireRealDisk(making)
    const file = join(making, 'chancery.db')
    const store = await openStore({ file, serverId: 'bench', clock: systemClock })
    await store.close()
    bulkEvents(file, events, trailEvent)
    await writeFile(join(making, 'whole'), '')
    await rename(making, folder)
  }
  return { folder, database, events, indexSeconds: indexed ? await built(database) : undefined }
}

async function built(database: string): Promise<number | undefined> {
  const from = performance.now()
  const indexer = openIndexer(database, database.replace(/chancery\.db$/, 'audit-index.db'))
  let taken = 0
  for (let count = indexer.step(); count > 0; count = indexer.step()) taken += count
  indexer.close()
  return taken === 0 ? undefined : (performance.now() - from) / 1000
}

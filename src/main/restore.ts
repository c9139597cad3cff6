import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedFacts, type DatabaseFacts } from '../adapters/prisma/backup.ts'
import { openStore } from '../adapters/prisma/store.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { createInlineVerifier } from '../adapters/system/inline-verifier.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import type { Authority } from '../core/domain/authorities.ts'
import type { Region } from '../core/domain/ids.ts'
import { recordRestore } from '../core/operations/installation/record-restore.ts'
import { livingScopes } from '../core/operations/revocation/living-scopes.ts'
import { verifiedCrl, type VerifiedCrl } from '../core/operations/revocation/verified-crl.ts'
import type { Ports } from '../core/ports/ports.ts'
import { BACKUP_FILES, digestOf, readManifest, type BackupManifest } from './backup-manifest.ts'
import { checkKeyFile, emptyDirectory, synced, type KeyFile } from './backup.ts'
import { filesIn } from './compose.ts'
import { verifyAudit } from './verify-audit.ts'
import { publishedCrl, type CrlSource } from './published-crls.ts'

export type RestoreOptions = {
  /** Directory of the backup. */
  readonly source: string
  /** Empty, or not there. */
  readonly dataDir: string
  /** The key file that belongs to the backup; absent only where no key is sealed under the local KMS. */
  readonly keyFile: string | undefined
  /** Of the key file, where it has one. */
  readonly passphrase: () => string | undefined
  /** CRLs that somebody kept, in the order given. */
  readonly crls: readonly CrlSource[]
  /** Files of checkpoints that the backup's audit trail must fit, as far as it goes. */
  readonly checkpoints: readonly string[]
  /** Where the public repository may still be served, e.g. by a cache. */
  readonly publicUrl: string | undefined
  readonly globalRegion: Region
  /** Told what couldn't be had without being needed. */
  readonly note: (text: string) => void
}

export type RestoreReport = {
  readonly manifest: BackupManifest
  /** CRLs that were read back, and how many revocations they added. */
  readonly crls: number
  readonly revocations: number
}

/**
 * Puts a backup back into an empty data directory. Everything is verified before anything is written there; the
 * database takes its place last, so that a restore that was interrupted leaves no installation behind.
 * @throws Error or ChanceryError for the operator, naming what is wrong
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { source, dataDir, keyFile, passphrase } = options
  const manifest = readManifest(source)
  const database = join(source, BACKUP_FILES.database)
  await checkDigest(database, manifest)
  const facts = checkedFacts(database)
  checkManifest(source, manifest, facts)
  await checkKeys(keyFile === undefined ? undefined : { path: keyFile, passphrase }, facts)
  await checkTrail(database, options.checkpoints)
  await emptyDirectory(dataDir)
  const files = filesIn(dataDir)
  const staged = `${files.database}.restoring`
  try {
    await copyFile(database, staged, constants.COPYFILE_EXCL)
    await synced(staged, 0o600)
    const { crls, revocations } = await madeCurrent(staged, manifest, facts, options)
    if (keyFile !== undefined) {
      await copyFile(keyFile, files.keyFile, constants.COPYFILE_EXCL)
      await synced(files.keyFile, 0o600)
    }
    await synced(staged)
    await rename(staged, files.database)
    await synced(dataDir)
    return { manifest, crls, revocations }
  } catch (error) {
    for (const end of ['', '-wal', '-shm']) await rm(`${staged}${end}`, { force: true })
    if (!existsSync(files.database)) await rm(files.keyFile, { force: true })
    throw error
  }
}

async function checkDigest(database: string, { database: said }: BackupManifest): Promise<void> {
  const found = await digestOf(database)
  if (found.octets !== said.octets || found.sha256 !== said.sha256)
    throw new Error(`${database} is not what its manifest says: it has been changed or cut short`)
}

/** The digest has shown that it is the same file; this shows that the manifest is of it. */
function checkManifest(source: string, manifest: BackupManifest, facts: DatabaseFacts): void {
  const { installation, audit } = manifest
  const hash = Buffer.from(facts.auditHead.hash).toString('hex')
  if (installation !== facts.installation || audit.id !== facts.auditHead.id || audit.hash !== hash)
    throw new Error(`the manifest in ${source} is that of another database`)
}

/** Checkpoints of the time after the backup reach beyond its end, and say nothing against it. */
async function checkTrail(database: string, checkpoints: readonly string[]): Promise<void> {
  const trail = { database, archives: '' }
  const verified = await verifyAudit({ trail, checkpoints, publicKey: undefined, acceptRestores: true })
  const [wrong] = verified.findings.filter(({ kind }) => kind !== 'truncated')
  if (wrong !== undefined)
    throw new Error(`the audit trail in ${database} isn’t what it was: ${wrong.message}`)
}

async function checkKeys(keyFile: KeyFile | undefined, { keys }: DatabaseFacts): Promise<void> {
  const needed = keys.find(({ provider }) => provider === 'local')
  if (keyFile !== undefined) return checkKeyFile(keyFile, keys)
  if (needed !== undefined)
    throw new Error(
      `the key file is needed: keys in this backup are sealed under key ${needed.kekId}, version ${needed.kekVersion}; name it with --key-file`,
    )
}

/** Brings the copy to this version's schema, makes it the installation, and adds what CRLs know. */
async function madeCurrent(
  file: string,
  { createdAt }: BackupManifest,
  { auditHead }: DatabaseFacts,
  options: RestoreOptions,
): Promise<Omit<RestoreReport, 'manifest'>> {
  const { globalRegion } = options
  const random = createSystemRandom()
  const store = await openStore({ file, serverId: randomUUID(), clock: systemClock })
  try {
    const ports = {
      store,
      random,
      clock: systemClock,
      verifier: createInlineVerifier(),
      settings: { globalRegion },
    }
    const crls = await readBack(ports, options)
    const backupAt = Date.parse(createdAt)
    return { crls: crls.length, revocations: await recordRestore(ports, { backupAt, auditHead, crls }) }
  } finally {
    await store.close()
    // A copy from before the migrations: the backup itself is that.
    if (store.migrations.backup !== undefined) await rm(store.migrations.backup)
  }
}

/** CRLs from files must be right; those that are looked for on the network may be gone. */
async function readBack(
  ports: Pick<Ports, 'store' | 'verifier'>,
  { crls, publicUrl, note }: RestoreOptions,
): Promise<VerifiedCrl[]> {
  const authorities = (await ports.store.reads.authorities.all()).filter(
    (each) => each.certificate !== undefined,
  )
  const found: VerifiedCrl[] = []
  for (const { name, der } of crls) found.push(await verifiedCrl(ports, authorities, der, name, 'any'))
  if (publicUrl === undefined) return found
  for (const authority of authorities)
    for (const name of await namesOf(ports, authority)) {
      const url = `${publicUrl}/crl/${name}.crl`
      try {
        found.push(await verifiedCrl(ports, [authority], await publishedCrl(url), url, 'any'))
      } catch (error) {
        note(`no CRL from ${url}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  return found
}

/** The names of the files that an authority's CRLs are published in: whatever path stands before them, it leads there. */
async function namesOf({ store }: Pick<Ports, 'store'>, authority: Authority): Promise<readonly string[]> {
  const names: string[] = []
  for (const { shard } of await livingScopes({ store }, authority, systemClock.now()))
    names.push(shard === undefined ? authority.id : ((await store.reads.shards.get(shard))?.name ?? ''))
  const deltas = authority.revocation.crl.deltaHours !== undefined
  return deltas ? names.flatMap((name) => [name, `${name}-delta`]) : names
}

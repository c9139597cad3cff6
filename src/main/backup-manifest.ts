import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { MODES } from '../core/domain/installation.ts'

/** Names of the files in a backup. */
export const BACKUP_FILES = { database: 'chancery.db', manifest: 'manifest.json' } as const

const FORMAT = 'chancery-backup/1'
const hex = z.string().regex(/^[0-9a-f]{64}$/)

/** What stands in a backup's manifest: what it is a copy of, from when, and how to see that it is whole. */
const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Version of the program that made it. */
  chancery: z.string(),
  installation: z.string(),
  mode: z.enum(MODES),
  /** All that was committed before is in it; RFC 3339. */
  createdAt: z.iso.datetime(),
  database: z.strictObject({ octets: z.number().int(), sha256: hex }),
  /** Name of the newest migration in it. */
  migration: z.string(),
  /** Head of the audit chain. */
  audit: z.strictObject({ id: z.number().int(), hash: hex }),
  certificates: z.number().int(),
  authorities: z.array(z.strictObject({ id: z.string(), name: z.string(), crlNumber: z.number().int() })),
  /** The key-encryption keys without which it is worth nothing. */
  keys: z.array(z.strictObject({ provider: z.string(), kekId: z.string(), kekVersion: z.number().int() })),
})
export type BackupManifest = z.infer<typeof manifestSchema>

/** A manifest as text, with a line end. */
export const manifestText = (manifest: Omit<BackupManifest, 'format'>): string =>
  `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`

/** @throws Error naming the file and what is wrong */
export function readManifest(directory: string): BackupManifest {
  const path = join(directory, BACKUP_FILES.manifest)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} can’t be read: ${why}. Is ${directory} a whole backup?`, { cause: error })
  }
  const parsed = manifestSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no manifest'}`)
}

/** Length and SHA-256 of a file; read in pieces, since it may be larger than memory. */
export async function digestOf(path: string): Promise<BackupManifest['database']> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { octets: (await stat(path)).size, sha256: hash.digest('hex') }
}

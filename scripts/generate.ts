import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const output = join(root, 'src/adapters/prisma/generated')
const stampFile = join(output, '.made-from')
const require = createRequire(import.meta.url)

function prismaCli(): string | undefined {
  try {
    return join(dirname(require.resolve('prisma/package.json')), 'build/index.js')
  } catch {
    return undefined
  }
}

/** A digest of everything the generated client depends on: the schema, its configuration, Prisma's version. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const file of ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json']) {
    hash.update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/**
 * Makes the Prisma client in `src/adapters/prisma/generated`, unless it is up to date already.
 * Returns what was done; throws when Prisma refuses the schema.
 */
export function generate(): 'made' | 'up to date' | 'left alone' {
  const cli = prismaCli()
  // `npm ci --omit=dev` runs `prepare` too: then there is nothing to generate with, and dist has the client.
  if (cli === undefined || !existsSync(join(root, 'prisma/schema.prisma'))) return 'left alone'
  const wanted = fingerprint()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return 'up to date'
  // Every Prisma command wants to download its schema engine first, though `generate` never runs it: an engine
  // that is named isn't fetched, so any program that exists will do.
  const run = spawnSync(process.execPath, [cli, 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
  if (run.status !== 0) throw new Error(`prisma generate failed:\n${run.stdout}${run.stderr}`)
  writeFileSync(stampFile, wanted)
  return 'made'
}

if (import.meta.main) console.log(`Prisma client: ${generate()}`)

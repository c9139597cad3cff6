import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules/.bin', name)

/** Everything that can be said about the sources without running them, the quickest first. */
const checks: [title: string, command: string, ...args: string[]][] = [
  ['Prisma client', process.execPath, 'scripts/generate.ts'],
  ['layering', bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src'],
  ['migrations', process.execPath, 'scripts/migration.ts', 'check'],
  ['generated documents', process.execPath, 'scripts/openapi.ts', '--check'],
  ['types', bin('tsc'), '-p', '.'],
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['lint', bin('eslint'), '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'],
]

const failed: string[] = []
for (const [title, command, ...args] of checks) {
  const started = process.hrtime.bigint()
  console.log(`-- ${title}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  console.log(`   ${status === 0 ? 'fine' : 'FAILED'} after ${seconds.toFixed(1)} s`)
  if (status !== 0) failed.push(title)
}
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = join(import.meta.dirname, '../test/bench')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

// A benchmark is a module that measures when it is imported; it finds its own arguments behind its name.
const name = process.argv[2]
if (name === undefined || !known.includes(name) || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`Usage: npm run -s bench -- NAME\nBenchmarks: ${known.join(', ') || 'none yet'}`)
  process.exitCode = 2
} else {
  process.argv.splice(2, 1)
  await import(pathToFileURL(join(folder, `${name}.ts`)).href)
}

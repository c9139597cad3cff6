/**
 * Writes docs/openapi.json from the route table; with `--check`, compares instead and exits with 1 when they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { openApiDocument } from '../src/contract/openapi.ts'

const target = fileURLToPath(new URL('../docs/openapi.json', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const options = { ...(await resolveConfig(target)), filepath: target }
const text = await format(JSON.stringify(openApiDocument(version)), options)

if (!process.argv.includes('--check')) {
  writeFileSync(target, text)
} else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json differs from the route table: run `npm run openapi`\n')
  process.exitCode = 1
}

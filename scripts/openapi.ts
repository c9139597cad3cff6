/**
 * Writes docs/openapi.json and docs/errors.md from the tables of the contract; with `--check`, compares instead and
 * exits with 1 when one differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { errorsPage } from '../src/contract/errors-page.ts'
import { openApiDocument } from '../src/contract/openapi.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const written = {
  'openapi.json': JSON.stringify(openApiDocument(version)),
  'errors.md': errorsPage(),
}

for (const [name, content] of Object.entries(written)) {
  const file = fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
  const text = await format(content, { ...(await resolveConfig(file)), filepath: file })
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`docs/${name} differs from the contract: run \`npm run openapi\`\n`)
    process.exitCode = 1
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { KMS_NAMES } from '../../../src/core/domain/kms.ts'
import { pageColumns } from './conformance-table.ts'

it('docs/kms.md has a column for each provider that the conformance suite is run against, and for no other', () => {
  const folder = join(import.meta.dirname, '../..')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const tried = KMS_NAMES.filter((name) =>
    sources.some((source) => new RegExp(`kmsConformance\\(\\s*'${name}'`).test(source)),
  )
  expect([...pageColumns().keys()]).toEqual(tried)
})

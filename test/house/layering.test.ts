import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

/** What a file may not import, and the rule that says so. Each row is one file of a tree made for this test. */
const breaches: [rule: string, file: string, imports: string][] = [
  ['core-domain', 'core/domain/a.ts', `import 'node:crypto'`],
  ['core-domain', 'core/domain/b.ts', `import { z } from 'zod'\nexport const b = z`],
  [
    'core-domain',
    'core/domain/c.ts',
    `import type { Thing } from '../ports/thing.ts'\nexport type C = Thing`,
  ],
  ['core-x509', 'core/x509/a.ts', `import 'node:fs'`],
  ['core-x509', 'core/x509/b.ts', `import type { Thing } from '../ports/thing.ts'\nexport type B = Thing`],
  ['core-x509', 'core/x509/c.ts', `import 'zod'`],
  ['core-ports', 'core/ports/a.ts', `import type { A } from '../operations/op.ts'\nexport type B = A`],
  ['core-ports', 'core/ports/b.ts', `import type { A } from 'node:net'\nexport type B = A`],
  [
    'core-ports-types-only',
    'core/ports/c.ts',
    `import { thing } from '../domain/thing.ts'\nexport const c = thing`,
  ],
  ['core-operations', 'core/operations/a.ts', `import '../../adapters/kms/thing.ts'`],
  ['core-operations', 'core/operations/b.ts', `import '../../contract/thing.ts'`],
  ['core-operations', 'core/operations/c.ts', `import 'express'`],
  ['core-operations', 'core/operations/d.ts', `import 'node:crypto'`],
  ['contract', 'contract/a.ts', `import '../core/x509/thing.ts'`],
  ['contract', 'contract/b.ts', `import type { A } from '../core/operations/op.ts'\nexport type B = A`],
  ['contract', 'contract/c.ts', `import 'express'`],
  ['adapters-prisma', 'adapters/prisma/a.ts', `import '../kms/thing.ts'`],
  ['adapters-prisma', 'adapters/prisma/b.ts', `import '../../core/x509/thing.ts'`],
  ['adapters-kms', 'adapters/kms/a.ts', `import '../system/thing.ts'`],
  ['adapters-kms', 'adapters/kms/b.ts', `import '../../core/operations/op.ts'`],
  ['adapters-system', 'adapters/system/a.ts', `import '../../faces/http/thing.ts'`],
  ['adapters-system', 'adapters/system/b.ts', `import 'express'`],
  ['adapters-dns', 'adapters/dns/a.ts', `import '../../core/operations/op.ts'`],
  ['adapters-files', 'adapters/files/a.ts', `import '../prisma/thing.ts'`],
  ['adapters-mail', 'adapters/mail/a.ts', `import '../dns/thing.ts'`],
  ['adapters-probe', 'adapters/probe/a.ts', `import 'zod'`],
  ['adapters-perspective', 'adapters/perspective/a.ts', `import '../probe/thing.ts'`],
  ['adapters-outbound', 'adapters/outbound/a.ts', `import '../probe/thing.ts'`],
  ['adapters-webhooks', 'adapters/webhooks/a.ts', `import '../probe/thing.ts'`],
  ['adapters-s3', 'adapters/s3/a.ts', `import '../webhooks/thing.ts'`],
  ['adapters-authentication', 'adapters/authentication/a.ts', `import '../probe/thing.ts'`],
  ['adapters-known', 'adapters/new/a.ts', `import '../../core/domain/thing.ts'`],
  ['faces-http', 'faces/http/a.ts', `import '../../core/operations/op.ts'`],
  ['faces-http', 'faces/http/b.ts', `import '../../adapters/kms/thing.ts'`],
  ['faces-rest', 'faces/rest/a.ts', `import '../pki/thing.ts'`],
  ['faces-rest', 'faces/rest/b.ts', `import '../../adapters/kms/thing.ts'`],
  ['faces-rest', 'faces/rest/c.ts', `import '../../core/x509/thing.ts'`],
  ['faces-aws', 'faces/aws/a.ts', `import '../rest/thing.ts'`],
  ['faces-acme', 'faces/acme/a.ts', `import '../aws/thing.ts'`],
  ['faces-pki', 'faces/pki/a.ts', `import '../acme/thing.ts'`],
  ['faces-pages', 'faces/pages/a.ts', `import '../rest/thing.ts'`],
  ['faces-jobs', 'faces/jobs/a.ts', `import '../http/thing.ts'`],
  ['faces-dns', 'faces/dns/a.ts', `import '../http/thing.ts'`],
  ['faces-smtp', 'faces/smtp/a.ts', `import '../../adapters/mail/thing.ts'`],
  ['faces-cli', 'faces/cli/a.ts', `import '../../core/operations/op.ts'`],
  ['faces-cli', 'faces/cli/b.ts', `import '../http/thing.ts'`],
  ['faces-console', 'faces/console/a.ts', `import '../cli/thing.ts'`],
  ['faces-known', 'faces/new/a.ts', `import '../../core/domain/thing.ts'`],
  ['main-is-the-top', 'faces/cli/c.ts', `import '../../main/thing.ts'`],
  ['main-is-the-top', 'adapters/kms/c.ts', `import type { A } from '../../main/op.ts'\nexport type B = A`],
  ['testing-is-not-shipped', 'main/a.ts', `import '../testing/thing.ts'`],
  ['only-adapters-prisma-names-prisma', 'main/b.ts', `import 'better-sqlite3'`],
  ['only-adapters-prisma-names-prisma', 'main/c.ts', `import '@prisma/client'`],
  ['only-adapters-prisma-names-prisma', 'main/d.ts', `import '../adapters/prisma/generated/client.ts'`],
  ['writer-without-client', 'adapters/prisma/writer/a.ts', `import '../generated/client.ts'`],
  ['only-core-x509-names-peculiar', 'main/e.ts', `import '@peculiar/x509'`],
  [
    'only-core-x509-names-peculiar',
    'adapters/kms/d.ts',
    `import type { A } from '@peculiar/x509'\nexport type B = A`,
  ],
  ['src-knows-src', 'main/f.ts', `import '../../test/thing.ts'`],
  ['no-development-packages', 'main/g.ts', `import 'fast-check'`],
  ['no-cycles', 'core/domain/d.ts', `import './e.ts'`],
  ['no-orphans', 'core/domain/f.ts', `export const forgotten = 1`],
  ['no-unresolvable', 'main/h.ts', `import './nowhere.ts'`],
]

/** What the table of the architecture allows; none of these may be reported. */
const allowed: [file: string, imports: string][] = [
  ['core/x509/ok.ts', `import 'node:crypto'\nimport '@peculiar/x509'\nimport '../domain/thing.ts'`],
  ['core/ports/ok.ts', `import type { A } from '../domain/op.ts'\nexport type B = A`],
  [
    'core/operations/ok.ts',
    `import '../domain/thing.ts'\nimport '../x509/thing.ts'\nimport type { A } from '../ports/op.ts'\nexport type B = A`,
  ],
  ['contract/ok.ts', `import 'zod'\nimport '../core/domain/thing.ts'`],
  ['adapters/prisma/ok.ts', `import '@prisma/client'\nimport 'better-sqlite3'\nimport 'node:fs/promises'`],
  ['adapters/prisma/writer/ok.ts', `import 'better-sqlite3'\nimport 'node:worker_threads'`],
  ['adapters/kms/ok.ts', `import '../../core/x509/thing.ts'\nimport 'node:crypto'`],
  ['adapters/system/ok.ts', `import 'pino'\nimport 'prom-client'`],
  ['faces/http/ok.ts', `import 'express'\nimport 'zod'\nimport '../../contract/thing.ts'`],
  ['faces/rest/ok.ts', `import 'express'\nimport '../http/thing.ts'\nimport '../../core/operations/op.ts'`],
  ['faces/jobs/ok.ts', `import '../../core/operations/op.ts'`],
  ['faces/cli/ok.ts', `import 'commander'\nimport '../../contract/thing.ts'\nimport 'node:tls'`],
  ['main/ok.ts', `import '../faces/rest/thing.ts'\nimport '../adapters/prisma/thing.ts'\nimport 'zod'`],
  ['testing/ok.ts', `import '../main/thing.ts'`],
]

type Found = { readonly from: string; readonly rule: { readonly name: string } }

let folder = ''
let found: { file: string; rule: string }[] = []

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), `${text}\n`)
}

function folders(): Set<string> {
  return new Set(
    [...breaches.map((row) => row[1]), ...allowed.map((row) => row[0])].map((file) => dirname(file)),
  )
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-layering-'))
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // Something to import in each folder: a value, a type, and a client that looks generated.
  for (const name of [...folders(), '../test']) {
    write(join('src', name, 'thing.ts'), `export const thing = 1\nexport type Thing = number`)
    write(join('src', name, 'op.ts'), `export type A = number\nexport * from './thing.ts'`)
  }
  write('src/adapters/prisma/generated/client.ts', `export const client = 1`)
  // A cycle is reported once, at its first file.
  write('src/core/domain/e.ts', `import './d.ts'`)
  for (const [, file, text] of breaches) write(join('src', file), text)
  for (const [file, text] of allowed) write(join('src', file), text)
  const run = spawnSync(
    process.execPath,
    [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: Found[] } }
  found = summary.violations.map(({ from, rule }) => ({ file: from, rule: rule.name }))
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('who may import whom', () => {
  test.each(breaches)('%s refuses %s', (rule, file) => {
    expect(found).toContainEqual({ file: `src/${file}`, rule })
  })

  test.each(allowed)('%s is left alone', (file) => {
    expect(found.filter((each) => each.file === `src/${file}`)).toEqual([])
  })

  test('each rule is shown to bite', () => {
    const { forbidden } = require(join(root, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[] }
    const shown = new Set(breaches.map(([rule]) => rule))
    expect(forbidden.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  test('this checkout keeps to them', () => {
    const report = execFileSync(
      process.execPath,
      [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src'],
      { cwd: root, encoding: 'utf8' },
    )
    expect(report).toContain('no dependency violations found')
  }, 60_000)

  test('every file and folder has a name that says something', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const empty = /(^|[/-])(utils?|helpers?|managers?|services?|impl|misc)(\/|\.ts$|$)/
    expect(files.filter((file) => empty.test(file))).toEqual([])
  })
})

import { join } from 'node:path'
import { ESLint } from 'eslint'
import { beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

// Text is linted under the name of a file that exists, since typed rules want a file of the project.
const CORE = 'src/core/domain/ids.ts'
const FACE = 'src/contract/client.ts'
const TEST = 'test/house/lint-rules.test.ts'

const breaches: [rule: string, file: string, text: string][] = [
  ['no-restricted-syntax', CORE, 'export const a = Date.now()'],
  ['no-restricted-syntax', CORE, 'export const a = new Date()'],
  ['no-restricted-syntax', CORE, 'export const a = Date()'],
  ['no-restricted-syntax', CORE, 'export const a = Math.random()'],
  ['no-restricted-syntax', CORE, 'export const a = crypto.randomUUID()'],
  ['no-restricted-globals', CORE, 'setTimeout(() => undefined, 1)'],
  ['no-restricted-globals', CORE, 'setImmediate(() => undefined)'],
  ['no-restricted-globals', CORE, `export const a = fetch('http://localhost')`],
  ['no-restricted-globals', CORE, 'export const a = process.pid'],
  ['no-restricted-globals', CORE, 'export const a = performance.now()'],
  ['no-restricted-globals', CORE, 'export const a = globalThis.performance.now()'],
  [
    'no-restricted-imports',
    CORE,
    `import { randomBytes } from 'node:crypto'\nexport const a = randomBytes(1)`,
  ],
  ['no-restricted-syntax', CORE, 'const a = 1\nexport default a'],
  ['no-restricted-syntax', FACE, 'const a = 1\nexport default a'],
  ['no-restricted-syntax', FACE, `export const a = process.env['HOME']`],
  ['no-restricted-syntax', FACE, 'process.exit(1)'],
  ['no-restricted-syntax', TEST, `import { test } from 'vitest'\ntest.only('x', () => undefined)`],
  ['no-restricted-syntax', TEST, `import { describe } from 'vitest'\ndescribe.skip('x', () => undefined)`],
  ['@typescript-eslint/no-explicit-any', FACE, 'export const a: any = 1'],
  ['@typescript-eslint/ban-ts-comment', FACE, '// @ts-ignore\nexport const a = 1'],
  ['@typescript-eslint/no-floating-promises', FACE, 'Promise.resolve(1)'],
  ['@typescript-eslint/no-misused-promises', FACE, 'export const a = (b: Promise<boolean>) => (b ? 1 : 2)'],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    FACE,
    `export function f(a: 'x' | 'y'): number {\n  switch (a) {\n    case 'x':\n      return 1\n  }\n  return 2\n}`,
  ],
  [
    '@typescript-eslint/consistent-type-imports',
    FACE,
    `import { Socket } from 'node:net'\nexport type A = Socket`,
  ],
  ['max-lines', FACE, 'export {}\n'.repeat(301)],
  ['max-lines-per-function', FACE, `export function f(): void {\n${'  void 0\n'.repeat(90)}}`],
  ['no-warning-comments', FACE, '// TODO later\nexport const a = 1'],
  ['no-console', FACE, `console.log('x')`],
]

/** Legal, though it looks much like a breach. */
const allowed: [file: string, text: string][] = [
  [CORE, 'export const iso = (ms: number): string => new Date(ms).toISOString()'],
  [CORE, 'export const a = Math.floor(1.5)'],
  [FACE, 'export const a = Date.now()'],
  [TEST, `import { test } from 'vitest'\ntest.runIf(process.env['X'] === '1')('x', () => undefined)`],
]

let eslint: ESLint

async function findings(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${text}\n`, { filePath: join(root, file) })
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message)
}

beforeAll(async () => {
  eslint = new ESLint({ cwd: root })
  // The first text loads the whole project's types: up to half a minute on a busy machine.
  await findings(CORE, 'export const a = 1')
}, 120_000)

describe('lint rules of the house', () => {
  test.each(breaches)('%s in %s: %j', async (rule, file, text) => {
    expect(await findings(file, text)).toContain(rule)
  })

  test.each(allowed)('%s may say %j', async (file, text) => {
    expect(await findings(file, text)).toEqual([])
  })
})

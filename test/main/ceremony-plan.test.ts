import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PlanError, readPlan } from '../../src/main/ceremony/plan.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-plan-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const HEAD = 'format: chancery-ceremony/1\ntitle: Test\n'
const ROOT = 'authorities:\n  - kind: root\n    name: Root\n    subject: { commonName: Root }\n'

function problemsOf(text: string): readonly string[] {
  const path = join(directory, 'plan.yaml')
  writeFileSync(path, text)
  try {
    readPlan(path)
  } catch (error) {
    if (error instanceof PlanError) return error.problems
    throw error
  }
  return []
}

describe('a plan', () => {
  test('golden: authorities with the fields of the API; its hash is the file’s', () => {
    const path = join(directory, 'golden.yaml')
    writeFileSync(path, `${HEAD}participants: [{ name: A, role: witness }]\n${ROOT}`)
    const { plan, sha256, text } = readPlan(path)
    expect(plan.authorities).toEqual([{ kind: 'root', name: 'Root', subject: { commonName: 'Root' } }])
    expect(plan.participants).toEqual([{ name: 'A', role: 'witness' }])
    expect(text).toContain('witness')
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([
    ['nothing', '', /the plan: /],
    [
      'another format',
      `format: chancery-ceremony/2\ntitle: T\n${ROOT}`,
      /^format: must be chancery-ceremony\/1/,
    ],
    ['no authorities', `${HEAD}authorities: []\n`, /^authorities: /],
    ['a member that there isn’t', `${HEAD}quorum: 3\n${ROOT}`, /quorum/],
    ['a key twice', `${HEAD}title: Again\n${ROOT}`, /^line 3: .*unique/],
    [
      'an alias, which people overlook',
      `${HEAD}participants: [&a { name: A, role: w }, *a]\n${ROOT}`,
      /alias/i,
    ],
    ['no YAML', `${HEAD}authorities: [\n`, /^line \d+: /],
    [
      'a wrong field of an authority',
      `${HEAD}${ROOT}    keyAlgorithm: DSA\n`,
      /^authorities\[0\]\.keyAlgorithm: /,
    ],
    [
      'a subordinate without a parent',
      `${HEAD}${ROOT}  - { kind: subordinate, name: S, subject: { commonName: S } }\n`,
      /^authorities\[1\]\.parent: /,
    ],
    [
      'one name for two',
      `${HEAD}${ROOT}  - { kind: root, name: Root, subject: { commonName: X } }\n`,
      /^authorities\[1\]\.name: “Root” stands there twice/,
    ],
    [
      'a parent behind its child',
      `${HEAD}authorities:\n  - { kind: subordinate, parent: Root, name: S, subject: { commonName: S } }\n  - { kind: root, name: Root, subject: { commonName: R } }\n`,
      /^authorities\[0\]\.parent: “Root” must stand before/,
    ],
    ['too much', `${HEAD}${ROOT}${'#'.repeat(300_000)}\n`, /262144 octets/],
  ])('is refused for %s', (_, text, problem) => {
    expect(problemsOf(text).join('\n')).toMatch(problem)
  })

  test('is refused when it can’t be read', () => {
    expect(() => readPlan(join(directory, 'nowhere.yaml'))).toThrow(PlanError)
  })
})

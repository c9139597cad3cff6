import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stagesOf } from '../../scripts/dockerfile.ts'

const root = join(import.meta.dirname, '../..')
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const last = stagesOf(dockerfile).at(-1)
const rest = (keyword: string): string | undefined =>
  last?.steps.find((step) => step.keyword === keyword)?.rest

describe('reading a Dockerfile', () => {
  test('stages, joined lines, comments', () => {
    const text = '# c\nFROM a:1 AS one\nRUN x \\\n  y\n\nFROM b\n# c\ncopy --from=one /x /y\n'
    expect(stagesOf(text)).toEqual([
      { name: 'one', base: 'a:1', steps: [{ keyword: 'RUN', rest: 'x   y', line: 3 }] },
      { name: '1', base: 'b', steps: [{ keyword: 'COPY', rest: '--from=one /x /y', line: 8 }] },
    ])
  })

  test.each([
    ['RUN x', 'before FROM'],
    ['FROM a\n???', 'no instruction'],
  ])('%j is refused', (text, message) => {
    expect(() => stagesOf(text)).toThrow(message)
  })
})

describe('the image', () => {
  test('is not run as root, keeps its data in a volume, and listens to the outside', () => {
    expect(rest('USER')).toBe('node')
    expect(rest('VOLUME')).toBe('/data')
    const environment = last?.steps.filter((step) => step.keyword === 'ENV').map((step) => step.rest)
    expect(environment).toEqual(expect.arrayContaining(['CHANCERY_BIND=0.0.0.0', 'CHANCERY_DATA_DIR=/data']))
  })

  test('asks for its own readiness, with a program that parses', () => {
    const list = rest('HEALTHCHECK')?.replace(/^.*?CMD /, '') ?? ''
    const [node, flag, program] = JSON.parse(list) as string[]
    expect([node, flag]).toEqual(['node', '-e'])
    expect(program).toContain('/health/ready')
    expect(program).toMatch(/^fetch\(/)
  })

  test('copies only what exists and what .dockerignore lets through', () => {
    const kept = readFileSync(join(root, '.dockerignore'), 'utf8')
    const sources = stagesOf(dockerfile)
      .flatMap(({ steps }) => steps)
      .filter(({ keyword, rest: words }) => keyword === 'COPY' && !words.startsWith('--from='))
      .flatMap(({ rest: words }) => words.split(/\s+/).slice(0, -1))
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true)
      expect(kept, source).toMatch(new RegExp(`^!${source.replaceAll('.', '\\.')}/?$`, 'm'))
    }
  })
})

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { replaceFile, secretIn } from '../../src/main/files.ts'

const directory = mkdtempSync(join(tmpdir(), 'chancery-files-'))
afterAll(() => rmSync(directory, { recursive: true }))
const SECRET = 'x'.repeat(40)

describe('a secret file', () => {
  test('is made for its owner alone, once, and leaves nothing else', () => {
    const path = join(directory, 'secret')
    expect(secretIn(path, () => SECRET)).toBe(SECRET)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe(`${SECRET}\n`)
    expect(secretIn(path, () => 'another')).toBe(SECRET)
    expect(readdirSync(directory)).toEqual(['secret'])
  })

  test('that others can read is refused', () => {
    const path = join(directory, 'open')
    writeFileSync(path, SECRET)
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(path, mode)
      expect(() => secretIn(path, () => SECRET)).toThrow(/chmod 600/)
    }
  })

  test('that is empty is no secret', () => {
    const path = join(directory, 'empty')
    writeFileSync(path, '\n', { mode: 0o600 })
    expect(() => secretIn(path, () => SECRET)).toThrow(/holds no secret/)
  })
})

test('a replaced file changes in one step, and not at all when its content stays', () => {
  const path = join(directory, 'ca.pem')
  replaceFile(path, 'one', 0o644)
  const { ino } = statSync(path)
  replaceFile(path, 'one', 0o644)
  expect(statSync(path).ino).toBe(ino)
  replaceFile(path, 'two', 0o644)
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([])
})

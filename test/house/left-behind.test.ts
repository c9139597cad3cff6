import { tmpdir } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { leftBehind, sharedNow } from '../support/left-behind.ts'

const before = sharedNow()
afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
  process.chdir(before.directory)
  process.exitCode = undefined
})

test('a file of tests that puts back what it changes leaves nothing to the next one in its process', () => {
  vi.stubEnv('HOME', '/nowhere')
  vi.unstubAllEnvs()
  expect(leftBehind(before)).toEqual([])
})

test.each<[string, () => unknown]>([
  ['environment variable CHANCERY_OF_A_TEST', () => vi.stubEnv('CHANCERY_OF_A_TEST', '1')],
  ['environment variable HOME', () => vi.stubEnv('HOME', undefined)],
  ['working directory', () => process.chdir(tmpdir())],
  ['exit code', () => (process.exitCode = 1)],
  ['fake timers', () => vi.useFakeTimers({ toFake: ['setTimeout'] })],
])('what it leaves is named: %s', (name, change) => {
  change()
  expect(leftBehind(before)).toEqual([name])
})

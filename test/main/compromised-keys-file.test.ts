import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compromisedKeysFile } from '../../src/main/compromised-keys-file.ts'
import { testPorts, type TestPorts } from '../support/test-ports.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)] as const
let given: TestPorts
let directory: string
let path: string
beforeEach(async () => {
  given = await testPorts({ authorities: false })
  directory = mkdtempSync(join(tmpdir(), 'chancery-keys-'))
  path = join(directory, 'compromised.txt')
})
afterEach(async () => {
  await given[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})
let moment = 1_000_000_000
const write = (text: string): void => {
  writeFileSync(path, text)
  // Two writes within one tick of the file system's clock would look like one.
  utimesSync(path, ++moment, moment)
}
const hashes = () => given.ports.store.reads.compromisedKeys.ofFile(undefined, 10)

test('is read when it is new or has changed, and only then', async () => {
  write(`${A}\n`)
  const file = compromisedKeysFile(given.ports, path)
  expect(await file.load()).toEqual({ added: 1, dropped: 0 })
  expect(await file.load()).toEqual({})
  write(`# changed\n${B}\n`)
  expect(await file.load()).toEqual({ added: 1, dropped: 1 })
  expect(await hashes()).toEqual([B])
})

test('a wrong line stops all of it, by its number; what stood before stays, and it is tried again', async () => {
  write(`${A}\n`)
  const file = compromisedKeysFile(given.ports, path)
  await file.load()
  write(`${B}\nnonsense\n`)
  for (let n = 0; n < 2; n++)
    await expect(file.load()).rejects.toThrow(
      /^CHANCERY_COMPROMISED_KEYS_FILE: .*compromised\.txt is wrong: line 2 /,
    )
  expect(await hashes()).toEqual([A])
  write(Array.from({ length: 9 }, () => 'x').join('\n'))
  await expect(file.load()).rejects.toThrow(/line 5 .*; and 4 more$/)
})

test('a file that can’t be read is said to be so', async () => {
  await expect(compromisedKeysFile(given.ports, join(directory, 'none')).load()).rejects.toThrow(
    /CHANCERY_COMPROMISED_KEYS_FILE: .*none can't be read: .*ENOENT/,
  )
})

test('without one, what an earlier one said is forgotten', async () => {
  write(`${A}\n`)
  await compromisedKeysFile(given.ports, path).load()
  expect(await compromisedKeysFile(given.ports, undefined).load()).toEqual({ added: 0, dropped: 1 })
})

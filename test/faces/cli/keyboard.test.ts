import { writeFileSync } from 'node:fs'
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keyboardOn, typedOn, type Typing } from '../../../src/faces/cli/keyboard.ts'
import { agreed, passphraseFor } from '../../../src/faces/cli/passphrase.ts'
import { aWorld, temporaryDirectory } from './a-world.ts'

const type = (keys: string): Typing =>
  Array.from(keys).reduce(typedOn, { text: '', state: 'typing' } as Typing)

describe('typing', () => {
  test.each([
    ['abc\r', 'abc', 'entered'],
    ['ab\u007fc\n', 'ac', 'entered'],
    ['ä😀\u007f\r', 'ä', 'entered'],
    ['abc\u0015x\r', 'x', 'entered'],
    ['abc\u0003', '', 'given-up'],
    ['\u0004', '', 'given-up'],
    ['a\u0001b', 'ab', 'typing'],
    ['abc\rmore', 'abc', 'entered'],
  ])('%j', (keys, text, state) => expect(type(keys)).toEqual({ text, state }))

  test('a terminal shows a line only when asked to, and leaves raw mode', async () => {
    for (const echo of [false, true]) {
      const raw: string[] = []
      let shown = ''
      const input = Object.assign(new EventEmitter(), {
        isTTY: true,
        setRawMode: (on: boolean) => raw.push(`${on}:${shown}`),
        setEncoding: () => undefined,
        resume: () => undefined,
        pause: () => undefined,
      })
      const keyboard = keyboardOn(input as never, { write: (text) => (shown += text) })
      const line = keyboard.readLine('Q? ', echo)
      input.emit('data', 'sec')
      input.emit('data', 'ret\r')
      expect(await line).toBe('secret')
      const typed = echo ? 'Q? secret' : 'Q? '
      // Raw before the question: whoever sees it types, and the terminal would show that.
      expect(raw).toEqual(['true:', `false:${typed}`])
      expect(shown).toBe(`${typed}\n`)
      expect(input.listenerCount('data')).toBe(0)
    }
  })
})

describe('a passphrase', () => {
  test('is typed twice and not shown', async () => {
    const world = aWorld({ typed: ['correct horse battery', 'correct horse battery'] })
    expect(await passphraseFor(world, undefined)).toBe('correct horse battery')
    expect(world.stderr.text()).not.toContain('horse')
  })

  test.each([
    ['differs', ['correct horse battery', 'correct horse bakery'], 'differ'],
    ['too short', ['short'], 'at least 12'],
    ['given up', [undefined], 'no passphrase'],
  ])('%s', async (_, typed, message) => {
    await expect(passphraseFor(aWorld({ typed }), undefined)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    })
  })

  test('comes from a file or the standard input, without the line end', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'p'), 'correct horse battery\r\n')
    writeFileSync(join(directory, 'two'), 'correct horse battery\nanother line\n')
    const world = aWorld({ directory, input: ' spaces count here \n' })
    expect(await passphraseFor(world, 'p')).toBe('correct horse battery')
    expect(await passphraseFor(world, '-')).toBe(' spaces count here ')
    await expect(passphraseFor(world, 'two')).rejects.toMatchObject({ exitCode: 2 })
    await expect(passphraseFor(world, undefined)).rejects.toMatchObject({
      advice: [expect.stringContaining('--passphrase-file')],
    })
  })
})

test.each([
  ['y', true],
  ['YES ', true],
  ['', false],
  ['yeah', false],
  [undefined, false],
])('%j agrees: %s', async (typed, outcome) => {
  expect(await agreed(aWorld({ typed: [typed] }), 'Sure?')).toBe(outcome)
})

test('nobody there agrees to nothing', async () => {
  await expect(agreed(aWorld(), 'Sure?')).rejects.toMatchObject({ exitCode: 2 })
})

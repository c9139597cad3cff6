import type { ReadStream } from 'node:tty'
import type { Keyboard } from './world.ts'

/** Keys as a terminal in raw mode sends them. */
const ENTER = new Set(['\r', '\n'])
const GIVE_UP = new Set(['\u0003', '\u0004'])
const ERASE = new Set(['\u007f', '\b'])
const ERASE_ALL = '\u0015'

/** What a person typed so far, and whether the line is finished or given up. */
export type Typing = { readonly text: string; readonly state: 'typing' | 'entered' | 'given-up' }

/** A key more: enter ends, Ctrl-C and Ctrl-D give up, backspace and Ctrl-U erase, other controls do nothing. */
export function typedOn(before: Typing, key: string): Typing {
  if (before.state !== 'typing') return before
  if (ENTER.has(key)) return { ...before, state: 'entered' }
  if (GIVE_UP.has(key)) return { text: '', state: 'given-up' }
  if (ERASE.has(key)) return { ...before, text: Array.from(before.text).slice(0, -1).join('') }
  if (key === ERASE_ALL) return { ...before, text: '' }
  if (/^[\u0000-\u001f]/.test(key)) return before
  return { ...before, text: before.text + key }
}

type Input = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause' | 'setEncoding'> &
  AsyncIterable<Buffer | string>

/** The keyboard, or whatever the standard input is. `echo` goes to `shown`, so that the standard output stays clean. */
export const keyboardOn = (input: Input, shown: { write(text: string): unknown }): Keyboard => ({
  isTerminal: input.isTTY,
  readAll: async () => {
    const chunks: Buffer[] = []
    for await (const chunk of input) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  },
  readLine: (question, echo) =>
    new Promise((resolve) => {
      let typing: Typing = { text: '', state: 'typing' }
      // Raw, so that the terminal itself doesn't show what is typed; before the question, since whoever sees it types.
      input.setRawMode(true)
      input.setEncoding('utf8')
      shown.write(question)
      const onKeys = (keys: Buffer | string): void => {
        for (const key of String(keys)) {
          const before = typing
          typing = typedOn(typing, key)
          if (echo && typing.text.length > before.text.length) shown.write(key)
          if (echo && typing.text.length < before.text.length)
            shown.write('\b \b'.repeat(Array.from(before.text).length - Array.from(typing.text).length))
        }
        if (typing.state === 'typing') return
        input.setRawMode(false)
        input.off('data', onKeys)
        input.pause()
        shown.write('\n')
        resolve(typing.state === 'entered' ? typing.text : undefined)
      }
      input.on('data', onKeys)
      input.resume()
    }),
})

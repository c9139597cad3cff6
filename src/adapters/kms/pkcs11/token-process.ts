import type { Answer, OpenedToken, Question, TokenOperations, TokenSettings } from './messages.ts'
import { openToken } from './open-token.ts'
import { failureOf } from './token-failure.ts'
import { tokenOperations } from './token-operations.ts'

// The process that the vendor's library runs in: docs/decisions/0007. It takes questions in batches and answers in
// batches, whatever is ready first.

let operations: Promise<Omit<TokenOperations, 'open'>> | undefined

async function open(settings: TokenSettings): Promise<OpenedToken> {
  const token = openToken(settings)
  operations = tokenOperations(token, settings)
  const { describe } = await operations
  return { ...(await describe()), algorithms: token.algorithms }
}

async function answerTo([number, operation, args]: Question): Promise<Answer> {
  try {
    const known = operation === 'open' ? { open } : await operations
    const asked = known?.[operation as never] as ((...given: readonly unknown[]) => unknown) | undefined
    if (asked === undefined) throw new Error('the token is not open')
    return [number, true, await asked(...args)]
  } catch (error) {
    const { kind, message } = failureOf(error, operation)
    return [number, false, { kind, message }]
  }
}

const ready: Answer[] = []
process.on('message', (questions: readonly Question[]) => {
  for (const question of questions) {
    void answerTo(question).then((answer) => {
      if (ready.push(answer) === 1) setImmediate(() => process.send?.(ready.splice(0)))
    })
  }
})
// What ends the server's process group must not end this before the server has finished its requests.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
// The server is gone. An ordinary exit would wait for calls that the device may never answer.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

import { fork, type ChildProcess } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, OperationName, Question, TokenOperations } from './messages.ts'
import { TokenFailure } from './token-failure.ts'

type Result<Name extends OperationName> = Awaited<ReturnType<TokenOperations[Name]>>

export type TokenChild = {
  /** @throws TokenFailure */
  ask<Name extends OperationName>(
    operation: Name,
    args: Parameters<TokenOperations[Name]>,
  ): Promise<Result<Name>>
  /** Ends the process as soon as it has answered what it was asked. */
  retire(): Promise<void>
}

/** Milliseconds that a device gets; making a key of RSA_4096 takes a smart card a minute. */
const ANSWER_WITHIN = 10_000
const KEY_WITHIN = 120_000
const OPEN_WITHIN = 30_000
const limitOf = (operation: OperationName): number =>
  operation === 'generateKeyPair' ? KEY_WITHIN : operation === 'open' ? OPEN_WITHIN : ANSWER_WITHIN

/** What the process gets to work with. */
export type Resources = {
  readonly sessions: number
  /** Environment variables: vendors' libraries find their configuration by some. */
  environment(): Readonly<Record<string, string | undefined>>
}

/** What the main thread waits for. */
type Waiting = {
  readonly operation: OperationName
  readonly askedAt: number
  readonly timer: NodeJS.Timeout
  readonly resolve: (value: unknown) => void
  readonly reject: (failure: TokenFailure) => void
}

/**
 * Starts the process that the vendor's library runs in. What it was asked when it died is answered as `lost`.
 * @param onEnd called once, when it has ended
 */
export function startTokenChild({ sessions, environment }: Resources, onEnd: () => void): TokenChild {
  const child = fork(fileURLToPath(new URL(`./token-process${extname(import.meta.url)}`, import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
    env: environmentFor(sessions, environment),
    // Libraries print what they like; standard output is the server's log.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, Waiting>()
  const outbox: Question[] = []
  let count = 0
  let answeredAt = 0
  let retired = false
  let over: TokenFailure | undefined
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      over = new TokenFailure('lost', how)
      resolve()
      onEnd()
      for (const number of waiting.keys()) settle(number)?.reject(over)
    }
    child.once('error', (error) =>
      end(`the process of the PKCS #11 library can't be started: ${error.message}`),
    )
    child.once('exit', (code, signal) => end(`the process of the PKCS #11 library ended (${signal ?? code})`))
  })

  const settle = (number: number): Waiting | undefined => {
    const found = waiting.get(number)
    clearTimeout(found?.timer)
    waiting.delete(number)
    if (waiting.size > 0) return found
    if (retired) child.kill('SIGKILL')
    else hold(child, false)
    return found
  }
  const overdue = (number: number): void => {
    const making = [...waiting.values()].some(({ operation }) => operation === 'generateKeyPair')
    const late = settle(number)
    if (late === undefined) return
    const seconds = limitOf(late.operation) / 1000
    late.reject(new TokenFailure('failed', `the PKCS #11 token didn't answer within ${seconds} seconds`))
    // Nothing at all came back: the library hangs, which only the end of its process cures.
    if (answeredAt < late.askedAt && !making) child.kill('SIGKILL')
  }
  child.on('message', (answers: readonly Answer[]) => {
    answeredAt = performance.now()
    for (const [number, right, value] of answers) {
      if (right) settle(number)?.resolve(value)
      else settle(number)?.reject(new TokenFailure(value.kind, value.message))
    }
  })
  const send = (): void => {
    // A process that is gone is reported by `exit`.
    child.send(outbox.splice(0), () => undefined)
  }
  hold(child, false)

  return {
    ask: (operation, args) =>
      new Promise((resolve, reject) => {
        if (over !== undefined) return reject(over)
        const number = ++count
        const timer = setTimeout(() => overdue(number), limitOf(operation))
        const askedAt = performance.now()
        if (waiting.size === 0) hold(child, true)
        waiting.set(number, { operation, askedAt, timer, resolve: resolve as Waiting['resolve'], reject })
        // All that this turn of the event loop brings goes out together: each message costs the main thread 20 µs.
        if (outbox.push([number, operation, args]) === 1) setImmediate(send)
      }),
    retire: () => {
      retired = true
      hold(child, true)
      if (waiting.size === 0) child.kill('SIGKILL')
      return ended
    },
  }
}

/** Whether this process must wait for that one. */
function hold(child: ChildProcess, on: boolean): void {
  if (on) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function environmentFor(sessions: number, environment: Resources['environment']): NodeJS.ProcessEnv {
  // Compiled code is kept where the server keeps its own.
  const compiled = getCompileCacheDir()
  return {
    ...environment(),
    ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
    // One thread for each session, or calls wait for each other in the process instead of in the device.
    UV_THREADPOOL_SIZE: String(sessions),
  }
}

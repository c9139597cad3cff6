import type { OpenedToken, OperationName, TokenOperations, TokenSettings } from './messages.ts'
import { pinIn } from './pin-file.ts'
import { startTokenChild, type Resources, type TokenChild } from './token-child.ts'
import { failureOf, TokenFailure } from './token-failure.ts'

export type TokenClient = {
  /** What is on the token. @throws TokenFailure */
  opened(): Promise<OpenedToken>
  /** @throws TokenFailure */
  ask<Name extends OperationName>(
    operation: Name,
    ...args: Parameters<TokenOperations[Name]>
  ): Promise<Awaited<ReturnType<TokenOperations[Name]>>>
  /** Lets what is under way come to its end. */
  close(): Promise<void>
}

/** The PIN is read each time the token is opened. */
export type TokenClientOptions = Omit<TokenSettings, 'kek' | 'pin'> &
  Pick<Resources, 'environment'> & { readonly pinFile: string }

type Running = {
  readonly child: TokenChild
  readonly startedAt: number
  readonly token: Promise<OpenedToken>
}

/** Milliseconds between two attempts to reach a token that is away, or that fails as soon as it is there. */
const ATTEMPT_EVERY = 1000
/** Asked a second time these would leave a second key behind. */
const ONCE: ReadonlySet<OperationName> = new Set(['generateKeyPair', 'rotate'])

/**
 * Keeps a process with an open token. One that has lost its token, which a library seldom gets over by itself, is
 * replaced by a new one, and what failed is asked again there.
 * @param freshKekId for the key-encryption key, should the token have none
 */
export function createTokenClient(
  { pinFile, environment, ...settings }: TokenClientOptions,
  freshKekId: string,
): TokenClient {
  let kek: TokenSettings['kek'] = { fresh: freshKekId }
  let current: Running | undefined
  let refused: { readonly failure: TokenFailure; readonly until: number } | undefined
  let closed = false

  const forget = (child: TokenChild): void => {
    if (current?.child === child) current = undefined
  }
  const opening = async (child: TokenChild): Promise<OpenedToken> => {
    try {
      const token = await child.ask('open', [{ ...settings, kek, pin: await pinIn(pinFile) }])
      kek = { expected: token.kekId }
      refused = undefined
      return token
    } catch (error) {
      const { kind, message } = failureOf(error, 'opening the token')
      const failure = new TokenFailure(kind === 'lost' ? 'absent' : kind, message)
      refused = { failure, until: kind === 'pin' ? Infinity : performance.now() + ATTEMPT_EVERY }
      forget(child)
      void child.retire()
      throw failure
    }
  }
  const running = async (): Promise<{ child: TokenChild; token: OpenedToken }> => {
    if (closed) throw new TokenFailure('failed', 'the PKCS #11 token is closed')
    if (refused !== undefined && performance.now() < refused.until) throw refused.failure
    if (current === undefined) {
      const child = startTokenChild({ sessions: settings.sessions, environment }, () => forget(child))
      current = { child, startedAt: performance.now(), token: opening(child) }
    }
    const { child, token } = current
    return { child, token: await token }
  }
  /** A young process is left alone, so that a device which fails every call doesn't cost a process for each. */
  const replace = (child: TokenChild): void => {
    if (current?.child !== child || performance.now() - current.startedAt < ATTEMPT_EVERY) return
    forget(child)
    void child.retire()
  }

  return {
    opened: async () => (await running()).token,
    ask: (operation, ...args) => {
      const asked = ({ child }: { child: TokenChild }): ReturnType<typeof child.ask<typeof operation>> =>
        child.ask(operation, args)
      return running().then((first) =>
        asked(first).catch((error: unknown) => {
          if (!(error instanceof TokenFailure && error.kind === 'lost')) throw error
          replace(first.child)
          if (ONCE.has(operation)) throw error
          return running().then(asked)
        }),
      )
    },
    close: async () => {
      closed = true
      await current?.child.retire()
    },
  }
}

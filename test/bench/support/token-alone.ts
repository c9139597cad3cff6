import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TokenSettings } from '../../../src/adapters/kms/pkcs11/messages.ts'
import type { KeyAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import type { SoftHsm } from '../../support/softhsm.ts'

export type TokenAlone = {
  readonly settings: TokenSettings
  readonly algorithm: KeyAlgorithm
  readonly seconds: number
}

/** Signatures a second of a token by itself: the same library, as many sessions, no server, nothing in between. */
export async function tokenAlone(
  hsm: SoftHsm,
  sessions: number,
  algorithm: KeyAlgorithm,
  seconds: number,
): Promise<number> {
  const { module, label: token, pin } = hsm
  const settings = { module, token, pin, sessions, kek: { fresh: '00' } }
  const child = fork(join(import.meta.dirname, 'token-alone-process.ts'), {
    execArgv: [],
    env: { ...hsm.environment(), UV_THREADPOOL_SIZE: String(sessions) },
  })
  child.send({ settings, algorithm, seconds } satisfies TokenAlone)
  const [rate] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the token’s process ended'))),
  ])) as [number]
  return rate
}

import { randomBytes } from 'node:crypto'
import { signatureAlgorithmInfo } from '../../../core/domain/key-algorithms.ts'
import type { Handle } from './addon.ts'
import { CKO, CKR } from './cryptoki.ts'
import { generated, keyPairs } from './key-pairs-on-token.ts'
import { firstKek, kekVersions, makeKek, type KekVersions } from './key-encryption-keys.ts'
import { signingOf } from './key-kinds.ts'
import { keeping } from './keeping.ts'
import type { KekVersion, TokenOperations, TokenSettings } from './messages.ts'
import type { Token } from './open-token.ts'
import { ecdsaSignature, spkiOf } from './public-key.ts'
import { failureOf, returnValueOf, TokenFailure } from './token-failure.ts'
import { decrypted, encrypted, NONCE_OCTETS } from './wrapping.ts'

/** An RSA signature of 16,384 bits, the most that a token makes. */
const MOST_SIGNATURE_OCTETS = 2048

/** What an open token does, once its key-encryption key is found or made. Every rejection is a TokenFailure. */
export async function tokenOperations(
  token: Token,
  settings: TokenSettings,
): Promise<Omit<TokenOperations, 'open'>> {
  const { kekId } = await usingSessions(token, () => undefined)('finding its key-encryption key', (session) =>
    firstKek(token, session, settings.kek),
  )
  const keks = kekVersions(token, kekId)
  // That the key-encryption key is there tells a lost key from a library that shows nothing at all.
  const keys = keyPairs(token, (session) => void keks.read(session))
  const using = usingSessions(token, () => {
    keks.forget()
    keys.forget()
  })

  return {
    describe: () => using('finding its key-encryption key', (session) => versionOf(keks.read(session))),
    rotate: () =>
      using('making a key-encryption key', (session) => {
        const kekVersion = keks.read(session).kekVersion + 1
        makeKek(token, session, { kekId, kekVersion })
        return versionOf(keks.read(session))
      }),
    wrap: (nonce, dataKey, context) =>
      using('wrapping a data key', async (session) => {
        const kek = keks.newest(session)
        const ciphertext = await encrypted(token, session, kek, nonce, dataKey, context)
        return { ...versionOf(kek), ciphertext }
      }),
    unwrap: (version, nonce, ciphertext, context) =>
      unwrapped(token, using, keks, version, { nonce, ciphertext, context }),
    generateKeyPair: (algorithm, id, label) =>
      using('making a key', (session) => generated(token, session, algorithm, Buffer.from(id), label)),
    publicKey: (id) =>
      using('reading a public key', (session) =>
        spkiOf(token.cryptoki, session, keys.find(session, CKO.PUBLIC_KEY, id)),
      ),
    sign: (id, algorithm, input) =>
      using('signing', async (session) => {
        const key = keys.find(session, CKO.PRIVATE_KEY, id)
        const { mechanism, data } = signingOf(algorithm, input)
        const out = Buffer.alloc(MOST_SIGNATURE_OCTETS)
        token.cryptoki.C_SignInit(session, mechanism, key)
        const signature = await keeping([mechanism, data], token.cryptoki.C_SignAsync(session, data, out))
        if (signatureAlgorithmInfo(algorithm).family === 'EC') return ecdsaSignature(signature)
        return Uint8Array.from(signature)
      }),
  }
}

type Using = <T>(what: string, work: (session: Handle) => T | Promise<T>) => Promise<T>

/** Runs work in a session; once more, after `forget`, where an object's handle wasn't valid any more. */
function usingSessions({ sessions, name }: Token, forget: () => void): Using {
  return async (what, work) => {
    const failed = (error: unknown): never => {
      throw failureOf(error, `${name}: ${what}`)
    }
    return sessions.use(work).catch((error: unknown) => {
      const value = returnValueOf(error)
      if (value !== CKR.OBJECT_HANDLE_INVALID && value !== CKR.KEY_HANDLE_INVALID) return failed(error)
      forget()
      return sessions.use(work).catch(failed)
    })
  }
}

type Wrapped = Readonly<Record<'nonce' | 'ciphertext' | 'context', Uint8Array>>

/** @throws TokenFailure `unopened` when no object of that version takes it, and the token works */
async function unwrapped(
  token: Token,
  using: Using,
  keks: KekVersions,
  version: KekVersion,
  { nonce, ciphertext, context }: Wrapped,
): Promise<Uint8Array> {
  const what = 'unwrapping a data key'
  const tried = new Set<string>()
  let refusal: TokenFailure | undefined
  for (const reread of [false, true]) {
    const keksOfVersion = await using(what, (session) => {
      if (reread) keks.read(session)
      return keks.of(session, version)
    })
    for (const kek of keksOfVersion) {
      const name = kek.object.toString('hex')
      if (tried.has(name)) continue
      tried.add(name)
      try {
        return await using(what, (session) => decrypted(token, session, kek, nonce, ciphertext, context))
      } catch (error) {
        if (!(error instanceof TokenFailure && error.kind === 'unopened')) throw error
        refusal = error
      }
    }
  }
  // No code tells a wrong tag from a broken device (SoftHSM: CKR_GENERAL_ERROR for both). A key that still encrypts does.
  await using(what, (session) =>
    encrypted(token, session, keks.newest(session), randomBytes(NONCE_OCTETS), Buffer.alloc(1), context),
  )
  throw refusal ?? new TokenFailure('unopened', `${token.name}: a data key doesn't open`)
}

const versionOf = ({ kekId, kekVersion }: KekVersion): KekVersion => ({ kekId, kekVersion })

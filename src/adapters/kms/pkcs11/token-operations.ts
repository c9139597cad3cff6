import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import { signatureAlgorithmInfo } from '../../../core/domain/key-algorithms.ts'
import type { Handle } from './addon.ts'
import { CKA, CKO, CKR } from './cryptoki.ts'
import { keeping } from './keeping.ts'
import { firstKek, keksOn, makeKek, type Kek } from './key-encryption-keys.ts'
import { keyKindOf, signingOf } from './key-kinds.ts'
import type { KekVersion, TokenOperations, TokenSettings } from './messages.ts'
import type { Token } from './open-token.ts'
import { ecdsaSignature, spkiOf } from './public-key.ts'
import { failureOf, returnValueOf, TokenFailure } from './token-failure.ts'
import { checkNeverLeaves, keyById, NEVER_LEAVES } from './token-objects.ts'
import { decrypted, encrypted } from './wrapping.ts'

/** An RSA signature of 16,384 bits, the most that a token makes. */
const MOST_SIGNATURE_OCTETS = 2048
/** Another process may have made a new version; the token is asked again after this long, in milliseconds. */
const KEKS_KNOWN_FOR = 5000

const INVALID_OBJECT: readonly (number | undefined)[] = [CKR.OBJECT_HANDLE_INVALID, CKR.KEY_HANDLE_INVALID]

/** What an open token does. Every rejection is a TokenFailure. */
export async function tokenOperations(
  token: Token,
  settings: TokenSettings,
): Promise<Omit<TokenOperations, 'open'>> {
  const { cryptoki, sessions, name } = token
  const keys = new Map<string, Handle>()

  /** Runs `work` in a session; once more with handles found anew where one wasn't valid any more. */
  const using = async <T>(what: string, work: (session: Handle) => T | Promise<T>): Promise<T> => {
    try {
      return await sessions.use(work)
    } catch (error) {
      if (!INVALID_OBJECT.includes(returnValueOf(error))) throw failureOf(error, `${name}: ${what}`)
      keys.clear()
      keks = []
    }
    return sessions.use(work).catch((error: unknown) => {
      throw failureOf(error, `${name}: ${what}`)
    })
  }

  let keks: readonly Kek[] = []
  let keksReadAt = 0
  const first = await using('finding its key-encryption key', (session) =>
    firstKek(token, session, settings.kek),
  )
  /** @throws TokenFailure when the token doesn't show it: a library that missed the token's return sees nothing at all */
  const readKeks = (session: Handle): Kek => {
    keks = keksOn(token, session).filter(({ kekId }) => kekId === first.kekId)
    keksReadAt = performance.now()
    const newest = keks.at(-1)
    if (newest === undefined)
      throw new TokenFailure('lost', `${name} doesn't show key ${first.kekId} any more`)
    return newest
  }
  const newestKek = (session: Handle): Kek =>
    performance.now() - keksReadAt < KEKS_KNOWN_FOR ? (keks.at(-1) ?? readKeks(session)) : readKeks(session)
  const kekOf = (session: Handle, { kekId, kekVersion }: KekVersion): Kek => {
    const known = (): Kek | undefined => keks.find((kek) => kek.kekVersion === kekVersion)
    const kek = kekId === first.kekId ? (known() ?? (readKeks(session), known())) : undefined
    if (kek !== undefined) return kek
    throw new TokenFailure(
      'refused',
      `${name} holds key-encryption key ${first.kekId}, but no version ${kekVersion} of ${kekId}; restore its backup`,
    )
  }

  /** @throws TokenFailure when the key is gone, which only counts where the token shows other keys */
  const found = (session: Handle, keyClass: Parameters<typeof keyById>[2], id: Uint8Array): Handle => {
    const cacheName = `${keyClass}/${Buffer.from(id).toString('hex')}`
    const handle = keys.get(cacheName) ?? keyById(token, session, keyClass, id)
    if (handle === undefined) {
      readKeks(session)
      const message = `${name} hasn't got the key with id ${Buffer.from(id).toString('hex')} any more; restore its backup`
      throw new TokenFailure('refused', message)
    }
    keys.set(cacheName, handle)
    return handle
  }

  return {
    describe: () => using('finding its key-encryption key', (session) => versionOf(readKeks(session))),
    rotate: () =>
      using('making a key-encryption key', (session) => {
        const { kekId, kekVersion } = readKeks(session)
        makeKek(token, session, { kekId, kekVersion: kekVersion + 1 })
        return versionOf(readKeks(session))
      }),
    wrap: (nonce, dataKey, context) =>
      using('wrapping a data key', async (session) => {
        const kek = newestKek(session)
        const ciphertext = await encrypted(token, session, kek, nonce, dataKey, context)
        return { ...versionOf(kek), ciphertext }
      }),
    unwrap: async (version, nonce, ciphertext, context) => {
      const what = 'unwrapping a data key'
      const kek = await using(what, (session) => kekOf(session, version))
      return decrypted(token, kek, nonce, ciphertext, context).catch((error: unknown) => {
        throw failureOf(error, `${name}: ${what}`)
      })
    },
    generateKeyPair: (algorithm, id, label) =>
      using('making a key', (session) => generated(token, session, algorithm, Buffer.from(id), label)),
    publicKey: (id) =>
      using('reading a public key', (session) =>
        spkiOf(cryptoki, session, found(session, CKO.PUBLIC_KEY, id)),
      ),
    sign: (id, algorithm, input) =>
      using('signing', async (session) => {
        const key = found(session, CKO.PRIVATE_KEY, id)
        const { mechanism, data } = signingOf(algorithm, input)
        const out = Buffer.alloc(MOST_SIGNATURE_OCTETS)
        cryptoki.C_SignInit(session, mechanism, key)
        const signature = await keeping([mechanism, data], cryptoki.C_SignAsync(session, data, out))
        if (signatureAlgorithmInfo(algorithm).family === 'EC') return ecdsaSignature(signature)
        return Uint8Array.from(signature)
      }),
  }
}

const versionOf = ({ kekId, kekVersion }: KekVersion): KekVersion => ({ kekId, kekVersion })

/** Makes a key pair in the token; only the public half comes out. */
async function generated(
  token: Token,
  session: Handle,
  algorithm: KeyAlgorithm,
  id: Buffer,
  label: string,
): Promise<Uint8Array> {
  const kind = keyKindOf(algorithm)
  if (kind === undefined) throw new TokenFailure('refused', `${token.name} can't make a key of ${algorithm}`)
  const common = [
    { type: CKA.KEY_TYPE, value: kind.keyType },
    { type: CKA.LABEL, value: label },
    { type: CKA.ID, value: id },
  ]
  const publicTemplate = [
    { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
    ...common,
    { type: CKA.TOKEN, value: true },
    { type: CKA.VERIFY, value: true },
    ...kind.parameters,
  ]
  const privateTemplate = [
    { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
    ...common,
    ...NEVER_LEAVES,
    { type: CKA.SIGN, value: true },
  ]
  const { publicKey, privateKey } = await keeping(
    [publicTemplate, privateTemplate],
    token.cryptoki.C_GenerateKeyPairAsync(
      session,
      { mechanism: kind.generation },
      publicTemplate,
      privateTemplate,
    ),
  )
  checkNeverLeaves(token, session, privateKey)
  return spkiOf(token.cryptoki, session, publicKey)
}

import type { Handle } from './addon.ts'
import { CKA, CKK, CKM, CKO } from './cryptoki.ts'
import type { KekVersion, TokenSettings } from './messages.ts'
import type { Token } from './open-token.ts'
import { TokenFailure } from './token-failure.ts'
import { checkNeverLeaves, NEVER_LEAVES, objectsLike } from './token-objects.ts'

/** A version of the key-encryption key: an AES-256 key of the token, labelled `chancery-kek-<version>`. */
export type Kek = KekVersion & { readonly object: Handle }

const LABEL = /^chancery-kek-([1-9][0-9]{0,8})$/
const labelOf = (version: number): string => `chancery-kek-${version}`
const SECRET_KEY = [
  { type: CKA.CLASS, value: CKO.SECRET_KEY },
  { type: CKA.KEY_TYPE, value: CKK.AES },
]

/**
 * All versions of all key-encryption keys on the token, newest last. A key's id is the CKA_ID that its versions share,
 * not the token's serial number: a copy that the vendor's tools make on another device opens what this one sealed.
 */
export function keksOn(token: Token, session: Handle): Kek[] {
  return objectsLike(token, session, SECRET_KEY)
    .flatMap((object) => {
      const [label, id] = token.cryptoki.C_GetAttributeValue(session, object, [
        { type: CKA.LABEL },
        { type: CKA.ID },
      ])
      const version = LABEL.exec(label?.value.toString('utf8') ?? '')?.[1]
      if (version === undefined || id === undefined || id.value.length === 0) return []
      return [{ kekId: id.value.toString('hex'), kekVersion: Number(version), object }]
    })
    .sort((one, other) => one.kekVersion - other.kekVersion || (one.kekId < other.kekId ? 1 : -1))
}

/** Makes a version in the token. */
export function makeKek(token: Token, session: Handle, { kekId, kekVersion }: KekVersion): Kek {
  const object = token.cryptoki.C_GenerateKey(session, { mechanism: CKM.AES_KEY_GEN }, [
    ...SECRET_KEY,
    ...NEVER_LEAVES,
    { type: CKA.VALUE_LEN, value: 32 },
    { type: CKA.ENCRYPT, value: true },
    { type: CKA.DECRYPT, value: true },
    { type: CKA.WRAP, value: false },
    { type: CKA.UNWRAP, value: false },
    { type: CKA.LABEL, value: labelOf(kekVersion) },
    { type: CKA.ID, value: Buffer.from(kekId, 'hex') },
  ])
  checkNeverLeaves(token, session, object)
  return { kekId, kekVersion, object }
}

/** The versions of the key-encryption keys on a token. */
export type KekVersions = {
  /** The newest version of the one in use, as the token has it now. */
  read(session: Handle): Kek
  /** The same, as it was seconds ago. */
  newest(session: Handle): Kek
  /**
   * The objects of a version, one as a rule: two servers that rotate, or start on an empty token, in the same moment
   * make two.
   * @throws TokenFailure when the token hasn't got it
   */
  of(session: Handle, version: KekVersion): readonly Kek[]
  /** Object handles aren't valid any more. */
  forget(): void
}

/** Another process may have made a new version; the token is asked again after this long, in milliseconds. */
const KNOWN_FOR = 5000

/** Remembers what the token has, while key `kekId` is in use. */
export function kekVersions(token: Token, kekId: string): KekVersions {
  let known: readonly Kek[] = []
  let readAt = 0
  const newestKnown = (): Kek | undefined => known.findLast((kek) => kek.kekId === kekId)
  const read = (session: Handle): Kek => {
    known = keksOn(token, session)
    readAt = performance.now()
    const newest = newestKnown()
    // A library that missed the token's return shows nothing at all: that this key is there tells it from a lost key.
    if (newest === undefined)
      throw new TokenFailure('lost', `${token.name} doesn't show key ${kekId} any more`)
    return newest
  }
  return {
    read,
    newest: (session) =>
      performance.now() - readAt < KNOWN_FOR ? (newestKnown() ?? read(session)) : read(session),
    of: (session, wanted) => {
      const matching = (): readonly Kek[] =>
        known.filter((kek) => kek.kekId === wanted.kekId && kek.kekVersion === wanted.kekVersion)
      if (matching().length === 0) read(session)
      const keks = matching()
      if (keks.length > 0) return keks
      const message = `${token.name} hasn't got version ${wanted.kekVersion} of key-encryption key ${wanted.kekId}; restore its backup`
      throw new TokenFailure('refused', message)
    },
    forget: () => {
      known = []
    },
  }
}

/**
 * The key-encryption key that is to be used: the newest version of the one that must be there, or, for a server that
 * starts, of whichever is there. A token that has none gets one then.
 * @throws TokenFailure when the one that must be there isn't: another token, or an emptied one
 */
export function firstKek(token: Token, session: Handle, kek: TokenSettings['kek']): Kek {
  const present = keksOn(token, session)
  if ('fresh' in kek) {
    return present.at(-1) ?? makeKek(token, session, { kekId: kek.fresh, kekVersion: 1 })
  }
  const expected = present.findLast(({ kekId }) => kekId === kek.expected)
  if (expected !== undefined) return expected
  const message = `${token.name} hasn't got key-encryption key ${kek.expected}: it is another token, or was emptied`
  throw new TokenFailure('absent', message)
}

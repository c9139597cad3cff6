import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { Handle } from './addon.ts'
import { CKA, CKO } from './cryptoki.ts'
import { keeping } from './keeping.ts'
import { keyKindOf } from './key-kinds.ts'
import type { Token } from './open-token.ts'
import { spkiOf } from './public-key.ts'
import { TokenFailure } from './token-failure.ts'
import { checkNeverLeaves, NEVER_LEAVES, objectsLike } from './token-objects.ts'

type KeyClass = (typeof CKO)['PRIVATE_KEY' | 'PUBLIC_KEY']

export type KeyPairs = {
  /** The object of a key's half, by its CKA_ID. @throws TokenFailure when the key is gone */
  find(session: Handle, keyClass: KeyClass, id: Uint8Array): Handle
  /** Object handles aren't valid any more. */
  forget(): void
}

/**
 * Finds keys, and remembers where they are: a search takes a token longer than a signature.
 * @param checkSight throws when the token doesn't show what is certainly on it
 */
export function keyPairs(token: Token, checkSight: (session: Handle) => void): KeyPairs {
  const known = new Map<string, Handle>()
  return {
    find: (session, keyClass, id) => {
      const hexId = Buffer.from(id).toString('hex')
      const place = `${keyClass}/${hexId}`
      const template = [
        { type: CKA.CLASS, value: keyClass },
        { type: CKA.ID, value: Buffer.from(id) },
      ]
      const object = known.get(place) ?? objectsLike(token, session, template)[0]
      if (object === undefined) {
        checkSight(session)
        throw new TokenFailure(
          'refused',
          `${token.name} hasn't got the key with id ${hexId}; restore its backup`,
        )
      }
      known.set(place, object)
      return object
    },
    forget: () => known.clear(),
  }
}

/** Makes a key pair in the token, and answers its SubjectPublicKeyInfo: only the public half comes out. */
export async function generated(
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

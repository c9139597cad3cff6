import { PARAMETERS, type Handle, type Mechanism } from './addon.ts'
import { CKM } from './cryptoki.ts'
import type { KekVersion } from './messages.ts'
import type { Kek } from './key-encryption-keys.ts'
import { keeping } from './keeping.ts'
import type { Token } from './open-token.ts'
import { failureOf, TokenFailure } from './token-failure.ts'

export const NONCE_OCTETS = 12
export const TAG_OCTETS = 16

/** AES-256-GCM with a nonce from outside. The context comes behind the key's id and version, so that none is exchanged. */
function gcm({ kekId, kekVersion }: KekVersion, nonce: Uint8Array, context: Uint8Array): Mechanism {
  const aad = Buffer.concat([Buffer.from(`${kekId}:${kekVersion}:`), context])
  const parameter = {
    type: PARAMETERS.gcm,
    iv: Buffer.from(nonce),
    ivBits: NONCE_OCTETS * 8,
    aad,
    tagBits: TAG_OCTETS * 8,
  }
  return { mechanism: CKM.AES_GCM, parameter }
}

/** Ciphertext and tag. */
export async function encrypted(
  { cryptoki }: Token,
  session: Handle,
  kek: Kek,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  context: Uint8Array,
): Promise<Buffer> {
  const mechanism = gcm(kek, nonce, context)
  const data = Buffer.from(plaintext)
  const out = Buffer.alloc(data.length + TAG_OCTETS)
  cryptoki.C_EncryptInit(session, mechanism, kek.object)
  return keeping([mechanism, data], cryptoki.C_EncryptAsync(session, data, out))
}

/**
 * The plaintext.
 * @throws TokenFailure `unopened` when the token doesn't take this ciphertext, whatever the reason
 */
export async function decrypted(
  { cryptoki, name }: Token,
  session: Handle,
  kek: Kek,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  context: Uint8Array,
): Promise<Uint8Array> {
  const mechanism = gcm(kek, nonce, context)
  const data = Buffer.from(ciphertext)
  // Some tokens want room for the tag, too, before they have looked at it.
  const out = Buffer.alloc(data.length)
  cryptoki.C_DecryptInit(session, mechanism, kek.object)
  try {
    return Uint8Array.from(await keeping([mechanism, data], cryptoki.C_DecryptAsync(session, data, out)))
  } catch (error) {
    const { message } = failureOf(error, 'C_Decrypt')
    const title = `version ${kek.kekVersion} of key ${kek.kekId}`
    throw new TokenFailure('unopened', `${name}: a data key doesn't open under ${title} (${message})`)
  } finally {
    out.fill(0)
  }
}

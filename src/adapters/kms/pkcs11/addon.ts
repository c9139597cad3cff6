import { createRequire } from 'node:module'
import { TokenFailure } from './token-failure.ts'

/** A session, slot or object, as the module numbers it. */
export type Handle = Buffer

export type Attribute = { readonly type: number; readonly value?: boolean | number | string | Buffer }
export type Mechanism = {
  readonly mechanism: number
  readonly parameter?: Buffer | Readonly<Record<string, unknown>>
}
export type TokenInfo = { readonly label: string; readonly serialNumber: string; readonly flags: number }
type MechanismInfo = { readonly minKeySize: number; readonly maxKeySize: number; readonly flags: number }

/**
 * What is used of pkcs11js. Functions that end in `Async` do their work in libuv's pool and touch the octets they were
 * given until they answer: who calls them keeps those alive.
 */
export type Cryptoki = {
  load(path: string): void
  C_Initialize(options: { readonly flags: number }): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): TokenInfo
  C_GetMechanismList(slot: Handle): number[]
  C_GetMechanismInfo(slot: Handle, mechanism: number): MechanismInfo
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_Login(session: Handle, user: number, pin: string): void
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void
  C_FindObjects(session: Handle, most: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(
    session: Handle,
    object: Handle,
    template: Attribute[],
  ): { type: number; value: Buffer }[]
  C_DestroyObject(session: Handle, object: Handle): void
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: readonly Attribute[]): Handle
  C_GenerateKeyPairAsync(
    session: Handle,
    mechanism: Mechanism,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): Promise<{ publicKey: Handle; privateKey: Handle }>
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_SignAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_EncryptAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_DecryptAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>
}

/** Its parameters for CKM_AES_GCM in the structure with `ulIvBits`, and for CKM_RSA_PKCS_PSS. */
export const PARAMETERS = { gcm: 25, rsaPss: 5 } as const

const ADDON = 'pkcs11js'
/** With `--save-optional` npm installs it in a checkout, too, where it ignores optional peers otherwise. */
const INSTALL = 'npm install --save-optional pkcs11js@2.1.7'

/**
 * The native addon, which nobody has who doesn't need it.
 * @throws TokenFailure with the command that installs it
 */
export function loadedAddon(): Cryptoki {
  try {
    // Not an import: what isn't installed has no types either, and NODE_PATH counts only here.
    const { PKCS11 } = createRequire(import.meta.url)(ADDON) as { PKCS11: new () => Cryptoki }
    return new PKCS11()
  } catch (error) {
    throw new TokenFailure('refused', missing(error))
  }
}

function missing(error: unknown): string {
  const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : ''
  if (reason.startsWith(`Cannot find module '${ADDON}'`)) {
    return `the native addon pkcs11js is not installed; run: ${INSTALL} (it is compiled then: g++, make, Python 3)`
  }
  return `the native addon pkcs11js can't be loaded (${reason}); run: npm rebuild pkcs11js (g++, make, Python 3)`
}

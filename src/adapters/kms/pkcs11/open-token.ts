import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import { loadedAddon, type Cryptoki, type Handle, type TokenInfo } from './addon.ts'
import { CKF, CKM, CKR, CKU_USER } from './cryptoki.ts'
import { algorithmsOf } from './key-kinds.ts'
import type { TokenSettings } from './messages.ts'
import { createSessionPool, type SessionPool } from './session-pool.ts'
import { failureOf, returnValueOf, TokenFailure } from './token-failure.ts'

/** A token that this process is logged in to. */
export type Token = {
  readonly cryptoki: Cryptoki
  /** How messages name it. */
  readonly name: string
  readonly algorithms: readonly KeyAlgorithm[]
  readonly sessions: SessionPool
}

const PIN_SETTING = 'CHANCERY_KMS_PKCS11_PIN_FILE'
const NEEDED = { CKM_AES_KEY_GEN: CKM.AES_KEY_GEN, CKM_AES_GCM: CKM.AES_GCM } as const

/**
 * Loads the library, finds the token and logs in: once, for a login counts for all sessions of a process.
 * @throws TokenFailure that names the setting which is wrong, or says that the token is not there
 */
export function openToken({ module, token, pin, sessions }: TokenSettings): Token {
  const cryptoki = loadedAddon()
  initialize(cryptoki, module)
  const { slot, info } = slotOf(cryptoki, token)
  const name = `token “${textOf(info.label)}” (serial ${textOf(info.serialNumber)})`
  const open = (): Handle => {
    try {
      return cryptoki.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION)
    } catch (error) {
      throw failureOf(error, `${name}: opening a session`)
    }
  }
  // Stays open and idle: with its last session a process loses its login.
  login(cryptoki, open(), pin, name, info.flags)
  const mechanisms = cryptoki.C_GetMechanismList(slot)
  for (const [title, mechanism] of Object.entries(NEEDED)) {
    if (!mechanisms.includes(mechanism)) {
      throw new TokenFailure('refused', `${name} hasn't got ${title}, which data keys are wrapped with`)
    }
  }
  return {
    cryptoki,
    name,
    algorithms: algorithmsOf(cryptoki, slot),
    sessions: createSessionPool(sessions, open, (session) => cryptoki.C_CloseSession(session)),
  }
}

function initialize(cryptoki: Cryptoki, module: string): void {
  try {
    cryptoki.load(module)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TokenFailure('refused', `CHANCERY_KMS_PKCS11_MODULE: ${module} can't be loaded: ${reason}`)
  }
  try {
    cryptoki.C_Initialize({ flags: CKF.OS_LOCKING_OK })
  } catch (error) {
    const { message } = failureOf(error, 'C_Initialize')
    throw new TokenFailure('absent', `PKCS #11 library ${module} can't reach its device: ${message}`)
  }
}

function slotOf(cryptoki: Cryptoki, wanted: string): { slot: Handle; info: TokenInfo } {
  let found: { slot: Handle; info: TokenInfo }[]
  try {
    found = cryptoki.C_GetSlotList(true).flatMap((slot) => {
      const info = infoOf(cryptoki, slot)
      return info === undefined ? [] : [{ slot, info }]
    })
  } catch (error) {
    throw new TokenFailure('absent', failureOf(error, 'C_GetSlotList').message)
  }
  const matching = found.filter(
    ({ info }) => textOf(info.label) === wanted || textOf(info.serialNumber) === wanted,
  )
  const [first] = matching
  if (first !== undefined && matching.length === 1) return first
  if (first !== undefined) {
    const serials = matching.map(({ info }) => textOf(info.serialNumber)).join(', ')
    const message = `CHANCERY_KMS_PKCS11_TOKEN: ${matching.length} tokens are labelled “${wanted}”; name one by its serial number: ${serials}`
    throw new TokenFailure('refused', message)
  }
  const others = found.map(({ info }) => `“${textOf(info.label)}” (serial ${textOf(info.serialNumber)})`)
  throw new TokenFailure(
    'absent',
    `PKCS #11 token “${wanted}” (CHANCERY_KMS_PKCS11_TOKEN) is not there; there is ${others.join(', ') || 'none'}`,
  )
}

/** Undefined for a slot whose token can't be asked, or has never been set up. */
function infoOf(cryptoki: Cryptoki, slot: Handle): TokenInfo | undefined {
  try {
    const info = cryptoki.C_GetTokenInfo(slot)
    return textOf(info.label) === '' ? undefined : info
  } catch {
    return undefined
  }
}

/** Gives the token its PIN, unless that could lock it. @throws TokenFailure */
export function login(cryptoki: Cryptoki, session: Handle, pin: string, name: string, flags: number): void {
  // Whoever starts a server again and again must not lock the token by it.
  if ((flags & CKF.USER_PIN_LOCKED) !== 0) {
    throw new TokenFailure('pin', `${name}: its PIN is locked; unlock it with the security officer's PIN`)
  }
  if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0) {
    const message = `${name}: one more wrong PIN locks it, so ${PIN_SETTING} isn't tried; log in once by another program`
    throw new TokenFailure('pin', message)
  }
  try {
    cryptoki.C_Login(session, CKU_USER, pin)
  } catch (error) {
    if (returnValueOf(error) === CKR.USER_ALREADY_LOGGED_IN) return
    const { kind, message } = failureOf(error, `${name}: logging in`)
    if (kind !== 'pin') throw new TokenFailure(kind, message)
    throw new TokenFailure('pin', `${message}; check ${PIN_SETTING}, it isn't tried again before a restart`)
  }
}

/** Cryptoki pads with blanks; a vendor pads with NUL. */
const textOf = (padded: string): string => padded.replace(/[\s\0]+$/, '')

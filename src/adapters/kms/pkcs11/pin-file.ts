import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { TokenFailure } from './token-failure.ts'

const SETTING = 'CHANCERY_KMS_PKCS11_PIN_FILE'
const OTHERS = 0o077
/** Longer than any token's PIN; a wrong path is found before it is read. */
const MOST_OCTETS = 512

/**
 * The PIN in a file that only its owner can read; a line end behind it doesn't count.
 * @throws TokenFailure naming the setting and the cure; the content isn't shown
 */
export async function pinIn(path: string): Promise<string> {
  const refusal = (what: string): TokenFailure => new TokenFailure('refused', `${SETTING}: ${path} ${what}`)
  // Non-blocking: opening a FIFO that somebody put there would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw refusal(`can't be read (${code})`)
  })
  try {
    const stat = await file.stat()
    const { mode, size } = stat
    if (!stat.isFile()) throw refusal('is not a regular file')
    if (size > MOST_OCTETS) throw refusal('is too large to be a PIN')
    if ((mode & OTHERS) !== 0) {
      throw refusal(`is open to others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`)
    }
    const pin = (await file.readFile('utf8')).replace(/\r?\n$/, '')
    if (pin === '' || pin.includes('\n')) throw refusal('must hold the PIN on its only line')
    return pin
  } finally {
    await file.close()
  }
}

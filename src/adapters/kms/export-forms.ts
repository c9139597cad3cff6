import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { ExportForm } from '../../core/ports/key-vault.ts'
import type { Random } from '../../core/ports/random.ts'
import { PKCS12_RANDOM_OCTETS, pkcs12 } from '../../core/x509/pkcs12.ts'
import { encryptedPkcs8, IV_OCTETS, SALT_OCTETS, type Pbkdf2Sha256 } from '../../core/x509/pkcs8.ts'

/** Of the runtime's four threads for such work; the others stay free for signatures and key generation. */
const DERIVATIONS_AT_ONCE = 2

/** Brings a private key (PKCS#8 DER) into the form asked for. `pkcs8` copies: the caller zeroes what it gave. */
export type Exporter = (pkcs8Der: Uint8Array, form: ExportForm) => Promise<Uint8Array>

/**
 * @param rounds of PBKDF2; undefined for the full number that `core/x509` sets, tests take fewer
 */
export function createExporter(random: Random, rounds?: number): Exporter {
  const derive = limited(DERIVATIONS_AT_ONCE)
  const options = { derive, ...(rounds === undefined ? {} : { rounds }) }
  return async (pkcs8Der, form) => {
    switch (form.kind) {
      case 'pkcs8':
        return Uint8Array.from(pkcs8Der)
      case 'pkcs8-encrypted': {
        const salt = random.bytes(SALT_OCTETS)
        return encryptedPkcs8({
          pkcs8Der,
          passphrase: form.passphrase,
          salt,
          iv: random.bytes(IV_OCTETS),
          ...options,
        })
      }
      case 'pkcs12': {
        const { passphrase, friendlyName, chain: certificates } = form
        const octets = random.bytes(PKCS12_RANDOM_OCTETS)
        return pkcs12({ pkcs8Der, certificates, friendlyName, passphrase, random: octets, pause, ...options })
      }
    }
  }
}

const pbkdf2Async = promisify(pbkdf2)
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** PBKDF2 off the event loop, `most` at a time; the others wait in line. */
function limited(most: number): Pbkdf2Sha256 {
  const waiting: (() => void)[] = []
  let running = 0
  return async (passphrase, salt, rounds, octets) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await pbkdf2Async(passphrase, salt, rounds, octets, 'sha256')
    } finally {
      // The place goes to who waits longest, without being free in between.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

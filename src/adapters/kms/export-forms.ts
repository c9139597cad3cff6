import type { ExportForm } from '../../core/ports/key-vault.ts'
import type { Random } from '../../core/ports/random.ts'
import { PKCS12_RANDOM_OCTETS, pkcs12 } from '../../core/x509/pkcs12.ts'
import { encryptedPkcs8, IV_OCTETS, SALT_OCTETS } from '../../core/x509/pkcs8.ts'
import { pause, type Derive } from './derivations.ts'

/** Brings a private key (PKCS#8 DER) into the form asked for. `pkcs8` copies: the caller zeroes what it gave. */
export type Exporter = (pkcs8Der: Uint8Array, form: ExportForm) => Promise<Uint8Array>

/**
 * @param rounds of PBKDF2; undefined for the full number that `core/x509` sets, tests take fewer
 */
export function createExporter(random: Random, derive: Derive, rounds?: number): Exporter {
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

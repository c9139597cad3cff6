import type { SystemClock } from '../../core/ports/calendar.ts'
import type { ExportForm } from '../../core/ports/key-vault.ts'
import type { Random } from '../../core/ports/random.ts'
import { JKS_RANDOM_OCTETS, jks } from '../../core/x509/jks.ts'
import { PKCS12_LEGACY_RANDOM_OCTETS, pkcs12Legacy } from '../../core/x509/pkcs12-legacy.ts'
import { PKCS12_RANDOM_OCTETS, pkcs12, type Pkcs12Entry } from '../../core/x509/pkcs12.ts'
import { encryptedPkcs8, IV_OCTETS, SALT_OCTETS } from '../../core/x509/pkcs8.ts'
import { pause, type Derive } from './derivations.ts'

/** Brings a private key (PKCS#8 DER) into the form asked for. `pkcs8` copies: the caller zeroes what it gave. */
export type Exporter = (pkcs8Der: Uint8Array, form: ExportForm) => Promise<Uint8Array>

/**
 * @param rounds of PBKDF2; undefined for the full number that `core/x509` sets, tests take fewer
 */
export function createExporter(
  { random, clock }: { readonly random: Random; readonly clock: SystemClock },
  derive: Derive,
  rounds?: number,
): Exporter {
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
      case 'pkcs12':
        return pkcs12({
          ...entryOf(pkcs8Der, form),
          random: random.bytes(PKCS12_RANDOM_OCTETS),
          pause,
          ...options,
        })
      case 'pkcs12-legacy':
        return pkcs12Legacy({
          ...entryOf(pkcs8Der, form),
          random: random.bytes(PKCS12_LEGACY_RANDOM_OCTETS),
          pause,
        })
      case 'jks':
        return jks({ ...entryOf(pkcs8Der, form), at: clock.now(), random: random.bytes(JKS_RANDOM_OCTETS) })
    }
  }
}

const entryOf = (
  pkcs8Der: Uint8Array,
  { passphrase, friendlyName, chain: certificates }: Extract<ExportForm, { readonly chain: unknown }>,
): Pkcs12Entry => ({ pkcs8Der, passphrase, friendlyName, certificates })

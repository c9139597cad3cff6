import type { SpkiHash } from '../../domain/compromised-keys.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'

/** SHA-256 of a SubjectPublicKeyInfo (DER), as it stands in lists of compromised keys. */
export const spkiHashOf = (spki: Uint8Array): SpkiHash =>
  Buffer.from(sha256(spki)).toString('hex') as SpkiHash

/** What a request for a certificate with a compromised key is told. */
export const keyCompromised = (field: string): ChanceryError => {
  const message = 'this key is marked compromised; make another one'
  return new ChanceryError('lint_failed', `${field}: ${message}`, {
    violations: [{ code: 'key_compromised', field, message }],
  })
}

/**
 * Refuses a key that comes from outside and isn't certified here, as an imported authority's: what is certified here is
 * refused by the record that precedes the signature.
 * @param field where the key stands in the request
 * @throws lint_failed
 */
export async function refuseCompromised(
  ports: Pick<Ports, 'store'>,
  account: AccountId,
  spki: Uint8Array,
  field: string,
): Promise<void> {
  if (await ports.store.reads.compromisedKeys.refuses(account, spkiHashOf(spki))) throw keyCompromised(field)
}

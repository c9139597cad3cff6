import type { SpkiHash } from '../../domain/compromised-keys.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import { sha256 } from '../../x509/digest.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
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
 * Refuses the keys of an authority from outside and of its issuers, which aren't certified here: what is certified here
 * is refused by the record that precedes the signature.
 * @throws lint_failed naming `certificate` or `chain[i]`
 */
export async function refuseCompromisedChain(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  outside: { readonly certificate: ParsedCertificate; readonly chain: readonly ParsedCertificate[] },
): Promise<void> {
  for (const [place, { publicKey }] of [outside.certificate, ...outside.chain].entries())
    if (await store.reads.compromisedKeys.refuses(account, spkiHashOf(publicKey.spki)))
      throw keyCompromised(place === 0 ? 'certificate' : `chain[${place - 1}]`)
}

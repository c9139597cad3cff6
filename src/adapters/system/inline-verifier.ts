import type { SignatureVerifier, VerificationKey } from '../../core/ports/signature-verifier.ts'
import { keyRefused } from './key-refused.ts'
import { runningVerification } from './running-verification.ts'
import { MOST_SPKI_OCTETS } from './signature-verifier.ts'
import { verdictOn } from './verdict-on.ts'
import { VERDICT } from './verification-batch.ts'

type LoadedKey = { readonly spki: Uint8Array; readonly field: string }

/**
 * Verifies on the caller's thread: for fixtures, which verify a few signatures and shouldn't wait for threads to start.
 * Keys are checked as the threads check them.
 */
export function createInlineVerifier(): SignatureVerifier & { close(): Promise<void> } {
  const verifier: SignatureVerifier & { close(): Promise<void> } = {
    load: (spki, field) => {
      if (spki.length === 0 || spki.length > MOST_SPKI_OCTETS) throw keyRefused(field)
      const key: LoadedKey = { spki, field }
      return key as unknown as VerificationKey
    },
    verify: async (handle, algorithm, data, signature) => {
      const { spki, field } = handle as unknown as LoadedKey
      const verdict = verdictOn({ slot: 0, spki, algorithm, data, signature })
      if (verdict === VERDICT.keyRefused) throw keyRefused(field)
      return verdict === VERDICT.right
    },
    begin: (handle, algorithm) =>
      runningVerification(handle as unknown as LoadedKey, algorithm, (...given) =>
        verifier.verify(handle, algorithm, ...given),
      ),
    close: async () => {},
  }
  return verifier
}

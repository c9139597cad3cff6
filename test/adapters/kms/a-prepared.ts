import { createHash, randomBytes } from 'node:crypto'
import { keyAlgorithmInfo, type SignatureAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  subjectKeyIdentifier,
} from '../../../src/core/x509/extensions.ts'
import { prepare, type Prepared } from '../../../src/core/x509/prepare.ts'

const NOW = Date.UTC(2026, 5, 1)

/** A root certificate of `key`, linted and ready to be signed: the one certificate that a key can have by itself. */
export function aPrepared(
  { spki, algorithm }: Pick<StoredKey, 'spki' | 'algorithm'>,
  signatureAlgorithm: SignatureAlgorithm = keyAlgorithmInfo(algorithm).defaultSignature,
): { prepared: Prepared; tbs: Uint8Array; signatureAlgorithm: SignatureAlgorithm } {
  const name = encodeSubject({ commonName: 'Root', organization: 'Example' })
  const identifier = createHash('sha256').update(spki).digest().subarray(0, 20)
  const draft = {
    serial: Uint8Array.from(randomBytes(16)),
    signatureAlgorithm,
    issuer: name,
    notBefore: NOW,
    notAfter: NOW + 3650 * DAY,
    subject: name,
    spki,
    extensions: [
      basicConstraints({ ca: true }),
      keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
      subjectKeyIdentifier(identifier),
      authorityKeyIdentifier(identifier),
    ],
  }
  const { prepared, tbs } = prepare(draft, { kind: 'root', now: NOW, requireSubjectAltName: false })
  return { prepared, tbs, signatureAlgorithm }
}

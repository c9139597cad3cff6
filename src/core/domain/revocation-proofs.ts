import type { RevocationReason } from './revocation.ts'
import { MINUTE, SECOND, type Millis } from './time.ts'

/** How far the moment of signing may be from now: a statement that is found later is worth nothing. */
export const PROOF_WINDOW = 15 * MINUTE

const PROVABLE: readonly RevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
]
/** Whether the reason is one that the holder of the key may give (RFC 8555 §7.6 leaves it to the authority). */
export const isProvable = (reason: RevocationReason): boolean => PROVABLE.includes(reason)

/**
 * What the certificate's key signs, so that whoever has it can revoke: four lines of ASCII, each ended by LF, made with any
 * tool. It names the certificate and the reason, so that a signature is good for nothing else.
 */
export const revocationStatement = (claim: {
  /** Of the certificate's DER. */
  readonly sha256: Uint8Array
  readonly reason: RevocationReason
  readonly signedAt: Millis
}): string =>
  [
    'chancery-revocation-v1',
    `certificate-sha256: ${[...claim.sha256].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`,
    `reason: ${claim.reason}`,
    `signed-at: ${new Date(Math.floor(claim.signedAt / SECOND) * SECOND).toISOString().replace('.000Z', 'Z')}`,
    '',
  ].join('\n')

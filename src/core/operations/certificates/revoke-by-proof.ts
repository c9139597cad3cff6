import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import { signaturesOf } from '../../domain/key-algorithms.ts'
import { isProvable, PROOF_WINDOW, revocationStatement } from '../../domain/revocation-proofs.ts'
import type { RevocationReason, RevocationWait } from '../../domain/revocation.ts'
import { MINUTE, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { certificateFrom, notIssuedHere, sameSerial } from './named-certificate.ts'
import { revokeFound, type RevokedCertificate } from './revoke-certificate.ts'

export type RevocationProof = {
  /** PEM, or DER in base64. */
  readonly certificate: string
  readonly reason: RevocationReason
  readonly signedAt: Millis
  /** By the certificate's key over `revocationStatement`. */
  readonly signature: Uint8Array
  readonly wait?: RevocationWait
}

/**
 * Revokes a certificate for whoever proves to have its key, without any other right: who has the key may end its use
 * (as RFC 8555 §7.6 has it), and whoever found one must be able to. Certificates of authorities take an administrator.
 * @throws request_invalid naming what is wrong; unauthenticated for a signature that isn't by the key; not_found, forbidden
 * for an authority's; as revokeCertificate
 */
export async function revokeByProof(ports: Ports, proof: RevocationProof): Promise<RevokedCertificate> {
  refuse('request_invalid', proofViolations(proof, ports.clock.now()))
  const given = certificateFrom(proof.certificate)
  // Before anything is looked up: who can't sign learns nothing about what was issued here.
  if (!(await signedByKey(ports, given, proof)))
    throw new ChanceryError(
      'unauthenticated',
      'signature: isn’t one by the certificate’s key over the statement, whose lines end in LF',
    )
  const found = (await sameSerial(ports, given)).find(({ state }) => state === 'issued')
  if (found === undefined) return notIssuedHere()
  return revokeFound(ports, keyHolder(given, found), found, proof)
}

function proofViolations({ reason, signedAt }: RevocationProof, now: Millis): Violation[] {
  const violations: Violation[] = []
  if (!isProvable(reason))
    violations.push({
      code: 'reason_unproven',
      field: 'reason',
      message: `${reason} isn’t for the holder of the key to say`,
    })
  if (!(Math.abs(now - signedAt) <= PROOF_WINDOW))
    violations.push({
      code: 'proof_old',
      field: 'signedAt',
      message: `must be within ${PROOF_WINDOW / MINUTE} minutes of now, ${new Date(now).toISOString()}`,
    })
  return violations
}

async function signedByKey(
  { verifier }: Pick<Ports, 'verifier'>,
  { der, publicKey }: ParsedCertificate,
  { reason, signedAt, signature }: RevocationProof,
): Promise<boolean> {
  if (publicKey.algorithm === undefined) return false
  const statement = Buffer.from(revocationStatement({ sha256: sha256(der), reason, signedAt }))
  const key = verifier.load(publicKey.spki, 'certificate')
  const tries = signaturesOf(publicKey.algorithm).map((each) =>
    verifier.verify(key, each, statement, signature),
  )
  return (await Promise.all(tries)).includes(true)
}

/** Acts where the certificate is, with no right of its own. */
function keyHolder({ publicKey }: ParsedCertificate, { account, region }: Certificate): Principal {
  const hash = Buffer.from(sha256(publicKey.spki)).toString('hex').slice(0, 32)
  return {
    id: `key/${hash}`,
    kind: 'key',
    arn: arns.keyHolder(account, hash),
    account,
    region,
    grants: { identity: [] },
    installation: false,
    facts: {},
  }
}

import type { Principal } from '../../domain/access.ts'
import { COMPROMISE_STATEMENT, spkiHashFrom, type SpkiHash } from '../../domain/compromised-keys.ts'
import { refuse } from '../../domain/errors.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { pemDecode } from '../../x509/pem.ts'
import { parsePublicKey } from '../../x509/public-keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { verifiedRequest } from '../certificates/leaf-details.ts'
import { certificateAt } from '../certificates/read-certificates.ts'
import { spkiHashOf } from './refuse-compromised.ts'

/** A public key in one of the forms that people have it in. */
export type KeyReference = {
  /** 64 hex digits. */
  readonly spkiSha256?: string
  /** Id of a certificate of the caller's. */
  readonly certificateId?: string
  /** PEM; anybody's. */
  readonly certificate?: string
  readonly csr?: string
  readonly publicKey?: string
}
const FORMS = ['spkiSha256', 'certificateId', 'certificate', 'csr', 'publicKey'] as const

/**
 * The key that a request names, and whether the caller is proven to have it: the service made it for the caller, or a
 * request says so that the key itself has signed. A copy of somebody's certificate or of an ordinary request proves
 * nothing, nor does a certificate that was issued for one.
 * @throws request_invalid, csr_invalid, not_found
 */
export async function markedKey(
  ports: Pick<Ports, 'store' | 'verifier'>,
  principal: Principal,
  reference: KeyReference,
): Promise<{ readonly spki: SpkiHash; readonly proven: boolean }> {
  const given = FORMS.filter((form) => reference[form] !== undefined)
  if (given.length !== 1)
    refuse('request_invalid', [
      {
        code: 'key_reference',
        field: given[1] ?? FORMS[0],
        message: `name the key in one way: ${FORMS.join(', ')}`,
      },
    ])
  const { spkiSha256, certificateId, certificate, csr, publicKey } = reference
  if (certificateId !== undefined) {
    const { der, key } = await certificateAt(ports, principal, certificateId)
    return { spki: spkiHashOf(parseCertificate(der).publicKey.spki), proven: key !== undefined }
  }
  if (csr !== undefined) {
    const { csr: parsed, signatureIsGood } = verifiedRequest(ports, csr)
    await signatureIsGood
    return {
      spki: spkiHashOf(parsed.publicKey.spki),
      proven: parsed.commonNames.includes(COMPROMISE_STATEMENT),
    }
  }
  return { spki: hashOf(spkiSha256, certificate, publicKey), proven: false }
}

function hashOf(
  spkiSha256: string | undefined,
  certificate: string | undefined,
  publicKey: string | undefined,
): SpkiHash {
  if (certificate !== undefined)
    return spkiHashOf(
      parseCertificate(onlyBlock(certificate, 'CERTIFICATE', 'certificate'), 'certificate').publicKey.spki,
    )
  if (publicKey !== undefined)
    return spkiHashOf(parsePublicKey(onlyBlock(publicKey, 'PUBLIC KEY', 'publicKey'), 'publicKey').spki)
  const spki = spkiHashFrom(spkiSha256 ?? '')
  if (spki === undefined)
    refuse('request_invalid', [
      {
        code: 'spki_hash',
        field: 'spkiSha256',
        message: 'is no SHA-256 of a SubjectPublicKeyInfo: 64 hex digits',
      },
    ])
  return spki as SpkiHash
}

function onlyBlock(text: string, label: string, field: string): Uint8Array {
  const blocks = pemDecode(text, [label], field)
  if (blocks.length > 1)
    refuse('request_invalid', [{ code: 'pem_blocks', field, message: 'holds several; give one' }])
  return blocks[0]?.der ?? new Uint8Array()
}

import assert from 'node:assert/strict'
import { hash, verify, X509Certificate } from 'node:crypto'
import { signingOptions } from '../../src/core/domain/key-algorithms.ts'
import type { CertStatus } from '../../src/core/domain/ocsp.ts'
import { signatureAlgorithmOf } from '../../src/core/x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../src/core/x509/certificate.ts'
import { decodedFrom } from '../../src/core/x509/lint-rules/decoded.ts'
import { encodeCertId, issuerHashes, type CertIdHash } from '../../src/core/x509/ocsp-cert-id.ts'
import { encodeOcspRequest } from '../../src/core/x509/ocsp-request.ts'
import { parseOcspResponse, type ParsedOcspResponse } from '../../src/core/x509/ocsp-response-parser.ts'
import { OID } from '../../src/core/x509/oids.ts'
import { publicKeyBits } from '../../src/core/x509/public-keys.ts'

export type Asking = {
  readonly hash?: CertIdHash
  readonly nonce?: Uint8Array
}

/** DER of a request about serials (hex) of an issuer (its certificate, DER). */
export function aQuestion(
  issuerDer: Uint8Array,
  serials: readonly string[],
  { hash: by = 'sha256', nonce }: Asking = {},
): Uint8Array {
  const issuer = parseCertificate(issuerDer)
  const hashes = issuerHashes(by, issuer.subject, issuer.publicKey.spki)
  return encodeOcspRequest(
    serials.map((serial) => encodeCertId(by, hashes, Buffer.from(serial, 'hex'))),
    nonce,
  )
}

type Successful = Extract<ParsedOcspResponse, { readonly status: 'successful' }>

/**
 * An answer, checked as a client does (RFC 6960 §3.2, §4.2.2.2): signed by the key that it names, whose certificate the
 * issuer has signed for OCSP, and which is valid with all that it says.
 */
export function checkedAnswer(der: Uint8Array, issuerDer: Uint8Array): Successful {
  const response = parseOcspResponse(der)
  if (response.status !== 'successful') throw new Error(`the answer is ${response.status}`)
  const [certificateDer] = response.certificates
  const certificate = new X509Certificate(certificateDer ?? new Uint8Array())
  const issuer = new X509Certificate(issuerDer)
  assert.ok(certificate.checkIssued(issuer))
  assert.ok(certificate.verify(issuer.publicKey))
  const parsed = parseCertificate(certificateDer ?? new Uint8Array())
  const decoded = decodedFrom(parsed.extensions)
  assert.deepEqual(decoded.extendedKeyUsage, [OID.ocspSigning])
  assert.deepEqual(decoded.keyUsage, ['digitalSignature'])
  assert.ok(decoded.extensions.has(OID.ocspNoCheck))
  for (const absent of [OID.cRLDistributionPoints, OID.authorityInfoAccess, OID.freshestCRL])
    assert.ok(!decoded.extensions.has(absent))
  const { keyHash } = response.responder as { readonly keyHash: Uint8Array }
  assert.ok(Buffer.from(keyHash).equals(hash('sha1', publicKeyBits(parsed.publicKey.spki), 'buffer')))
  const algorithm = signatureAlgorithmOf(response.algorithm)
  if (algorithm === undefined) throw new Error(`signed with ${response.algorithm.oid}`)
  const { digest, padding } = signingOptions(algorithm)
  const key = { key: certificate.publicKey, ...padding }
  assert.ok(verify(digest, response.tbs, key, response.signature))
  for (const { thisUpdate, nextUpdate = 0 } of response.responses) {
    assert.ok(thisUpdate >= parsed.notBefore.time)
    assert.ok(nextUpdate <= parsed.notAfter.time)
    assert.ok(nextUpdate > thisUpdate)
  }
  return response
}

/** The statuses that an answer says, checked. */
export const statusesIn = (der: Uint8Array, issuerDer: Uint8Array): readonly CertStatus[] =>
  checkedAnswer(der, issuerDer).responses.map(({ status }) => status)

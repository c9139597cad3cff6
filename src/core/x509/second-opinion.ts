import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { ChanceryError } from '../domain/errors.ts'
import { signatureAlgorithmInfo } from '../domain/key-algorithms.ts'
import { sameOctets, signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { parseCertificate } from './certificate.ts'
import type { ParsedCertificate } from './types.ts'

/**
 * An authority's certificate is made once and trusted for years, so a second, independent implementation reads and
 * verifies it before the authority becomes active. Loaded on demand: 30 MB and a quarter of a second, which leaves
 * needn't pay.
 */
async function library() {
  // @peculiar/x509 registers its algorithms in a container that wants this first.
  await import('reflect-metadata')
  const [x509, webcrypto] = await Promise.all([import('@peculiar/x509'), import('@peculiar/webcrypto')])
  return { x509, crypto: new webcrypto.Crypto() as unknown as Crypto }
}

/**
 * Whether @peculiar/x509 reads an authority's certificate as we do: names, validity, serial, public key, CA flag and
 * path length, and a signature that verifies under the issuer's key. For ML-DSA the library still reads key, signature
 * and everything else, but `node:crypto` verifies. OpenSSL computes in either case: what is independent is the reading.
 * @throws internal naming what differs
 */
export async function secondOpinion(certificateDer: Uint8Array, issuerDer: Uint8Array): Promise<void> {
  const { x509, crypto } = await library()
  const ours = parseCertificate(certificateDer, 'certificate')
  const theirs = new x509.X509Certificate(octets(certificateDer))
  const issuer = new x509.X509Certificate(octets(issuerDer))
  const constraints = theirs.getExtension(x509.BasicConstraintsExtension)
  const verified = isMlDsa(ours)
    ? verify(null, ours.tbs, publicKeyOf(issuer), new Uint8Array(theirs.signature))
    : await theirs.verify({ publicKey: issuer.publicKey, signatureOnly: true }, crypto)
  const differences: [boolean, string][] = [
    [!verified, 'the signature'],
    [constraints?.ca !== true, 'the CA flag'],
    [!sameOctets(new Uint8Array(theirs.subjectName.toArrayBuffer()), ours.subject), 'the subject'],
    [!sameOctets(new Uint8Array(theirs.issuerName.toArrayBuffer()), ours.issuer), 'the issuer'],
    [!sameOctets(new Uint8Array(theirs.publicKey.rawData), ours.publicKey.spki), 'the public key'],
    [theirs.notBefore.getTime() !== ours.notBefore.time, 'notBefore'],
    [theirs.notAfter.getTime() !== ours.notAfter.time, 'notAfter'],
    [
      hexOf(theirs.serialNumber) !== hexOf(Buffer.from(ours.serialOctets).toString('hex')),
      'the serial number',
    ],
    [theirs.extensions.length !== ours.extensions.length, 'the number of extensions'],
  ]
  const found = differences.filter(([differs]) => differs).map(([, what]) => what)
  if (found.length > 0)
    throw new ChanceryError(
      'internal',
      `certificate: a second implementation disagrees about ${found.join(', ')}`,
    )
}

/** @peculiar/webcrypto has no ML-DSA, and the runtime's WebCrypto has it only as an experiment. */
const isMlDsa = ({ signatureAlgorithm }: ParsedCertificate): boolean => {
  const name = signatureAlgorithmOf(signatureAlgorithm)
  return name !== undefined && signatureAlgorithmInfo(name).family === 'ML-DSA'
}
const publicKeyOf = ({ publicKey }: { publicKey: { rawData: ArrayBuffer } }): KeyObject =>
  createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' })

const hexOf = (hex: string): string => hex.toLowerCase().replace(/^0+/, '')
/** The library wants memory of its own. */
const octets = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

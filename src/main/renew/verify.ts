import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { KeyStoreForm, Managed } from '../../faces/cli/renewal.ts'
import type { Material } from './material.ts'

/** Clocks of two hosts differ by some minutes. */
const SKEW_MS = 5 * 60_000

/**
 * Why a version mustn't take the place of the one in use; empty when nothing is wrong with it: the key is the
 * certificate's, each certificate is signed by the next up to the root, it is valid now, and has the names expected.
 * @param names that it must have
 * @param now milliseconds since the epoch
 */
export function materialProblems(
  { certificates, key }: Material,
  managed: Managed,
  names: readonly string[],
  now: number,
): readonly string[] {
  const path = certificates.map((pem) => new X509Certificate(pem))
  const leaf = path[0]
  if (leaf === undefined) return ['there is no certificate in what the server sent']
  const problems: string[] = []
  if (key !== undefined && !leaf.checkPrivateKey(createPrivateKey(key)))
    problems.push('the private key isn’t that of the certificate')
  // An imported chain may end below its root; then the last of both is the same.
  const above = managed.chain.slice(-1).map((pem) => new X509Certificate(pem))
  const broken = brokenLink([
    ...path,
    ...above.filter(({ raw }) => !path.some((each) => each.raw.equals(raw))),
  ])
  if (broken !== undefined) problems.push(broken)
  if (leaf.validToDate.getTime() <= now) problems.push(`it expired at ${leaf.validToDate.toISOString()}`)
  if (leaf.validFromDate.getTime() > now + SKEW_MS)
    problems.push(`it is valid from ${leaf.validFromDate.toISOString()} on only`)
  const missing = names.filter((name) => !namesOf(leaf).includes(name.toLowerCase()))
  if (missing.length > 0) problems.push(`it lacks ${missing.join(', ')}`)
  return problems
}

function brokenLink(path: readonly X509Certificate[]): string | undefined {
  const at = path.findIndex((each, place) => {
    const issuer = path[place + 1]
    return issuer !== undefined && !(each.checkIssued(issuer) && each.verify(issuer.publicKey))
  })
  return at === -1
    ? undefined
    : `the chain breaks: ${path[at]?.subject.replaceAll('\n', ', ') ?? ''} isn’t signed by the next one`
}

/** DNS names and addresses of the subjectAltName, in lower case. */
const namesOf = ({ subjectAltName = '' }: X509Certificate): readonly string[] =>
  subjectAltName.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '').toLowerCase())

/** What is wrong with a key store, as far as it can be opened here; undefined for nothing. */
export function keyStoreProblem(bytes: Uint8Array, { format, passphrase }: KeyStoreForm): string | undefined {
  if (format === 'jks') return jksIsWhole(bytes, passphrase) ? undefined : 'the JKS file is damaged'
  try {
    createSecureContext({ pfx: Buffer.from(bytes), passphrase })
    return undefined
  } catch (error) {
    return `the PKCS#12 file doesn’t open: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Its last 20 octets are SHA-1 of passphrase, a constant, and the rest (sun.security.provider.JavaKeyStore). */
function jksIsWhole(bytes: Uint8Array, passphrase: string): boolean {
  const expected = createHash('sha1')
    .update(Buffer.from(passphrase, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(bytes.subarray(0, -20))
    .digest()
  return expected.equals(bytes.subarray(-20))
}

/** SHA-256 in hex. */
export const sha256 = (octets: Uint8Array | string): string =>
  createHash('sha256').update(octets).digest('hex')

/** SHA-256 of a certificate's DER, in hex. */
export const fingerprintOf = (pem: string): string => sha256(new X509Certificate(pem).raw)

import type { Violation } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { KeyAlgorithm } from '../../domain/key-algorithms.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { EMPTY_NAME } from '../../x509/distinguished-names.ts'
import { thoroughKeyFindings } from '../../x509/key-strength.ts'
import { decodedFrom } from '../../x509/lint-rules/decoded.ts'
import { OID } from '../../x509/oids.ts'
import { namesItself } from '../../x509/outside/chain-order.ts'
import type { OutsideCertificate } from '../../x509/outside/read-outside.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { signedBy } from '../authorities/verify-outside.ts'
import { certificateFacts } from '../certificates/certificate-facts.ts'
import { spkiHashOf } from '../keys/refuse-compromised.ts'

/** AWS's (contract §7.6). */
const MOST_OCSP_URL = 1000

/** Its DNS names, in the certificate's order. */
export const importedNames = ({ der }: Pick<ParsedCertificate, 'der'>): readonly string[] =>
  certificateFacts(der).names.flatMap((name) => (name.type === 'dns' ? [name.value] : []))

/** What stands against taking a certificate in (contract §7.6): its dates, its key, its chain. */
export async function importViolations(
  ports: Pick<Ports, 'store' | 'verifier'>,
  account: AccountId,
  outside: OutsideCertificate,
  now: Millis,
): Promise<Violation[]> {
  const { certificate } = outside
  const violations: Violation[] = []
  const complain = (code: string, field: string, message: string): void =>
    void violations.push({ code, field, message })
  const { notBefore, notAfter, publicKey } = certificate
  if (notBefore.time > now)
    complain('certificate_not_yet_valid', 'certificate', `is valid from ${isoOf(notBefore.time)} only`)
  if (notAfter.time <= now)
    complain('certificate_expired', 'certificate', `expired at ${isoOf(notAfter.time)}`)
  if (sameOctets(certificate.issuer, EMPTY_NAME)) complain('issuer_empty', 'certificate', 'names no issuer')
  const { access } = decodedFrom(certificate.extensions)
  if (access?.ocsp.some((url) => url.length > MOST_OCSP_URL) === true)
    complain('ocsp_url_long', 'certificate', `has an OCSP URL of more than ${MOST_OCSP_URL} characters`)
  for (const { rule, message } of thoroughKeyFindings(publicKey)) complain(rule, 'certificate', message)
  if (await ports.store.reads.compromisedKeys.refuses(account, spkiHashOf(publicKey.spki)))
    complain('key_compromised', 'certificate', 'its key is marked compromised')
  return [...violations, ...(await chainViolations(ports, outside))]
}

/** Each certifies the one before it; where the root is left out, the last one's issuer is. */
async function chainViolations(
  ports: Pick<Ports, 'verifier'>,
  { certificate, chain }: OutsideCertificate,
): Promise<Violation[]> {
  const path = [certificate, ...chain]
  if (chain.length === 0)
    return namesItself(certificate) && (await signedBy(ports, certificate, certificate))
      ? []
      : [
          {
            code: 'chain_missing',
            field: 'chain',
            message: 'is missing: the certificate was signed by an authority; give its issuers',
          },
        ]
  const found = chain.map(async (issuer, at): Promise<Violation[]> => {
    const below = path[at] as ParsedCertificate
    const field = `chain[${at}]`
    if (Buffer.from(issuer.der).equals(certificate.der))
      return [{ code: 'chain_certificate', field, message: 'is the certificate itself; leave it out' }]
    if (await signedBy(ports, below, issuer)) return []
    const what = at === 0 ? 'the certificate' : `chain[${at - 1}]`
    return [{ code: 'chain_order', field, message: `did not sign ${what}; each certifies the one before it` }]
  })
  return (await Promise.all(found)).flat()
}

/** Usages that public authorities have given up since: their absence is no mistake (contract §7.6). */
const MAY_GO: ReadonlySet<string> = new Set([OID.clientAuth, 'keyEncipherment'])

/** What a successor lacks that the certificate in whose place it comes has (contract §7.6). */
export function narrowed(
  { current, keyAlgorithm }: ManagedCertificate,
  successor: ParsedCertificate,
  algorithm: KeyAlgorithm,
): Violation[] {
  const violations: Violation[] = []
  const complain = (code: string, message: string): void =>
    void violations.push({ code, field: 'certificate', message })
  if (algorithm !== keyAlgorithm)
    complain(
      'key_type_changed',
      `has a key of ${algorithm}; the one it takes the place of has ${keyAlgorithm}`,
    )
  if (importedNames(successor).length === 0) complain('names_missing', 'has no DNS name')
  if (current?.imported === undefined) return violations
  const before = usagesOf(parseCertificate(current.imported.der))
  const after = usagesOf(successor)
  const lost = [...before].filter((usage) => !after.has(usage) && !MAY_GO.has(usage))
  if (lost.length > 0) complain('usages_removed', `lacks usages of the one before: ${lost.join(', ')}`)
  return violations
}

function usagesOf({ extensions }: ParsedCertificate): ReadonlySet<string> {
  const { keyUsage = [], extendedKeyUsage = [] } = decodedFrom(extensions)
  return new Set([...keyUsage, ...extendedKeyUsage])
}

import { sameOctets } from './algorithm-identifiers.ts'
import type { RequestDraft } from './certification-request.ts'
import { EMPTY_NAME } from './distinguished-names.ts'
import { decodedFrom } from './lint-rules/decoded.ts'
import { thoroughKeyFindings } from './key-strength.ts'
import type { CertificationRequest, Finding } from './types.ts'

/**
 * What is wrong with an authority's certification request that was encoded and read back: it says what its draft says,
 * its key is sound, and it asks for an authority's certificate.
 */
export function lintRequest(request: CertificationRequest, draft: RequestDraft): Finding[] {
  const findings: Finding[] = []
  const complain = (rule: string, field: string, message: string, source: string): void => {
    findings.push({ rule, severity: 'error', field, message, source })
  }
  if (!sameOctets(request.subject, draft.subject))
    complain('request_subject', 'subject', 'was read back differently', 'RFC 2986 §4.1')
  if (!sameOctets(request.publicKey.spki, draft.spki))
    complain('request_key', 'subjectPublicKeyInfo', 'was read back differently', 'RFC 2986 §4.1')
  if (request.signatureAlgorithm !== draft.signatureAlgorithm)
    complain('request_signature', 'signatureAlgorithm', 'was read back differently', 'RFC 2986 §4.2')
  // The name under which it will issue.
  if (sameOctets(request.subject, EMPTY_NAME))
    complain('subject_present', 'subject', 'is empty; an authority has one', 'RFC 5280 §4.1.2.6')
  const { basicConstraints, keyUsage, unreadable } = decodedFrom(request.extensions)
  for (const { field, message } of unreadable)
    complain('extension_readable', field, `can't be read: ${message}`, 'RFC 5280 §4.2')
  if (basicConstraints?.ca !== true)
    complain('basic_constraints', 'basicConstraints.cA', 'must be TRUE', 'RFC 5280 §4.2.1.9')
  for (const bit of ['keyCertSign', 'cRLSign'] as const)
    if (keyUsage?.includes(bit) !== true)
      complain('key_usage_kind', 'keyUsage', `an authority needs ${bit}`, 'RFC 5280 §4.2.1.3')
  return [...findings, ...thoroughKeyFindings(request.publicKey)]
}

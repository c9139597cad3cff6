import { canonicalDns, isRefusal, refusal } from './dns-names.ts'
import type { Refusal } from './dns-names.ts'

/** RFC 5321 §4.5.3.1.1, and §4.5.3.1.3 less the angle brackets. */
const MAX_LOCAL = 64
const MAX_MAILBOX = 254
/** RFC 5321 §4.1.2 Dot-string of RFC 5322 §3.2.3 atoms. */
const DOT_STRING = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/

/**
 * Canonical form of an RFC 5321 mailbox for rfc822Name (RFC 5280 §4.2.1.6), or why it is refused: the domain in
 * lower-case A-labels (§7.5), the local part untouched, since its case may matter.
 */
export function canonicalMailbox(text: string): string | Refusal {
  if (text === '') return refusal('email_empty', 'is empty')
  if (text.length > 1000) return refusal('email_length', `longer than ${MAX_MAILBOX} octets`)
  const at = text.lastIndexOf('@')
  if (at < 0) return refusal('email_at', 'has no @')
  const local = text.slice(0, at)
  if (local === '') return refusal('email_local', 'has nothing before the @')
  if (local.startsWith('"')) return refusal('email_quoted', 'a quoted local part is not supported')
  if (/[^\u0000-\u007f]/.test(local)) {
    return refusal(
      'email_ascii',
      'the part before the @ must be ASCII; rfc822Name has no other (RFC 9598 is not supported)',
    )
  }
  if (!DOT_STRING.test(local)) {
    return refusal(
      'email_local',
      'the part before the @ holds a character or dot that RFC 5321 §4.1.2 doesn’t allow',
    )
  }
  if (local.length > MAX_LOCAL)
    return refusal('email_length', `the part before the @ is longer than ${MAX_LOCAL} octets`)
  if (text.startsWith('[', at + 1))
    return refusal('email_literal', 'an address in place of the domain is not supported')
  const domain = canonicalDns(text.slice(at + 1), 'no wildcard')
  if (isRefusal(domain)) return refusal(domain.code, `the domain ${domain.message}`)
  const mailbox = `${local}@${domain}`
  return mailbox.length > MAX_MAILBOX ? refusal('email_length', `longer than ${MAX_MAILBOX} octets`) : mailbox
}

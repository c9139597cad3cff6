import type { AccountId } from '../../domain/ids.ts'
import { hmacSha256 } from '../../x509/digest.ts'
import type { ValidationRecord } from './check-dns-record.ts'

/** Where the targets of validation records lie; nothing needs to be there. */
const TARGETS = 'acm-validations.aws'

/**
 * The CNAME that proves an account's control over a domain: always the same for one account and domain of an
 * installation, in every region, and another one for any other account.
 * @param secret of the installation: `installationSecret`
 * @param domain without a wildcard's asterisk: `d` and `*.d` have one record
 */
export function validationRecord(secret: Uint8Array, account: AccountId, domain: string): ValidationRecord {
  const bytes = (part: string) => hmacSha256(secret, 'validation record', account, domain, part)
  const hex = (part: string) => Buffer.from(bytes(part)).toString('hex').slice(0, 32)
  const token = Array.from(bytes('token').subarray(0, 10), (octet) => String.fromCharCode(97 + (octet % 26)))
  return { name: `_${hex('name')}.${domain}`, value: `_${hex('value')}.${token.join('')}.${TARGETS}` }
}

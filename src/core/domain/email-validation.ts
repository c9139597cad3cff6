import { baseDomain } from './domain-validations.ts'

/** Who is taken to speak for a domain (CA/Browser Forum BR §3.2.2.4.4; RFC 2142 has the last two). */
export const APPROVING_MAILBOXES = [
  'admin',
  'administrator',
  'hostmaster',
  'postmaster',
  'webmaster',
] as const

/**
 * The domain whose mailboxes are asked: a leading `www.` is taken off, as ACM does, unless a top-level name is all that
 * would be left. The result is the validation domain or one above it, so nobody is asked who doesn't control it.
 */
export function mailDomain(validationDomain: string): string {
  const rest = baseDomain(validationDomain).replace(/^www\./, '')
  return rest.includes('.') ? rest : validationDomain
}

/** The five addresses that are asked about a validation domain, which is in lower-case A-labels. */
export const approvingAddresses = (validationDomain: string): readonly string[] =>
  APPROVING_MAILBOXES.map((local) => `${local}@${mailDomain(validationDomain)}`)

/**
 * What is wrong with a validation domain for a name, both in lower-case A-labels: it is the name itself, without the
 * asterisk, or a domain above it, label by label; never a top-level name, which is nobody's of those who ask.
 */
export function validationDomainProblem(domain: string, validationDomain: string): string | undefined {
  const base = baseDomain(domain)
  if (validationDomain.startsWith('*.')) return 'must have no asterisk'
  if (!validationDomain.includes('.')) return 'must be a domain of at least two labels'
  if (base === validationDomain || base.endsWith(`.${validationDomain}`)) return undefined
  return `must be ${base} or a domain above it`
}

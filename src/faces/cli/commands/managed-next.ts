import type { DomainValidationJson, ManagedCertificateJson } from '../../../contract/index.ts'
import type { Context } from '../context.ts'
import { endOf, momentOf, relative } from '../times.ts'
import { visible } from '../visible.ts'
import { managedFacts } from './managed-view.ts'

/** Shows a managed certificate: what it is, what proves control over its names, and what to do next. */
export function tellManaged(context: Context, it: ManagedCertificateJson): void {
  const now = context.world.now()
  context.print(managedFacts(it, now))
  const proofs = proofsOf(it)
  if (proofs.length > 0) context.print(`\n${proofs.map(visible).join('\n')}\n`)
  const next = nextSteps(it, now)
  if (next.length > 0) context.note(`\n${next.map(visible).join('\n')}`)
}

/** Seconds: a record that is corrected is soon seen. */
const TTL = 300

/** What proves control over the names. The lines for DNS are ready for a zone file, remarks and all (RFC 1035 §5.1). */
export function proofsOf({ validation, status }: ManagedCertificateJson): string[] {
  const verb = status === 'PENDING_VALIDATION' ? 'Set' : 'Keep'
  const of = <T>(pick: (each: DomainValidationJson) => T | undefined): T[] =>
    validation.flatMap((each) => pick(each) ?? [])
  // `d` and `*.d` have one record.
  const records = new Set(
    of(({ record }) => record && `${record.name} ${TTL} IN ${record.type} ${record.value}`),
  )
  const redirects = of(({ redirect }) => redirect && `  ${redirect.from}\n    to ${redirect.to}`)
  const asked = of(({ domain, emails }) => emails && `  for ${domain}: ${emails.join(', ')}`)
  return [
    ...(records.size > 0
      ? [`; ${verb} this in DNS, for good: each renewal looks at it again.`, ...records]
      : []),
    ...(redirects.length > 0
      ? [
          `${verb} this redirect, for good: each renewal looks at it again.`,
          ...redirects.flatMap((each) => each.split('\n')),
        ]
      : []),
    ...(asked.length > 0 ? ['Asked to approve, by a link in a mail:', ...asked] : []),
  ]
}

/** What to do next, a line each. */
export function nextSteps(it: ManagedCertificateJson, now: number): string[] {
  switch (it.status) {
    case 'PENDING_VALIDATION':
      return pending(it, now)
    case 'ISSUED':
    case 'EXPIRED':
      return issued(it, now)
    case 'REVOKED':
      return ['It is revoked for good. In its place:', `  ${requestAgain(it)}`]
    case 'FAILED':
    case 'VALIDATION_TIMED_OUT':
      return [
        'It was not issued, and won’t be. Mend what stands above, then:',
        `  ${requestAgain(it)}`,
        `  chancery managed delete ${it.id}   to have it out of the way`,
      ]
  }
}

const requestAgain = ({ names, validation }: ManagedCertificateJson): string => {
  const [first] = validation
  const validate = first === undefined ? '' : ` --validate ${first.method.toLowerCase()}`
  return `chancery managed request ${names.map((name) => (name.startsWith('*') ? `'${name}'` : name)).join(' ')}${validate}`
}

function pending({ id, validateUntil = '', validation }: ManagedCertificateJson, now: number): string[] {
  const end = Date.parse(validateUntil)
  const open = validation.find(({ status }) => status !== 'SUCCESS')
  return [
    `It is issued as soon as control over every name is proved, until ${momentOf(validateUntil)} (${relative(end, now)}). Next:`,
    ...(open?.method === 'EMAIL'
      ? [`  chancery managed resend ${id} ${open.domain}   to ask again`]
      : [`  chancery managed validate ${id}   to have it looked at now; it is looked at by itself, too`]),
    `  chancery managed show ${id}   for how it stands`,
  ]
}

function issued(it: ManagedCertificateJson, now: number): string[] {
  const { id, kind, renewal, exportable, exported, inUseBy, validateUntil } = it
  const ends = endOf(it.notAfter, now)
  if (kind === 'imported')
    return [
      `It ends ${ends}, and nobody renews it. Before, put its successor in its place:`,
      `  chancery managed reimport ${id} FILES`,
    ]
  if (validateUntil !== undefined)
    return [
      `Its renewal waits for the proof of every name: ${renewal.reason ?? 'it is being looked at'}.`,
      `  chancery managed validate ${id}   to have it looked at now`,
    ]
  if (it.status === 'EXPIRED') return [`It has expired. To renew it:`, `  chancery managed renew ${id}`]
  const inUse = exported || inUseBy.length > 0
  return [
    renewal.eligible
      ? 'It is renewed by itself. Next:'
      : 'It is renewed by itself once it is exported, or something that uses it is on record. Next:',
    ...(exportable && !exported
      ? [`  chancery managed export ${id} --format pem --out FILE   for a server`]
      : []),
    ...(inUse ? [] : [`  chancery managed associate ${id} ARN   for what takes it from here`]),
    `  chancery managed show ${id} --chain   for the certificate and its issuers`,
  ]
}

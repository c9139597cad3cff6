import type { RevokedJson } from '../../../contract/index.ts'
import type { RevocationReason } from '../../../core/domain/revocation.ts'
import { certificateIdFor } from './certificate-reference.ts'
import { namesOf } from './certificate-view.ts'
import { jsonLine, type Context } from '../context.ts'
import { factsOf } from '../table.ts'
import { momentOf } from '../times.ts'

type Waiting = { readonly wait: boolean }
const queryOf = ({ wait }: Waiting) => (wait ? {} : { wait: 'recorded' as const })

/** Revokes a certificate. */
export async function revoke(
  context: Context,
  reference: string,
  options: Waiting & { readonly reason: RevocationReason },
): Promise<void> {
  const server = await context.server()
  const id = await certificateIdFor(server, reference)
  const answer = await server.ask('revokeCertificate', {
    params: { id },
    query: queryOf(options),
    body: { reason: options.reason },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  sayRevoked(context, answer.value)
}

/** Takes a certificate off hold. */
export async function liftHold(context: Context, reference: string, options: Waiting): Promise<void> {
  const server = await context.server()
  const id = await certificateIdFor(server, reference)
  const answer = await server.ask('liftHold', { params: { id }, query: queryOf(options) })
  if (context.json) return context.print(jsonLine(answer.text))
  const { certificate } = answer.value
  context.print(
    factsOf([
      ['Off hold', namesOf(certificate).join(', ') || certificate.subject],
      ...whereFacts(answer.value),
    ]),
  )
  sayStale(context, answer.value)
}

/** What was revoked, where that stands, and how long copies elsewhere may say otherwise. */
export function sayRevoked(context: Context, revoked: RevokedJson): void {
  const { certificate } = revoked
  context.print(
    factsOf([
      ['Revoked', namesOf(certificate).join(', ') || certificate.subject],
      ['Serial', certificate.serial],
      ['When', momentOf(certificate.revocation?.revokedAt ?? '')],
      ['Reason', certificate.revocation?.reason],
      ...whereFacts(revoked),
    ]),
  )
  sayStale(context, revoked)
}

function whereFacts({ crl, ocsp }: RevokedJson): [string, string | undefined][] {
  if (crl === undefined)
    return [
      ['CRL', 'none speaks of it'],
      ['OCSP', ocsp.url],
    ]
  return [
    ['CRL number', crl.published ? crl.number : `${crl.number} or a later one, in a moment`],
    ['CRL', crl.url],
    ['OCSP', ocsp.url],
  ]
}

function sayStale(context: Context, { staleUntil, crl }: RevokedJson): void {
  context.note(
    '\nIt is in force now. Copies elsewhere may say otherwise: an answer in a cache or stapled by a server',
  )
  const kept =
    crl === undefined || staleUntil.crl === undefined
      ? ''
      : `, a CRL that somebody kept until ${momentOf(staleUntil.crl)}`
  context.note(`until ${momentOf(staleUntil.ocsp)}${kept}.`)
}

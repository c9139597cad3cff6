import type { RevocationReason } from '../../../core/domain/revocation.ts'
import { certificateIdFor } from './certificate-reference.ts'
import { namesOf } from './certificate-view.ts'
import { jsonLine, type Context } from '../context.ts'
import { factsOf } from '../table.ts'
import { momentOf } from '../times.ts'

/** Revokes a certificate. */
export async function revoke(
  context: Context,
  reference: string,
  options: { readonly reason: RevocationReason },
): Promise<void> {
  const server = await context.server()
  const id = await certificateIdFor(server, reference)
  const answer = await server.ask('revokeCertificate', { params: { id }, body: { reason: options.reason } })
  if (context.json) return context.print(jsonLine(answer.text))
  const { certificate, crl } = answer.value
  const { revokedAt, reason } = certificate.revocation ?? { revokedAt: '', reason: options.reason }
  context.print(
    factsOf([
      ['Revoked', namesOf(certificate).join(', ') || certificate.subject],
      ['Serial', certificate.serial],
      ['When', momentOf(revokedAt)],
      ['Reason', reason],
      ['CRL number', crl.number],
      ['CRL', crl.url],
    ]),
  )
  context.note('\nIt is in force now; those who keep an older CRL learn of it when that one ends.')
}

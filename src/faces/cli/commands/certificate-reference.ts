import type { CertificateSummaryJson } from '../../../contract/index.ts'
import { serialFrom, splitCertificateId } from '../../../core/domain/ids.ts'
import type { Connection } from '../connection.ts'
import { CliFailure, usage } from '../failure.ts'

const ARN = /^arn:[^:]+:acm-pca:[^:]*:[^:]*:certificate-authority\/([^/]+)\/certificate\/([0-9a-f]+)$/

/**
 * The id of a certificate given by id, ARN or serial number in any common spelling. A serial is unique only below one
 * authority (RFC 5280 §4.1.2.2).
 * @throws CliFailure with exit code 2 for none of these, 5 when there is none, 6 when several have this serial
 */
export async function certificateIdFor({ client }: Connection, reference: string): Promise<string> {
  if (splitCertificateId(reference) !== undefined) return reference
  const [, authority, serial] = ARN.exec(reference) ?? []
  if (authority !== undefined && serial !== undefined) return `${authority}.${serial}`
  if (serialFrom(reference) === undefined)
    throw usage(
      `${reference} is neither the id of a certificate nor a serial number`,
      'Find it by name: chancery certificate list --name www.example.com',
    )
  const { items } = await client.searchCertificates({ query: { serial: reference, limit: 10 } })
  return theOnly(items, reference).id
}

function theOnly(items: readonly CertificateSummaryJson[], serial: string): CertificateSummaryJson {
  const [first, second] = items
  if (first === undefined) throw new CliFailure(5, `there is no certificate with the serial number ${serial}`)
  if (second === undefined) return first
  throw new CliFailure(6, `several authorities have issued the serial number ${serial}; say which, by id:`, [
    ...items.map((each) => each.id),
  ])
}

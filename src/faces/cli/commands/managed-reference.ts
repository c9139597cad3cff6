import { isManagedId } from '../../../core/domain/ids.ts'
import type { Connection } from '../connection.ts'
import { CliFailure } from '../failure.ts'

/**
 * The id or ARN of a managed certificate; one given by its first name is looked up.
 * @throws CliFailure with exit code 5 when none has this name, 6 when several have
 */
export async function managedIdFor({ client }: Connection, reference: string): Promise<string> {
  if (isManagedId(reference) || reference.startsWith('arn:')) return reference
  const { items } = await client.listManagedCertificates({ query: { domainName: reference, limit: 10 } })
  const [first, second] = items
  if (first === undefined)
    throw new CliFailure(5, `there is no managed certificate for ${reference}`, [
      'See what there is: chancery managed list',
    ])
  if (second === undefined) return first.id
  throw new CliFailure(6, `there are several managed certificates for ${reference}; say which, by id:`, [
    ...items.map(({ id, status }) => `${id}  ${status}`),
  ])
}

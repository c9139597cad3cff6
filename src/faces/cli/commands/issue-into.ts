import type { Answer, Connection } from '../connection.ts'
import { CliFailure } from '../failure.ts'
import type { Targets } from '../file-names.ts'
import { writeFiles } from '../files.ts'
import { filesOf, type bodyOf } from './certificate-order.ts'

/**
 * Issues and writes the files. A certificate that was issued but couldn't be written is named, so that it can be
 * fetched or revoked.
 * @throws CliFailure with exit code 1 for that; what the client throws otherwise
 */
export async function issueInto(
  server: Pick<Connection, 'ask'>,
  body: ReturnType<typeof bodyOf>,
  targets: Targets,
  force: boolean,
  idempotencyKey?: string,
): Promise<Answer<'issueCertificate'>> {
  const answer = await server.ask('issueCertificate', {
    body,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  try {
    await writeFiles(filesOf(answer.value, targets), force)
  } catch (error) {
    const { id, hasKey } = answer.value
    const fetchIt = hasKey
      ? `chancery certificate export ${id} --format pem --out FILE`
      : `chancery certificate show ${id} --chain`
    throw new NotWritten(id, error instanceof Error ? error.message : String(error), fetchIt)
  }
  return answer
}

/** The certificate exists, its files don't. */
export class NotWritten extends CliFailure {
  constructor(id: string, reason: string, fetchIt: string) {
    super(1, `the certificate was issued, but ${reason}`, [
      `Fetch it: ${fetchIt}`,
      `Or revoke it: chancery certificate revoke ${id}`,
    ])
    this.name = 'NotWritten'
  }
}

/** The API's answer without the private key: that is in its file, and a log is no place for it. */
export function withoutKey(text: string): string {
  const { exported: _exported, ...rest } = JSON.parse(text) as Record<string, unknown>
  return JSON.stringify(rest)
}

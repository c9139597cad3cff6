import type { ManagedCertificateJson } from '../../../contract/index.ts'
import { SECOND } from '../../../core/domain/time.ts'
import type { Answer, Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { CliFailure } from '../failure.ts'
import { visible } from '../visible.ts'
import { persistently } from './persistently.ts'

export type ManagedAnswer = Answer<'describeManagedCertificate'>

/** How often it is looked whether it is issued. */
const EVERY = 2 * SECOND

/** Waits until validation is over, one way or the other; says on the way how it stands, whenever that has changed. */
export async function waited(
  context: Context,
  server: Connection,
  first: ManagedAnswer,
): Promise<ManagedAnswer> {
  let answer = first
  let told = ''
  while (answer.value.validateUntil !== undefined) {
    const progress = progressOf(answer.value)
    if (progress !== told) context.note(visible(progress))
    told = progress
    await context.world.pause(EVERY)
    const params = { id: first.value.id }
    answer = await persistently(context.world, () => server.ask('describeManagedCertificate', { params }))
  }
  return answer
}

/** `1 of 2 names proved; waiting for example.com: there is no CNAME record`. */
function progressOf({ validation, failureDetail, renewal }: ManagedCertificateJson): string {
  const open = validation.filter(({ status }) => status !== 'SUCCESS')
  const [next] = open
  const count = `${validation.length - open.length} of ${validation.length} names proved`
  if (next === undefined) return `${count}; ${renewal.reason ?? failureDetail ?? 'about to be issued'}`
  return `${count}; waiting for ${next.domain}: ${next.reason ?? 'not looked at yet'}`
}

/** @throws CliFailure with exit code 1 when it wasn't issued, or not renewed */
export function expectIssued({
  status,
  failureReason,
  failureDetail,
  renewal,
  domainName,
}: ManagedCertificateJson): void {
  if (status !== 'ISSUED')
    throw new CliFailure(
      1,
      `the certificate for ${domainName} is ${status}: ${failureDetail ?? failureReason ?? 'it was not issued'}`,
    )
  if (renewal.status === 'FAILED')
    throw new CliFailure(
      1,
      `the certificate for ${domainName} was not renewed: ${renewal.reason ?? 'no reason is known'}`,
    )
}

import type { Authority } from '../../../../src/core/domain/authorities.ts'
import { answerOcsp, type OcspAnswer } from '../../../../src/core/operations/ocsp/answer-ocsp.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { aQuestion, statusesIn, type Asking } from '../../../support/ocsp-client.ts'

export const derOf = ({ certificate }: Pick<Authority, 'certificate'>): Uint8Array =>
  certificate?.der ?? new Uint8Array()

/** Asks about serials of an authority. */
export const ask = (
  ports: Ports,
  authority: Pick<Authority, 'certificate'>,
  serials: string | readonly string[],
  asking?: Asking,
): Promise<OcspAnswer> =>
  answerOcsp(ports, aQuestion(derOf(authority), typeof serials === 'string' ? [serials] : serials, asking))

/** What is said about one serial, in an answer that a client would take. */
export async function statusOf(
  ports: Ports,
  authority: Pick<Authority, 'certificate'>,
  serial: string,
  asking?: Asking,
) {
  const [status] = statusesIn((await ask(ports, authority, serial, asking)).der, derOf(authority))
  return status
}

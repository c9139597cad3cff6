import { ALGORITHM, TERMINATOR, type SignatureClaim } from './claim.ts'

/** What is signed: the moment, the scope and the hash of the canonical request. */
export const stringToSign = (
  { timestamp, scope }: Pick<SignatureClaim, 'timestamp' | 'scope'>,
  requestHash: string,
): string =>
  `${ALGORITHM}\n${timestamp}\n${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}\n${requestHash}`

import type { Violation } from '../../domain/errors.ts'
import { sameOctets } from '../algorithm-identifiers.ts'
import { nameText } from '../distinguished-names.ts'
import type { ParsedCertificate } from '../types.ts'
import type { OutsideCertificate } from './read-outside.ts'

/** Whether it names itself as its issuer; whether it signed itself, its signature says. */
export const namesItself = ({ subject, issuer }: ParsedCertificate): boolean => sameOctets(subject, issuer)

/**
 * What is wrong with how the certificates stand: a subordinate's chain holds its issuers and nothing else, each once,
 * the nearest first, the root last. Names are compared octet for octet, as issuance compares them.
 */
export function orderViolations({ certificate, chain }: OutsideCertificate): Violation[] {
  const twice = repetitions(certificate, chain)
  if (twice.length > 0) return twice
  const { path, missing } = pathFrom(certificate, chain)
  const violations: Violation[] = chain.flatMap((each, place) =>
    path.includes(each)
      ? []
      : [
          {
            code: 'chain_foreign',
            field: `chain[${place}]`,
            message: `${nameText(each.subject)} is none of the issuers of the certificate; leave it out`,
          },
        ],
  )
  if (missing !== undefined)
    violations.push({
      code: 'chain_incomplete',
      field: 'chain',
      message: `${nameText(missing)} is missing; the chain goes up to the root`,
    })
  const given = chain.filter((each) => path.includes(each))
  const wrong = given.findIndex((each, place) => each !== path[place])
  if (wrong !== -1)
    violations.push({
      code: 'chain_order',
      field: `chain[${chain.indexOf(given[wrong] as ParsedCertificate)}]`,
      message: `${nameText((path[wrong] as ParsedCertificate).subject)} comes first: the nearest issuer is first, the root last`,
    })
  return violations
}

function repetitions(certificate: ParsedCertificate, chain: readonly ParsedCertificate[]): Violation[] {
  return chain.flatMap((each, place): Violation[] => {
    const field = `chain[${place}]`
    if (sameOctets(each.der, certificate.der))
      return [
        {
          code: 'chain_certificate',
          field,
          message: 'is the certificate itself; the chain begins with its issuer',
        },
      ]
    const first = chain.findIndex((other) => sameOctets(other.der, each.der))
    return first === place
      ? []
      : [{ code: 'chain_duplicate', field, message: `is the same as chain[${first}]` }]
  })
}

/** The issuers as the names lead to them, and the name of the one that isn't there. */
function pathFrom(
  certificate: ParsedCertificate,
  chain: readonly ParsedCertificate[],
): { path: readonly ParsedCertificate[]; missing: Uint8Array | undefined } {
  const path: ParsedCertificate[] = []
  for (let at = certificate; !namesItself(at);) {
    const { issuer } = at
    const next = chain.find((each) => !path.includes(each) && sameOctets(each.subject, issuer))
    if (next === undefined) return { path, missing: issuer }
    path.push(next)
    at = next
  }
  return { path, missing: undefined }
}

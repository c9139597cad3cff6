import type { ParsedResponseData } from './ocsp-response-parser.ts'
import { OID } from './oids.ts'
import type { Finding } from './types.ts'

type Complain = (field: string, message: string) => void
/** A rule about an OCSP answer; `source` is the paragraph that obliges us. */
export type OcspRule = {
  readonly id: string
  readonly source: string
  readonly check: (data: ParsedResponseData, complain: Complain) => void
}

const KEY_HASH_OCTETS = 20

function responder({ responder: by }: ParsedResponseData, complain: Complain): void {
  if (!('keyHash' in by)) complain('responderID', 'must be byKey')
  else if (by.keyHash.length !== KEY_HASH_OCTETS) complain('responderID', 'is no SHA-1 of a key')
}

function responses(data: ParsedResponseData, complain: Complain): void {
  if (data.responses.length === 0) complain('responses', 'says nothing')
}

function updates({ producedAt, responses: list }: ParsedResponseData, complain: Complain): void {
  for (const { thisUpdate, nextUpdate } of list) {
    if (nextUpdate === undefined) complain('nextUpdate', 'is missing')
    else if (nextUpdate <= thisUpdate) complain('nextUpdate', 'is not after thisUpdate')
    if (thisUpdate > producedAt) complain('thisUpdate', 'is after producedAt')
  }
}

function extensions(data: ParsedResponseData, complain: Complain): void {
  for (const { oid, critical } of data.extensions)
    if (oid !== OID.ocspNonce || critical)
      complain('responseExtensions', 'only a nonce that isn’t critical belongs there')
}

/** Every rule about answers, in the order in which findings are reported; a finding of any of them is an error. */
export const OCSP_RULES: readonly OcspRule[] = [
  { id: 'ocsp_responder', source: 'RFC 9919 §3.2.2', check: responder },
  { id: 'ocsp_responses', source: 'RFC 6960 §4.2.1', check: responses },
  { id: 'ocsp_updates', source: 'RFC 9919 §3.2.4', check: updates },
  { id: 'ocsp_extensions', source: 'RFC 9919 §3.2.1', check: extensions },
]

/** Everything that is wrong with an answer to be signed, in the order of `OCSP_RULES`; pure. */
export function lintOcsp(data: ParsedResponseData): Finding[] {
  const findings: Finding[] = []
  for (const { id: rule, source, check } of OCSP_RULES)
    check(data, (field, message) => void findings.push({ rule, severity: 'error', field, message, source }))
  return findings
}

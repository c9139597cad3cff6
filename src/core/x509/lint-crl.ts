import { ChanceryError } from '../domain/errors.ts'
import { signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { EMPTY_NAME } from './distinguished-names.ts'
import { decodeAuthorityKeyIdentifier, decodeCrlNumber } from './extension-decoders.ts'
import { OID, oidName } from './oids.ts'
import type { ParsedCrl } from './crl-parser.ts'
import type { Extension, Finding } from './types.ts'

type Complain = (field: string, message: string) => void
/** A rule about a CRL; `source` is the paragraph that obliges us. */
export type CrlRule = {
  readonly id: string
  readonly source: string
  readonly check: (crl: ParsedCrl, complain: Complain) => void
}

const nameOf = (oid: string): string => oidName(oid) ?? `extension ${oid}`
const find = ({ extensions }: ParsedCrl, oid: string): Extension | undefined =>
  extensions.find((extension) => extension.oid === oid)
/** RFC 5280 §5.2.4, §5.2.5: these two must be critical; no other CRL extension is. */
const CRITICAL: readonly string[] = [OID.deltaCRLIndicator, OID.issuingDistributionPoint]

/** What `read` makes of an extension's value; why it can't be read becomes a finding. */
function readable(
  extension: Extension | undefined,
  complain: Complain,
  read: (value: Uint8Array) => unknown,
): void {
  if (extension === undefined) return
  try {
    read(extension.value)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    complain(nameOf(extension.oid), `can't be read: ${error.message}`)
  }
}

function version(crl: ParsedCrl, complain: Complain): void {
  if (crl.version !== 2) complain('version', 'must be 2 since there are extensions')
}

function signature(crl: ParsedCrl, complain: Complain): void {
  if (signatureAlgorithmOf(crl.signatureAlgorithm) === undefined)
    complain('signature', `algorithm ${crl.signatureAlgorithm.oid} is not supported`)
}

function issuer(crl: ParsedCrl, complain: Complain): void {
  if (crl.issuer.length <= EMPTY_NAME.length) complain('issuer', 'is empty')
}

function updates({ thisUpdate, nextUpdate }: ParsedCrl, complain: Complain): void {
  if (nextUpdate === undefined) complain('nextUpdate', 'is missing')
  else if (nextUpdate <= thisUpdate) complain('nextUpdate', 'is not after thisUpdate')
}

function once({ extensions }: ParsedCrl, complain: Complain): void {
  const seen = new Set<string>()
  for (const { oid } of extensions) {
    if (seen.has(oid)) complain(nameOf(oid), 'stands there twice')
    seen.add(oid)
  }
}

function criticality({ extensions }: ParsedCrl, complain: Complain): void {
  for (const { oid, critical } of extensions)
    if (critical !== CRITICAL.includes(oid))
      complain(nameOf(oid), critical ? 'must not be critical' : 'must be critical')
}

function number(crl: ParsedCrl, complain: Complain): void {
  const extension = find(crl, OID.cRLNumber)
  if (extension === undefined) complain('cRLNumber', 'is missing')
  readable(extension, complain, decodeCrlNumber)
}

function authorityKeyIdentifier(crl: ParsedCrl, complain: Complain): void {
  const extension = find(crl, OID.authorityKeyIdentifier)
  if (extension === undefined) complain('authorityKeyIdentifier', 'is missing')
  readable(extension, complain, (value) => {
    if (decodeAuthorityKeyIdentifier(value).keyIdentifier === undefined)
      complain('authorityKeyIdentifier', 'has no keyIdentifier')
  })
}

/** Every rule about CRLs, in the order in which findings are reported; a finding of any of them is an error. */
export const CRL_RULES: readonly CrlRule[] = [
  { id: 'crl_version', source: 'RFC 5280 §5.1.2.1', check: version },
  { id: 'crl_signature_algorithm', source: 'RFC 5280 §5.1.2.2', check: signature },
  { id: 'crl_issuer', source: 'RFC 5280 §5.1.2.3', check: issuer },
  { id: 'crl_updates', source: 'RFC 5280 §5.1.2.5', check: updates },
  { id: 'crl_extension_once', source: 'RFC 5280 §4.2, §5.2', check: once },
  { id: 'crl_criticality', source: 'RFC 5280 §5.2', check: criticality },
  { id: 'crl_number', source: 'RFC 5280 §5.2.3', check: number },
  { id: 'crl_authority_key_identifier', source: 'RFC 5280 §5.2.1', check: authorityKeyIdentifier },
]

/** Everything that is wrong with a CRL to be signed, in the order of `CRL_RULES`; pure. Its entries were checked by the parser. */
export function lintCrl(crl: ParsedCrl): Finding[] {
  const findings: Finding[] = []
  for (const { id: rule, source, check } of CRL_RULES)
    check(crl, (field, message) => void findings.push({ rule, severity: 'error', field, message, source }))
  return findings
}

import { ChanceryError } from '../domain/errors.ts'
import { signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { EMPTY_NAME } from './distinguished-names.ts'
import {
  decodeAuthorityKeyIdentifier,
  decodeCrlDistributionPoints,
  decodeCrlNumber,
  decodeIssuingDistributionPoint,
} from './extension-decoders.ts'
import { OID, oidName } from './oids.ts'
import type { CrlOutline } from './crl-outline.ts'
import type { Extension, Finding } from './types.ts'

type Complain = (field: string, message: string) => void
/** A rule about a CRL; `source` is the paragraph that obliges us. */
export type CrlRule = {
  readonly id: string
  readonly source: string
  readonly check: (crl: CrlOutline, complain: Complain) => void
}

const nameOf = (oid: string): string => oidName(oid) ?? `extension ${oid}`
const find = ({ extensions }: CrlOutline, oid: string): Extension | undefined =>
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

function version(crl: CrlOutline, complain: Complain): void {
  if (crl.version !== 2) complain('version', 'must be 2 since there are extensions')
}

function signature(crl: CrlOutline, complain: Complain): void {
  if (signatureAlgorithmOf(crl.signatureAlgorithm) === undefined)
    complain('signature', `algorithm ${crl.signatureAlgorithm.oid} is not supported`)
}

function issuer(crl: CrlOutline, complain: Complain): void {
  if (crl.issuer.length <= EMPTY_NAME.length) complain('issuer', 'is empty')
}

function updates({ thisUpdate, nextUpdate }: CrlOutline, complain: Complain): void {
  if (nextUpdate === undefined) complain('nextUpdate', 'is missing')
  else if (nextUpdate <= thisUpdate) complain('nextUpdate', 'is not after thisUpdate')
}

function once({ extensions }: CrlOutline, complain: Complain): void {
  const seen = new Set<string>()
  for (const { oid } of extensions) {
    if (seen.has(oid)) complain(nameOf(oid), 'stands there twice')
    seen.add(oid)
  }
}

function criticality({ extensions }: CrlOutline, complain: Complain): void {
  for (const { oid, critical } of extensions)
    if (critical !== CRITICAL.includes(oid))
      complain(nameOf(oid), critical ? 'must not be critical' : 'must be critical')
}

function number(crl: CrlOutline, complain: Complain): void {
  const extension = find(crl, OID.cRLNumber)
  if (extension === undefined) complain('cRLNumber', 'is missing')
  readable(extension, complain, decodeCrlNumber)
}

function authorityKeyIdentifier(crl: CrlOutline, complain: Complain): void {
  const extension = find(crl, OID.authorityKeyIdentifier)
  if (extension === undefined) complain('authorityKeyIdentifier', 'is missing')
  readable(extension, complain, (value) => {
    if (decodeAuthorityKeyIdentifier(value).keyIdentifier === undefined)
      complain('authorityKeyIdentifier', 'has no keyIdentifier')
  })
}

function delta(crl: CrlOutline, complain: Complain): void {
  const indicator = find(crl, OID.deltaCRLIndicator)
  readable(indicator, complain, (value) => {
    const base = decodeCrlNumber(value)
    const own = find(crl, OID.cRLNumber)
    if (own !== undefined && base > decodeCrlNumber(own.value))
      complain('deltaCRLIndicator', 'names a base that is later than the CRL itself')
  })
}

function freshest(crl: CrlOutline, complain: Complain): void {
  const extension = find(crl, OID.freshestCRL)
  if (extension !== undefined && find(crl, OID.deltaCRLIndicator) !== undefined)
    complain('freshestCRL', 'must not stand in a delta CRL')
  readable(extension, complain, (value) => {
    if (decodeCrlDistributionPoints(value).length === 0) complain('freshestCRL', 'names no URL')
  })
}

function scope(crl: CrlOutline, complain: Complain): void {
  readable(find(crl, OID.issuingDistributionPoint), complain, (value) => {
    const { urls, limits } = decodeIssuingDistributionPoint(value)
    if (urls.length === 0 && limits.length === 0)
      complain('issuingDistributionPoint', 'says nothing about what the CRL is limited to')
    if (limits.length > 1) complain('issuingDistributionPoint', 'limits the CRL to several kinds at once')
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
  { id: 'crl_delta', source: 'RFC 5280 §5.2.4', check: delta },
  { id: 'crl_freshest', source: 'RFC 5280 §5.2.6', check: freshest },
  { id: 'crl_scope', source: 'RFC 5280 §5.2.5', check: scope },
]

/** Everything that is wrong with a CRL to be signed but for its entries, in the order of `CRL_RULES`; pure. */
export function lintCrl(crl: CrlOutline): Finding[] {
  const findings: Finding[] = []
  for (const { id: rule, source, check } of CRL_RULES)
    check(crl, (field, message) => void findings.push({ rule, severity: 'error', field, message, source }))
  return findings
}

import type { Violation } from '../../domain/errors.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { oidOctets } from '../../x509/der/oid.ts'
import { decodeCertificatePolicies, decodeExtKeyUsage } from '../../x509/extension-decoders.ts'
import { certificatePolicies, extKeyUsage, nameConstraints } from '../../x509/extensions.ts'
import { OID } from '../../x509/oids.ts'
import type { Extension } from '../../x509/types.ts'
import { canonicalUri } from '../../x509/uris.ts'
import type { CreateAuthorityRequest } from './authority-request.ts'

/** Purposes that have a name; others go by their OID. */
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: OID.serverAuth,
  clientAuth: OID.clientAuth,
  codeSigning: OID.codeSigning,
  emailProtection: OID.emailProtection,
  timeStamping: OID.timeStamping,
  ocspSigning: OID.ocspSigning,
  documentSigning: OID.documentSigning,
  smartcardLogon: OID.smartcardLogon,
}
const MAX_ENTRIES = 50

type Limits = Pick<CreateAuthorityRequest, 'kind' | 'nameConstraints' | 'policies' | 'extendedKeyUsages'>

/** The OID of a purpose named or given as one; undefined for anything else. */
const purposeOid = (text: string): string | undefined =>
  Object.hasOwn(PURPOSES, text) ? PURPOSES[text] : oidOctets(text) === undefined ? undefined : text

/** What of a new authority's certificate binds everything below it, besides the path length. @throws request_invalid */
export const limitExtensions = ({
  nameConstraints: names,
  policies,
  extendedKeyUsages,
}: Limits): readonly Extension[] => [
  ...(extendedKeyUsages === undefined
    ? []
    : [extKeyUsage(extendedKeyUsages.map((each) => purposeOid(each) ?? each))]),
  ...(policies === undefined ? [] : [certificatePolicies(policies)]),
  ...(names === undefined ? [] : [nameConstraints(names)]),
]

/** The purposes and policies that an authority's certificate has: its successor gets the same. */
export function limitsIn(certificateDer: Uint8Array): Pick<Limits, 'policies' | 'extendedKeyUsages'> {
  const { extensions } = parseCertificate(certificateDer)
  const valueOf = (oid: string) => extensions.find((extension) => extension.oid === oid)?.value
  const [purposes, policies] = [valueOf(OID.extKeyUsage), valueOf(OID.certificatePolicies)]
  return {
    ...(purposes === undefined ? {} : { extendedKeyUsages: decodeExtKeyUsage(purposes) }),
    ...(policies === undefined ? {} : { policies: decodeCertificatePolicies(policies) }),
  }
}

/** What is wrong with the purposes and policies asked for, each entry under its own field. */
export function limitViolations({ kind, policies, extendedKeyUsages }: Limits): Violation[] {
  const violations: Violation[] = []
  const lists = {
    extendedKeyUsages: extendedKeyUsages?.map(purposeOid),
    policies: policies?.map(({ oid }) => oid),
  }
  for (const [field, oids] of Object.entries(lists)) {
    if (oids === undefined) continue
    const complain = (code: string, message: string, place?: number): void => {
      violations.push({ code, field: place === undefined ? field : `${field}[${place}]`, message })
    }
    // RFC 5280 §6.1: verifiers read neither from a trust anchor.
    if (kind === 'root')
      complain(
        'root_unlimited',
        'are not for a root, in which verifiers don’t read them; give them to a subordinate',
      )
    if (oids.length === 0) complain('limit_empty', 'is empty; leave it out')
    if (oids.length > MAX_ENTRIES) complain('limit_count', `has more than ${MAX_ENTRIES} entries`)
    for (const [place, oid] of oids.slice(0, MAX_ENTRIES).entries())
      if (oid === undefined || oidOctets(oid) === undefined)
        complain('limit_oid', `is no object identifier such as 1.3.6.1.4.1.99999.1${named(field)}`, place)
      else if (oids.indexOf(oid) < place) complain('limit_twice', 'stands there twice', place)
  }
  for (const [place, { cps }] of (policies ?? []).entries()) {
    const url = cps === undefined ? '' : canonicalUri(cps)
    if (typeof url !== 'string')
      violations.push({ code: url.code, field: `policies[${place}].cps`, message: url.message })
  }
  return violations
}

const named = (field: string): string =>
  field === 'extendedKeyUsages' ? ` and none of ${Object.keys(PURPOSES).join(', ')}` : ''

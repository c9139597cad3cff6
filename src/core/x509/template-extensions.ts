import type { ExtensionSource, Template } from '../domain/templates.ts'
import { ENCIPHERMENTS } from '../domain/key-usages.ts'
import { keyAlgorithmInfo } from '../domain/key-algorithms.ts'
import type { GeneralName } from '../domain/names.ts'
import { decodeKeyUsage } from './extension-decoders.ts'
import {
  basicConstraints,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
  type KeyUsage,
} from './extensions.ts'
import { OID, oidName } from './oids.ts'
import { keyIdentifierOf } from './public-keys.ts'
import type { Extension, PublicKeyInfo } from './types.ts'

type Extensions = ReadonlyMap<string, Extension>

/** Everything that decides about the extensions under a template. */
export type TemplateSources = {
  readonly template: Template
  readonly key: Pick<PublicKeyInfo, 'spki' | 'algorithm'>
  /** DER of the Name. */
  readonly subject: Uint8Array
  readonly names: readonly GeneralName[]
  /** What is passed through the API, whether the template takes it or not. */
  readonly api: Extensions
  /** What the CSR asks for, whether the template passes it through or not. */
  readonly csr: Extensions
  /** What the issuer puts into its certificates: authority key identifier, CRL distribution point, authority information access. */
  readonly issuer: readonly Extension[]
  /** Whether key usages that the key can't have are written all the same, as AWS does. */
  readonly awsKeyEncipherment: boolean
}

export type TemplateExtensions = {
  readonly extensions: readonly Extension[]
  /** What a caller should know: values of the API that don't count, usages that were left out. */
  readonly warnings: readonly string[]
}

/** Extensions that are decided one by one, so that none of them slips through with the rest. */
const DECIDED: readonly string[] = [
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.cRLDistributionPoints,
  OID.authorityInfoAccess,
  OID.freshestCRL,
  OID.subjectAltName,
]

/**
 * The extensions of a certificate under a template, in RFC 5280's usual order. For each extension the template's own
 * definition wins, then what the API passes through, then the CSR, as far as the template's variety takes them; CRL
 * distribution point and authority information access are the authority's before all, where it has them.
 */
export function templateExtensions(sources: TemplateSources): TemplateExtensions {
  const { template, key, issuer, names, subject } = sources
  const warnings: string[] = []
  const api = template.passthrough.api ? sources.api : new Map<string, Extension>()
  const csr = template.passthrough.csr ? sources.csr : new Map<string, Extension>()
  const fixed = fixedExtensions(sources)
  const authority = new Map(template.kind === 'root' ? [] : issuer.map((each) => [each.oid, each] as const))
  const by = { authority, api, csr: withDistributionPoint(sources, csr) }
  const chosen = (oid: string, order: readonly ExtensionSource[]): Extension | undefined =>
    fixed.get(oid) ?? order.map((source) => by[source].get(oid)).find((each) => each !== undefined)

  const passed = (oid: string) => chosen(oid, ['authority', 'api', 'csr'])
  const points =
    template.crlDistributionPoints.length === 0
      ? passed(OID.cRLDistributionPoints)
      : chosen(OID.cRLDistributionPoints, template.crlDistributionPoints)
  const usage = passed(OID.keyUsage)
  const list: (Extension | undefined)[] = [
    fixed.get(OID.basicConstraints),
    usage === undefined ? undefined : fittingUsage(usage, sources, warnings),
    passed(OID.extKeyUsage),
    subjectKeyIdentifier(keyIdentifierOf(key.spki)),
    passed(OID.authorityKeyIdentifier),
    points,
    passed(OID.authorityInfoAccess),
    passed(OID.freshestCRL),
    names.length === 0 ? undefined : subjectAltName(names, subject),
  ]
  const extensions = list.filter((each) => each !== undefined)
  const settled = new Set(DECIDED)
  for (const extension of [...api.values(), ...csr.values()]) {
    if (settled.has(extension.oid)) continue
    settled.add(extension.oid)
    extensions.push(extension)
  }
  const used = new Set([...extensions, ...(usage === undefined ? [] : [usage])])
  return { extensions, warnings: [...warnings, ...ignored(sources, used)] }
}

function fixedExtensions({ template, key, awsKeyEncipherment }: TemplateSources): Extensions {
  const { basicConstraints: constraints, keyUsage: usages, extendedKeyUsage } = template
  const { ca, critical, pathLength } = constraints
  const fixed = [basicConstraints({ ca, ...(pathLength !== undefined && { pathLength }) }, critical)]
  if (usages !== undefined)
    fixed.push(keyUsage(awsKeyEncipherment || canEncipher(key) ? usages : usages.filter(onlySigns)))
  if (extendedKeyUsage !== undefined)
    fixed.push(
      extKeyUsage(
        extendedKeyUsage.purposes.map((name) => OID[name]),
        extendedKeyUsage.critical,
      ),
    )
  return new Map(fixed.map((each) => [each.oid, each]))
}

/** One of AWS's templates takes the CSR's distribution point, and nothing else, without being of a passing variety. */
function withDistributionPoint({ template, csr: requested }: TemplateSources, csr: Extensions): Extensions {
  const point = requested.get(OID.cRLDistributionPoints)
  return point !== undefined && template.crlDistributionPoints.includes('csr')
    ? new Map([...csr, [point.oid, point]])
    : csr
}

const canEncipher = ({ algorithm }: Pick<PublicKeyInfo, 'algorithm'>): boolean =>
  algorithm !== undefined && keyAlgorithmInfo(algorithm).canEncipher
const onlySigns = (usage: KeyUsage): boolean => !ENCIPHERMENTS.includes(usage)

/** Key usages without those that the key can't have; as they are where nothing would be left, for the lint to refuse. */
function fittingUsage(
  extension: Extension,
  { key, awsKeyEncipherment }: TemplateSources,
  warnings: string[],
): Extension {
  if (awsKeyEncipherment || canEncipher(key)) return extension
  const usages = decodeKeyUsage(extension.value)
  const left = usages.filter(onlySigns)
  if (left.length === usages.length || left.length === 0) return extension
  const out = usages.filter((usage) => !onlySigns(usage)).join(', ')
  warnings.push(`key_usage_left_out: the key can’t encipher, so ${out} was left out`)
  return keyUsage(left, extension.critical)
}

/** What the API gave and the certificate hasn't: said, since it would otherwise be taken for granted. */
const ignored = ({ template, api }: TemplateSources, used: ReadonlySet<Extension>): string[] =>
  [...api.values()]
    .filter((each) => !used.has(each))
    .map(
      ({ oid }) =>
        `passthrough_ignored: ${oidName(oid) ?? oid} is not the caller’s to say under ${template.name}`,
    )

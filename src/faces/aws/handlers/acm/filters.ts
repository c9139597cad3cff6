import { managedIdOf } from './arns.ts'
import { serialFrom } from '../../../../core/domain/ids.ts'
import type { KeyUsage } from '../../../../core/domain/key-usages.ts'
import type { ManagedCriterion, ManagedOrder, ManagedTest } from '../../../../core/ports/managed-search.ts'
import type { Place } from '../../../../core/ports/store.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as searchShapes from '../../models/acm/search-shapes.ts'
import type * as shapes from '../../models/acm/shapes.ts'
import { KEY_USAGE_NAMES, kindFrom, MANAGERS, PURPOSE_OIDS } from './vocabulary.ts'

type Filter = ValueOf<typeof searchShapes.CertificateFilter>
type X509Filter = ValueOf<typeof searchShapes.X509AttributeFilter>
type MetadataFilter = ValueOf<typeof searchShapes.AcmCertificateMetadataFilter>
type NameFilter = ValueOf<typeof searchShapes.DnsNameFilter>
/** As the table has it, which can't say its own type: it holds itself. */
type Statement =
  | { readonly And: readonly Statement[] }
  | { readonly Or: readonly Statement[] }
  | { readonly Not: Statement }
  | { readonly Filter: Filter }

const NOTHING: ManagedCriterion = { any: [] }
const test = (given: ManagedTest): ManagedCriterion => ({ test: given })

/** A tree of filters as the core has it. */
export function criterionFrom(
  statement: ValueOf<typeof searchShapes.CertificateFilterStatement>,
  place: Place,
): ManagedCriterion {
  const turned = (each: Statement): ManagedCriterion => {
    if ('And' in each) return { all: each.And.map(turned) }
    if ('Or' in each) return { any: each.Or.map(turned) }
    return 'Not' in each ? { not: turned(each.Not) } : filtered(each.Filter, place)
  }
  return turned(statement as Statement)
}

function filtered(filter: Filter, place: Place): ManagedCriterion {
  if ('X509AttributeFilter' in filter) return byAttribute(filter.X509AttributeFilter)
  if ('AcmCertificateMetadataFilter' in filter) return byMetadata(filter.AcmCertificateMetadataFilter)
  const id = managedIdOf(place, filter.CertificateArn)
  return id === undefined ? NOTHING : test({ by: 'id', is: id })
}

function byAttribute(filter: X509Filter): ManagedCriterion {
  if ('Subject' in filter) return named('commonName', filter.Subject.CommonName)
  if ('SubjectAlternativeName' in filter) return named('dnsName', filter.SubjectAlternativeName.DnsName)
  if ('ExtendedKeyUsage' in filter) return purposeCriterion(filter.ExtendedKeyUsage)
  if ('KeyUsage' in filter) return usageCriterion(filter.KeyUsage)
  if ('KeyAlgorithm' in filter) return test({ by: 'keyAlgorithm', is: filter.KeyAlgorithm })
  if ('SerialNumber' in filter) {
    const serial = serialFrom(filter.SerialNumber)
    return serial === undefined ? NOTHING : test({ by: 'serial', is: serial })
  }
  const [by, { Start, End }] =
    'NotAfter' in filter
      ? (['notAfter', filter.NotAfter] as const)
      : (['notBefore', filter.NotBefore] as const)
  return test({
    by,
    ...(Start === undefined ? {} : { from: Start }),
    ...(End === undefined ? {} : { until: End }),
  })
}

const named = (by: 'commonName' | 'dnsName', { Value, ComparisonOperator }: NameFilter): ManagedCriterion =>
  test({ by, is: Value.toLowerCase(), whole: ComparisonOperator === 'EQUALS' })

function byMetadata(filter: MetadataFilter): ManagedCriterion {
  if ('Status' in filter)
    return filter.Status === 'INACTIVE' ? NOTHING : test({ by: 'status', is: filter.Status })
  if ('RenewalStatus' in filter) return test({ by: 'renewalStatus', is: filter.RenewalStatus })
  if ('Type' in filter) return test({ by: 'kind', is: kindFrom(filter.Type) })
  if ('InUse' in filter) return test({ by: 'inUse', is: filter.InUse })
  if ('Exported' in filter) return test({ by: 'exported', is: filter.Exported })
  if ('ExportOption' in filter) return exportCriterion(filter.ExportOption)
  if ('ManagedBy' in filter) return test({ by: 'managedBy', is: MANAGERS[filter.ManagedBy] })
  if ('ValidationMethod' in filter) return test({ by: 'validationMethod', is: filter.ValidationMethod })
  if ('CertificateKeyPairOrigin' in filter) return originCriterion(filter.CertificateKeyPairOrigin)
  // Nothing here came over ACME.
  return NOTHING
}

export const exportCriterion = (option: 'ENABLED' | 'DISABLED'): ManagedCriterion =>
  test({ by: 'exportable', is: option === 'ENABLED' })

export function originCriterion(origin: ValueOf<typeof shapes.CertificateKeyPairOrigin>): ManagedCriterion {
  const imported = test({ by: 'kind', is: 'imported' })
  if (origin === 'ACME') return NOTHING
  return origin === 'CUSTOMER_PROVIDED' ? imported : { not: imported }
}

const USAGES = Object.entries(KEY_USAGE_NAMES) as [KeyUsage, string][]

/** ANY asks for nothing in particular; a usage beyond those of RFC 5280 can't be read at all. */
export function usageCriterion(name: ValueOf<typeof shapes.KeyUsageName>): ManagedCriterion {
  if (name === 'ANY') return { all: [] }
  const [usage] = USAGES.find(([, each]) => each === name) ?? []
  return usage === undefined ? NOTHING : test({ by: 'keyUsage', is: usage })
}

export function purposeCriterion(name: ValueOf<typeof shapes.ExtendedKeyUsageName>): ManagedCriterion {
  if (name === 'NONE')
    return {
      all: [test({ by: 'hasVersion', is: true }), { not: test({ by: 'extendedKeyUsageBeside', known: [] }) }],
    }
  const oid = PURPOSE_OIDS.get(name)
  return oid === undefined
    ? test({ by: 'extendedKeyUsageBeside', known: [...PURPOSE_OIDS.values()] })
    : test({ by: 'extendedKeyUsage', is: oid })
}

/** What can be sorted by, in the core's words; what all certificates here have alike is the order of their making. */
export const ORDERS: Readonly<Record<ValueOf<typeof searchShapes.SearchCertificatesSortBy>, ManagedOrder>> = {
  CREATED_AT: 'createdAt',
  NOT_AFTER: 'notAfter',
  STATUS: 'status',
  RENEWAL_STATUS: 'renewalStatus',
  EXPORTED: 'exported',
  IN_USE: 'inUse',
  NOT_BEFORE: 'notBefore',
  KEY_ALGORITHM: 'keyAlgorithm',
  TYPE: 'kind',
  CERTIFICATE_ARN: 'createdAt',
  COMMON_NAME: 'commonName',
  REVOKED_AT: 'revokedAt',
  RENEWAL_ELIGIBILITY: 'renewalEligibility',
  ISSUED_AT: 'issuedAt',
  MANAGED_BY: 'managedBy',
  EXPORT_OPTION: 'exportable',
  VALIDATION_METHOD: 'validationMethod',
  IMPORTED_AT: 'importedAt',
  ACME_ENDPOINT_ARN: 'createdAt',
  ACME_ACCOUNT_ID: 'createdAt',
  CERTIFICATE_KEY_PAIR_ORIGIN: 'kind',
}

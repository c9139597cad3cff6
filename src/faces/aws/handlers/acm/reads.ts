import type { ManagedCriterion } from '../../../../core/ports/managed-search.ts'
import { certificatePem } from '../../../../core/operations/certificates/certificate-facts.ts'
import {
  managedDetail,
  nameValidations,
  searchManagedDetails,
  type NameValidations,
} from '../../../../core/operations/managed/managed-detail.ts'
import { currentFile } from '../../../../core/operations/managed/read-managed.ts'
import { searchManaged } from '../../../../core/operations/managed/search-managed.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { InputOf } from '../../service-model.ts'
import type { ACM } from '../../models/acm/model.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as shapes from '../../models/acm/shapes.ts'
import { pageFrom } from '../pages.ts'
import { certificateArn } from './arns.ts'
import { searchResult, summaryOutput } from './certificate-output.ts'
import { detailOutput, recordOutput } from './detail-output.ts'
import {
  criterionFrom,
  exportCriterion,
  ORDERS,
  originCriterion,
  purposeCriterion,
  usageCriterion,
} from './filters.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'
import { MANAGERS } from './vocabulary.ts'

/** Certificates in an answer, unless it is said how many. */
const LISTED = 1000
const FOUND = 100
/** What is listed where nothing is said of keys (contract §4.4). */
const LISTED_KEYS = ['RSA_1024', 'RSA_2048']

type Part = Pick<
  AcmHandlers,
  | 'DescribeCertificate'
  | 'GetCertificate'
  | 'ListCertificates'
  | 'SearchCertificates'
  | 'ListCertificateDomainValidations'
>

/** Certificates as they are. */
export const certificateReads = (ports: Ports): Part => ({
  DescribeCertificate: async ({ principal, input }) => {
    const found = await managedDetail(ports, principal, certificateArn(input.CertificateArn))
    return { Certificate: detailOutput(found, ports.calendar.now()) }
  },

  GetCertificate: async ({ principal, input }) => {
    const { der, chain } = await currentFile(ports, principal, certificateArn(input.CertificateArn))
    return {
      Certificate: certificatePem(der),
      CertificateChain: chain.map(certificatePem).join('') || undefined,
    }
  },

  ListCertificates: async ({ principal, input }) => {
    const { SortBy, SortOrder, Includes } = input
    if ((SortBy === undefined) !== (SortOrder === undefined))
      throw new AwsRefusal('ValidationException', 'SortBy and SortOrder go together: give both or none')
    const { keyTypes = [] } = Includes ?? {}
    const { items, next } = await searchManaged(
      ports,
      principal,
      {
        search: {
          criterion: listCriterion(input),
          keyAlgorithms: keyTypes.length === 0 ? LISTED_KEYS : keyTypes,
          ascending: SortOrder === 'ASCENDING',
        },
        page: pageFrom(input.MaxItems, input.NextToken, LISTED),
      },
      'acm:ListCertificates',
    )
    const now = ports.calendar.now()
    return { CertificateSummaryList: items.map((each) => summaryOutput(each, now)), NextToken: next }
  },

  SearchCertificates: async ({ principal, input }) => {
    const { FilterStatement, SortBy = 'CREATED_AT', SortOrder = 'DESCENDING' } = input
    const { items, next } = await searchManagedDetails(ports, principal, {
      search: {
        ...(FilterStatement === undefined ? {} : { criterion: criterionFrom(FilterStatement, principal) }),
        order: ORDERS[SortBy],
        ascending: SortOrder === 'ASCENDING',
      },
      page: pageFrom(input.MaxResults ?? FOUND, input.NextToken, LISTED),
    })
    const now = ports.calendar.now()
    return { Results: items.map((each) => searchResult(each, now)), NextToken: next }
  },

  ListCertificateDomainValidations: async ({ principal, input }) => {
    const { items, next } = await nameValidations(ports, principal, {
      id: certificateArn(input.CertificateArn),
      page: pageFrom(input.MaxItems, input.NextToken, LISTED),
    })
    return { DomainValidationSummaryList: items.map(validationSummary), NextToken: next }
  },
})

/** One of each list that is given, and all of them together. */
function listCriterion(input: InputOf<typeof ACM.operations.ListCertificates>): ManagedCriterion {
  const { CertificateStatuses = [], CertificateKeyPairOrigins = [], Includes = {} } = input
  const { keyUsage = [], extendedKeyUsage = [], exportOption, managedBy } = Includes
  const lists: readonly (readonly ManagedCriterion[])[] = [
    CertificateStatuses.map((is): ManagedCriterion =>
      is === 'INACTIVE' ? { any: [] } : { test: { by: 'status', is } },
    ),
    CertificateKeyPairOrigins.map(originCriterion),
    keyUsage.map(usageCriterion),
    extendedKeyUsage.map(purposeCriterion),
    exportOption === undefined ? [] : [exportCriterion(exportOption)],
    managedBy === undefined ? [] : [{ test: { by: 'managedBy', is: MANAGERS[managedBy] } }],
  ]
  return { all: lists.filter((list) => list.length > 0).map((any) => ({ any })) }
}

type ValidationSummary = ValueOf<typeof shapes.DomainValidationSummary>

function validationSummary({ active, requested }: NameValidations): ValidationSummary {
  const { method, record, emails, validationDomain } = active
  return {
    DomainName: active.domain,
    ActiveValidationConfiguration: {
      ValidationMethod: method,
      ValidationStatus: active.status,
      ValidationChallenge:
        record !== undefined
          ? { DnsValidationChallenge: { ResourceRecord: recordOutput(record) } }
          : emails === undefined
            ? undefined
            : { EmailValidationChallenge: { ValidationEmails: emails, ValidationDomain: validationDomain } },
    },
    RequestedValidationConfiguration: requested && {
      ValidationMethod: 'DNS',
      ValidationStatus: requested.status,
      ValidationChallenge: { DnsValidationChallenge: { ResourceRecord: recordOutput(requested.record) } },
    },
  }
}

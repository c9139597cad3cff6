import type { ManagedId, Serial } from '../domain/ids.ts'
import type { KeyUsage } from '../domain/key-usages.ts'
import type {
  ManagedKind,
  ManagedStatus,
  Manager,
  RenewalStatus,
  ValidationMethod,
} from '../domain/managed-certificates.ts'
import type { Millis } from '../domain/time.ts'

/** One question about a managed certificate. About a version where there is none, the answer is no. */
export type ManagedTest =
  | { readonly by: 'id'; readonly is: ManagedId }
  /** `whole`: the name is that one; otherwise it contains it. In lower case. */
  | { readonly by: 'commonName' | 'dnsName'; readonly is: string; readonly whole: boolean }
  | { readonly by: 'keyUsage'; readonly is: KeyUsage }
  /** An OID. */
  | { readonly by: 'extendedKeyUsage'; readonly is: string }
  /** It has an extended key usage beside these; with `[]`, any at all. */
  | { readonly by: 'extendedKeyUsageBeside'; readonly known: readonly string[] }
  | { readonly by: 'keyAlgorithm'; readonly is: string }
  | { readonly by: 'serial'; readonly is: Serial }
  /** Both ends count. */
  | { readonly by: 'notBefore' | 'notAfter'; readonly from?: Millis; readonly until?: Millis }
  | { readonly by: 'status'; readonly is: ManagedStatus }
  | { readonly by: 'renewalStatus'; readonly is: RenewalStatus }
  | { readonly by: 'kind'; readonly is: ManagedKind }
  | { readonly by: 'inUse' | 'exported' | 'exportable' | 'hasVersion'; readonly is: boolean }
  | { readonly by: 'managedBy'; readonly is: Manager }
  | { readonly by: 'validationMethod'; readonly is: ValidationMethod }

/** What is searched for. An `all` of nothing is true, an `any` of nothing false. */
export type ManagedCriterion =
  | { readonly all: readonly ManagedCriterion[] }
  | { readonly any: readonly ManagedCriterion[] }
  | { readonly not: ManagedCriterion }
  | { readonly test: ManagedTest }

/** What a search may be sorted by; `createdAt` is the order of the ids. */
export const MANAGED_ORDERS = [
  'createdAt',
  'notAfter',
  'notBefore',
  'issuedAt',
  'importedAt',
  'revokedAt',
  'commonName',
  'status',
  'renewalStatus',
  'renewalEligibility',
  'exported',
  'exportable',
  'inUse',
  'keyAlgorithm',
  'kind',
  'managedBy',
  'validationMethod',
] as const
export type ManagedOrder = (typeof MANAGED_ORDERS)[number]

export type ManagedSearch = {
  /** Any when absent. */
  readonly criterion?: ManagedCriterion
  /** Only those with such keys: looked up, not filtered. Any when absent. */
  readonly keyAlgorithms?: readonly string[]
  /** `createdAt` when absent. What lacks the value comes as if it had the smallest. */
  readonly order?: ManagedOrder
  readonly ascending?: boolean
}

/** So many certificates of one place are sorted by anything but `createdAt`, at most: the rest of the server waits. */
export const MOST_SORTED = 20_000

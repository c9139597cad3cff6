import type { KeyAlgorithm } from '../core/domain/key-algorithms.ts'
import type { SubjectFields } from '../core/domain/names.ts'
import type { ProfileName } from '../core/domain/profiles.ts'
import type { RevocationReason } from '../core/domain/revocation.ts'
import type { Broken } from './broken-kinds.ts'
import type { Names } from './names.ts'

/** A point in time: a `Date`, milliseconds since the epoch, or text that `Date` reads, e.g. `2030-01-31T12:00:00Z`. */
export type Moment = Date | number | string

/** How far to move the clock; members add up and may be negative. */
export type TimeSpan = {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

/** Options of `startChancery`. */
export type StartOptions = {
  /** Where the calendar starts, and with it the authorities' validity; now when absent. It runs on from there. */
  readonly now?: Moment
  /**
   * Opens the API and the public repository (CRLs, CA certificates) on ports of 127.0.0.1 that the system chooses:
   * `true` or `'http'` without TLS, `'https'` with a certificate of the fixture's own. Off when absent.
   */
  readonly listen?: boolean | 'http' | 'https'
  /** What certificates name as the place of their CRL, where nothing listens; without it they name none. */
  readonly publicUrl?: string
}

/** What `signCsr` may settle; names and subject replace those of the request. */
export type SignOptions = Names & {
  readonly subject?: SubjectFields
  /** `tls-server` when absent. */
  readonly profile?: ProfileName
  /** Short for a profile that may be a TLS client: `tls` where the names allow a server too, else `tls-client`. */
  readonly clientAuth?: boolean
  /** Days from the clock's now; 90 when nothing is said. One of `days`, `seconds` and `notAfter`. */
  readonly days?: number
  readonly seconds?: number
  readonly notAfter?: Moment
}

/** What `issue` may settle. */
export type IssueOptions = SignOptions & {
  /** `EC_prime256v1` when absent; RSA keys take tens of milliseconds. */
  readonly keyAlgorithm?: KeyAlgorithm
}

/** A certificate without its key, all texts PEM. */
export type Signed = {
  /** Certificate and intermediate: what a TLS server or client presents. */
  readonly cert: string
  /** The root: what the other side trusts. */
  readonly ca: string
  /** The certificate alone. */
  readonly leaf: string
  /** Its issuers from the nearest to the root. */
  readonly chain: readonly string[]
  /** Certificate, intermediate and root in one text. */
  readonly fullchain: string
  /** 32 hex digits. */
  readonly serial: string
  /** What `revoke` and the API know it by. */
  readonly id: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** The certificate alone as DER. */
  readonly der: Buffer
}

/** A certificate with its key; fits `https.createServer`, `tls.connect` and `new https.Agent` as it is. */
export type Issued = Signed & {
  /** PKCS#8, not encrypted. */
  readonly key: string
}

/** A certificate revocation list. */
export type CrlFile = {
  readonly pem: string
  readonly der: Buffer
  readonly number: bigint
}

/** The calendar that the authority goes by. It runs; verifiers have clocks of their own and don't follow it. */
export type FixtureClock = {
  now(): Date
  /** @throws ChanceryError `request_invalid` for what is no moment between 1970 and 9999 */
  set(moment: Moment): void
  /** Moves by milliseconds or a span, backwards when negative. @throws ChanceryError `request_invalid` */
  advance(span: number | TimeSpan): void
}

/** A running certificate authority: a root, and below it the authority that issues. */
export type Chancery = {
  readonly clock: FixtureClock
  /** Certificate of the root, PEM: what to trust. */
  readonly root: string
  /** Certificate of the issuing authority, PEM. */
  readonly intermediate: string
  /** Certificates that a verifier must refuse. */
  readonly broken: Broken
  /** Issues a certificate with a new key. @throws ChanceryError naming what is wrong with the options */
  issue(options?: IssueOptions): Promise<Issued>
  /** Issues for the key of a PKCS#10 request, PEM or DER. @throws ChanceryError, e.g. `csr_invalid` */
  signCsr(csr: string | Uint8Array, options?: SignOptions): Promise<Signed>
  /** Revokes a certificate of `issue` or `signCsr`, by itself or its id. @throws ChanceryError, e.g. `already_revoked` */
  revoke(certificate: Pick<Signed, 'id'> | string, reason?: RevocationReason): Promise<void>
  /** The issuing authority's CRL as of the clock's now. */
  crl(): Promise<CrlFile>
  /** The CRLs of issuing authority and root as PEM: `crl` of `tls.connect`, which wants one for each issuer. */
  crls(): Promise<string[]>
  /** Ends everything and removes its files; what `await using` does. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** One that listens. */
export type ListeningChancery = Chancery & {
  /** Base URL of the API. */
  readonly url: string
  /** Bearer token of the administrator. */
  readonly token: string
  /** Base URL of the public repository, as it stands in certificates. */
  readonly repositoryUrl: string
  /** PEM of the authority to trust for `url`; undefined without TLS. */
  readonly listenerCa: string | undefined
}

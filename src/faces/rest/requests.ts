import type { AuthorityCreationJson } from '../../contract/schemas/authorities.ts'
import type { RevocationWishesJson } from '../../contract/schemas/revocation-configuration.ts'
import type { ValidityJson } from '../../contract/schemas/validity.ts'
import { serialFrom, type Serial } from '../../core/domain/ids.ts'
import type { RevocationWishes } from '../../core/domain/revocation-configuration.ts'
import type { Millis } from '../../core/domain/time.ts'
import type { ValidityRequest } from '../../core/domain/validity.ts'
import type {
  AuthorityBasics,
  CreateAuthorityRequest,
  PendingAuthorityRequest,
} from '../../core/operations/authorities/authority-request.ts'
import type { PageRequest } from '../../core/ports/store.ts'
import { defined } from './defined.ts'
import { invalid } from '../http/refusal.ts'

/** Which page a list's query asks for. */
export const pageRequestOf = (query: { limit: number; cursor?: string | undefined }): PageRequest => ({
  limit: query.limit,
  after: query.cursor,
})

/** RFC 3339, as the schema has checked it, in milliseconds. */
export const millisOf = (timestamp: string): Millis => Date.parse(timestamp)

/** The one length that the schema has made sure is there, and perhaps when it begins. */
export function validityOf({ notBefore, ...length }: ValidityJson): ValidityRequest {
  const begin = notBefore === undefined ? {} : { notBefore: millisOf(notBefore) }
  if (length.days !== undefined) return { days: length.days, ...begin }
  if (length.months !== undefined) return { months: length.months, ...begin }
  if (length.years !== undefined) return { years: length.years, ...begin }
  if (length.seconds !== undefined) return { seconds: length.seconds, ...begin }
  return { notAfter: millisOf(length.notAfter ?? ''), ...begin }
}

/** What a request for an authority says, whoever certifies it. */
const basicsOf = ({
  kind,
  name,
  subject,
  keyAlgorithm,
  signatureAlgorithm,
  kms,
  keyStorageStandard,
  usageMode,
  caa,
  pathLength,
  revocation,
}: AuthorityCreationJson): AuthorityBasics => ({
  kind,
  name,
  subject: defined(subject),
  ...defined({ keyAlgorithm, signatureAlgorithm, kms, keyStorageStandard, usageMode, caa, pathLength }),
  ...(revocation === undefined ? {} : { revocation: revocationWishesOf(revocation) }),
})

/** What is to be otherwise about how an authority tells of revocations. */
export const revocationWishesOf = ({ crl, ocsp, caIssuers }: RevocationWishesJson): RevocationWishes => ({
  ...(crl === undefined ? {} : { crl: defined(crl) }),
  ...(ocsp === undefined ? {} : { ocsp: defined(ocsp) }),
  ...(caIssuers === undefined ? {} : { caIssuers }),
})

/** What a request for an authority that is certified here asks for. */
export function creationRequestOf(body: AuthorityCreationJson): CreateAuthorityRequest {
  const { parent, validity, nameConstraints, policies, extendedKeyUsages, makeDefault } = body
  return {
    ...basicsOf(body),
    ...defined({ parent, extendedKeyUsages, makeDefault }),
    ...(validity === undefined ? {} : { validity: validityOf(validity) }),
    ...(nameConstraints === undefined ? {} : { nameConstraints: constraintsOf(nameConstraints) }),
    ...(policies === undefined ? {} : { policies: policies.map(defined) }),
  }
}

/** What a request for an authority that somebody outside certifies asks for. */
export function pendingRequestOf(body: AuthorityCreationJson): PendingAuthorityRequest {
  const { keyUsage, subjectInfoAccess } = body.csrExtensions ?? {}
  const offered = subjectInfoAccess?.map(({ method, uri }) => ({
    method,
    location: { type: 'uri' as const, value: uri },
  }))
  const subject = defined(body.subject)
  return { ...basicsOf(body), subject, csrExtensions: defined({ keyUsage, subjectInfoAccess: offered }) }
}

function constraintsOf({ permitted, excluded }: NonNullable<AuthorityCreationJson['nameConstraints']>) {
  return {
    ...(permitted === undefined ? {} : { permitted: defined(permitted) }),
    ...(excluded === undefined ? {} : { excluded: defined(excluded) }),
  }
}

/** @throws request_invalid for what no tool writes as a serial number */
export function serialOfQuery(text: string): Serial {
  const serial = serialFrom(text)
  if (serial === undefined)
    throw invalid('serial', 'serial', 'up to 40 hex digits are expected, with or without colons')
  return serial
}

import { z } from 'zod'
import { keyAlgorithm } from '../contract/schemas/common.ts'
import { subjectFields } from '../contract/schemas/names.ts'
import { ChanceryError, refuse } from '../core/domain/errors.ts'
import { PROFILE_NAMES, type ProfileName } from '../core/domain/profiles.ts'
import { REVOCATION_REASON_NAMES } from '../core/domain/revocation.ts'
import type { ValidityRequest } from '../core/domain/validity.ts'
import type { IssueCertificateRequest } from '../core/operations/certificates/issue-certificate.ts'
import { namesFrom, type NamesInput } from '../core/x509/general-names.ts'
import type { GeneralName } from '../core/domain/names.ts'
import { validated } from '../faces/http/violations.ts'
import { defined } from '../faces/rest/defined.ts'
import { millisFrom } from './fixture-clock.ts'

const someNames = z
  .union([z.string(), z.array(z.string())], 'a name or a list of names is expected')
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .optional()
const moment = z
  .union([z.date(), z.number(), z.string()], 'a Date, milliseconds or text is expected')
  .transform(millisFrom)
  .refine(Number.isFinite, 'no point in time')

const nameMembers = { dns: someNames, ip: someNames, email: someNames, uri: someNames }
const signMembers = {
  ...nameMembers,
  subject: subjectFields.optional(),
  profile: z.enum(PROFILE_NAMES).optional(),
  clientAuth: z.boolean().optional(),
  days: z.number().optional(),
  seconds: z.number().optional(),
  notAfter: moment.optional(),
}
const names = z.strictObject(nameMembers)
const sign = z.strictObject(signMembers)
const issue = z.strictObject({ ...signMembers, keyAlgorithm: keyAlgorithm.optional() })
const start = z.strictObject({
  now: moment.optional(),
  listen: z.union([z.boolean(), z.enum(['http', 'https'])], "true, false, 'http' or 'https'").optional(),
  publicUrl: z
    .string()
    .refine((text) => URL.canParse(text) && new URL(text).protocol === 'http:', 'an http:// URL is expected')
    .optional(),
})
const reason = z.strictObject({ reason: z.enum(REVOCATION_REASON_NAMES as [string]) })

const LOCALHOST: NamesInput = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] }

type Checked = z.output<typeof sign>
export type CheckedStart = z.output<typeof start>

/** The options of `startChancery`, checked. @throws request_invalid naming each that is wrong */
export const startOptionsFrom = (given: unknown): CheckedStart => validated(start, given ?? {}, 'options')

/** @throws request_invalid naming `reason` when RFC 5280 §5.3.1 has no such one */
export const checkReason = (given: string): void => void validated(reason, { reason: given }, 'reason')

/** What the core is asked for by `issue`. @throws request_invalid naming each option that is wrong */
export function issueRequestFrom(given: unknown): IssueCertificateRequest {
  const { keyAlgorithm: algorithm = 'EC_prime256v1', ...wishes } = validated(issue, given ?? {}, 'options')
  return {
    ...requestFrom(wishes, namesIn(wishes) ?? LOCALHOST),
    key: { algorithm },
    export: { format: 'pem' },
  }
}

/** What the core is asked for by `signCsr`. @throws request_invalid naming each option that is wrong */
export function signRequestFrom(csr: unknown, given: unknown): IssueCertificateRequest {
  if (typeof csr !== 'string' && !(csr instanceof Uint8Array))
    throw new ChanceryError('csr_invalid', 'csr: PEM text or DER octets are expected')
  const wishes = validated(sign, given ?? {}, 'options')
  return { ...requestFrom(wishes, namesIn(wishes)), csr }
}

/** Names of a certificate to forge, in canonical form. @throws request_invalid naming each that is wrong */
export function forgedNamesFrom(given: unknown): readonly GeneralName[] {
  const wanted = namesIn(validated(names, given ?? {}, 'names')) ?? LOCALHOST
  const { names: canonical, violations } = namesFrom(wanted, 'names')
  refuse('request_invalid', violations)
  return canonical
}

function requestFrom(wishes: Checked, wanted: NamesInput | undefined): IssueCertificateRequest {
  const profile = wishes.profile ?? (wishes.clientAuth === true ? clientProfile(wanted) : undefined)
  const validity = validityFrom(wishes)
  return {
    ...(wanted === undefined ? {} : { names: wanted }),
    ...(wishes.subject === undefined ? {} : { subject: defined(wishes.subject) }),
    ...(profile === undefined ? {} : { profile }),
    ...(validity === undefined ? {} : { validity }),
  }
}

/** A server needs a name that it can be reached by; a client may be nothing but a mailbox. */
const clientProfile = (wanted: NamesInput | undefined): ProfileName =>
  wanted === undefined || wanted.dns !== undefined || wanted.ip !== undefined || wanted.uri !== undefined
    ? 'tls'
    : 'tls-client'

function namesIn({ dns, ip, email, uri }: z.output<typeof names>): NamesInput | undefined {
  const given = defined({ dns, ip, email, uri })
  return Object.keys(given).length === 0 ? undefined : given
}

function validityFrom({ days, seconds, notAfter }: Checked): ValidityRequest | undefined {
  const given = Object.entries({ days, seconds, notAfter }).filter(([, value]) => value !== undefined)
  if (given.length > 1)
    refuse('request_invalid', [
      { code: 'validity', field: given[1]?.[0] ?? '', message: 'give one of days, seconds and notAfter' },
    ])
  if (days !== undefined) return { days }
  if (seconds !== undefined) return { seconds }
  return notAfter === undefined ? undefined : { notAfter }
}

import type { UsageMode } from '../../domain/usage-modes.ts'
import { ChanceryError, type Violation } from '../../domain/errors.ts'
import { isAuthorityId } from '../../domain/ids.ts'
import { KEY_ALGORITHM_NAMES, KEY_ALGORITHMS, signaturesOf } from '../../domain/key-algorithms.ts'
import type { NameConstraints } from '../../domain/names.ts'
import {
  configuredRevocation,
  revocationViolations,
  usualRevocation,
  type RevocationWishes,
} from '../../domain/revocation-configuration.ts'
import { passthroughSubjectViolations } from '../../x509/passthrough-subject.ts'
import { constraintsFrom } from '../../x509/name-constraints-input.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { limitViolations } from './authority-limits.ts'
import type {
  AuthorityBasics,
  CreateAuthorityRequest,
  CsrExtensions,
  PendingAuthorityRequest,
} from './authority-request.ts'

export const DEFAULT_KEY_ALGORITHM = 'EC_prime256v1'
const MAX_NAME = 128
const MAX_PATH_LENGTH = 10

/** Everything that is wrong with a request for an authority by itself, each under its own field. */
export const authorityViolations = (request: CreateAuthorityRequest): Violation[] =>
  basicViolations(request, [
    ...parentViolations(request),
    ...constraintsOf(request.nameConstraints).violations,
    ...limitViolations(request),
  ])

/** As authorityViolations, for one that is certified outside. */
export const pendingViolations = (request: PendingAuthorityRequest): Violation[] =>
  basicViolations(request, [
    ...csrExtensionViolations(request.csrExtensions ?? {}),
    ...tagViolations(request.tags ?? {}),
  ])

function basicViolations(
  request: AuthorityBasics | PendingAuthorityRequest,
  special: readonly Violation[],
): Violation[] {
  const { keyAlgorithm, pathLength } = request
  const violations = [
    ...(request.name === undefined ? [] : nameViolations(request.name)),
    ...passthroughSubjectViolations(request.subject, 'subject'),
    ...special,
  ]
  if (keyAlgorithm !== undefined && !Object.hasOwn(KEY_ALGORITHMS, keyAlgorithm))
    violations.push(violation('key_algorithm', 'keyAlgorithm', `there are ${KEY_ALGORITHM_NAMES.join(', ')}`))
  violations.push(...signatureViolations(request))
  if (pathLength !== undefined && !isWhole(pathLength, 0, MAX_PATH_LENGTH))
    violations.push(
      violation('path_length', 'pathLength', `must be a whole number from 0 to ${MAX_PATH_LENGTH}`),
    )
  violations.push(...wishViolations(request.revocation, request.usageMode))
  return violations
}

/** What is wrong with how a new authority is to tell of revocations. */
export function wishViolations(
  wishes: RevocationWishes = {},
  usageMode: UsageMode = 'GENERAL_PURPOSE',
): readonly Violation[] {
  return revocationViolations(configuredRevocation(usualRevocation(usageMode), wishes), usageMode)
}

/** A key signs only with algorithms made for its kind. */
function signatureViolations({
  keyAlgorithm = DEFAULT_KEY_ALGORITHM,
  signatureAlgorithm,
}: Pick<AuthorityBasics, 'keyAlgorithm' | 'signatureAlgorithm'>): Violation[] {
  if (signatureAlgorithm === undefined || !Object.hasOwn(KEY_ALGORITHMS, keyAlgorithm)) return []
  const fitting = signaturesOf(keyAlgorithm)
  if (fitting.includes(signatureAlgorithm)) return []
  const message = `a key of ${keyAlgorithm} signs with ${fitting.join(', ')}`
  return [violation('signature_algorithm', 'signatureAlgorithm', message)]
}

/** Name constraints in canonical form, and what is wrong with them. */
export function constraintsOf(given: NameConstraints | undefined): {
  readonly constraints: NameConstraints | undefined
  readonly violations: readonly Violation[]
} {
  if (given === undefined) return { constraints: undefined, violations: [] }
  try {
    return { constraints: constraintsFrom(given, 'nameConstraints'), violations: [] }
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    return { constraints: undefined, violations: error.violations }
  }
}

const violation = (code: string, field: string, message: string): Violation => ({ code, field, message })
const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to

/** A name that reads as an id or an ARN would never be found by it. */
export function nameViolations(name: string): Violation[] {
  if (name.trim() !== name || name === '' || /\p{Cc}/u.test(name))
    return [
      violation('name', 'name', 'must be text without control characters and without blanks at either end'),
    ]
  if (name.length > MAX_NAME) return [violation('name', 'name', `must have at most ${MAX_NAME} characters`)]
  if (isAuthorityId(name) || name.startsWith('arn:'))
    return [violation('name', 'name', 'must not look like an id or an ARN')]
  return []
}

function csrExtensionViolations({ keyUsage, subjectInfoAccess }: CsrExtensions): Violation[] {
  const violations: Violation[] = []
  for (const bit of ['keyCertSign', 'cRLSign'] as const)
    if (keyUsage?.includes(bit) === false)
      violations.push(
        violation('key_usage', 'csrExtensions.keyUsage', `an authority needs ${bit} (RFC 5280 §4.2.1.3)`),
      )
  if (subjectInfoAccess?.length === 0)
    violations.push(violation('access_empty', 'csrExtensions.subjectInfoAccess', 'must not be empty'))
  return violations
}

function parentViolations(request: CreateAuthorityRequest): Violation[] {
  if (request.kind === 'root' && request.parent !== undefined)
    return [violation('parent_unexpected', 'parent', 'a root signs itself and has no parent')]
  if (request.kind === 'subordinate' && request.parent === undefined)
    return [violation('parent_missing', 'parent', 'a subordinate needs the id or name of its parent')]
  return []
}

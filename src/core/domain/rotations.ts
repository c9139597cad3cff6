import type { AccountId, AuthorityId, Region, Serial } from './ids.ts'
import type { KeyAlgorithm } from './key-algorithms.ts'
import type { KmsName } from './kms.ts'
import type { SubjectFields } from './names.ts'
import type { Millis } from './time.ts'

/**
 * The way from an authority to its successor, in order. What a step did can be undone until the last, after which the
 * old key signs nothing but CRLs.
 */
export const ROTATION_STEPS = ['create', 'cross-sign', 'publish', 'switch', 'reissue', 'retire'] as const
export type RotationStep = (typeof ROTATION_STEPS)[number]

/** What the successor shall be; what isn't said is as the old one has it. */
export type SuccessorRequest = {
  readonly name?: string
  readonly subject?: SubjectFields
  readonly keyAlgorithm?: KeyAlgorithm
  readonly kms?: KmsName
  readonly days?: number
}

export type Rotation = {
  readonly id: string
  readonly account: AccountId
  readonly region: Region
  readonly authority: AuthorityId
  /** Known from the start; made by the first step. */
  readonly successor: AuthorityId
  /** The last step that is done. */
  readonly step: RotationStep | undefined
  readonly request: SuccessorRequest
  readonly createdAt: Millis
  readonly updatedAt: Millis
  readonly end: { readonly at: Millis; readonly outcome: RotationOutcome } | undefined
}
export const ROTATION_OUTCOMES = ['completed', 'reversed'] as const
export type RotationOutcome = (typeof ROTATION_OUTCOMES)[number]

/** A certificate that has another in its place: the leaf of a rotated authority, or a child's own certificate. */
export type Replacement = {
  readonly issuer: AuthorityId
  readonly serial: Serial
  readonly newIssuer: AuthorityId
  readonly newSerial: Serial
  readonly rotation: string
  /** The authority whose own certificates these are; undefined for leaves. */
  readonly authority: AuthorityId | undefined
}

/** A certificate for an authority's key by another authority than its parent. */
export type CrossCertificate = {
  readonly issuer: AuthorityId
  readonly serial: Serial
  readonly subject: AuthorityId
  readonly createdAt: Millis
}

/** What still depends on the old key: certificates that are valid and have no replacement. */
export type Dependents = {
  readonly total: number
  /** Of those, the ones whose private key the service holds: it can issue them anew by itself. */
  readonly reissuable: number
}

/** The step that comes next; undefined when all are done or the rotation has ended. */
export function nextStep({ step, end }: Pick<Rotation, 'step' | 'end'>): RotationStep | undefined {
  if (end !== undefined) return undefined
  return ROTATION_STEPS[step === undefined ? 0 : ROTATION_STEPS.indexOf(step) + 1]
}

/** Whether a step is done. */
export const isDone = ({ step }: Pick<Rotation, 'step'>, which: RotationStep): boolean =>
  step !== undefined && ROTATION_STEPS.indexOf(step) >= ROTATION_STEPS.indexOf(which)

const GENERATION = / G([2-9]|[1-9][0-9]{1,3})$/
/** The next name of a line, as public authorities call theirs: `Root`, `Root G2`, `Root G3`. */
export function nextGeneration(name: string): string {
  const found = GENERATION.exec(name)
  return found === null ? `${name} G2` : `${name.slice(0, found.index)} G${Number(found[1]) + 1}`
}

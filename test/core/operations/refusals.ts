import { expect } from 'vitest'
import { ChanceryError, type ErrorCode } from '../../../src/core/domain/errors.ts'

/** The error that something is refused with; anything but a ChanceryError fails the test. */
export async function refusal(work: Promise<unknown> | (() => unknown)): Promise<ChanceryError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof ChanceryError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** Expects a refusal with this code, and the violations named as `field code`. */
export async function expectRefusal(
  work: Promise<unknown> | (() => unknown),
  code: ErrorCode,
  violations?: readonly string[],
): Promise<ChanceryError> {
  const error = await refusal(work)
  expect(error.code, error.message).toBe(code)
  if (violations !== undefined)
    expect(error.violations.map((each) => `${each.field} ${each.code}`)).toEqual(violations)
  return error
}

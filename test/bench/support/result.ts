import type { Machine } from './machine.ts'

export type Result = {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the issue asks for, on the machine it was written on. */
  readonly target?: number
  /** The least that counts as done. */
  readonly floor?: number
  readonly machine: Machine
} & Readonly<Record<string, unknown>>

/**
 * Prints the result as one line of JSON, last. Targets are judged as they stand; beside them stands what they would be
 * on this machine, by the calibration of the same run.
 */
export function printResult(result: Result, better: 'more' | 'less', smoke = false): void {
  const { target, floor, machine } = result
  const scaled = (figure: number): number =>
    Math.round(better === 'more' ? figure / machine.slowdown : figure * machine.slowdown)
  const reached = (bound: number): boolean =>
    better === 'more' ? result.value >= bound : result.value <= bound
  const judged =
    target === undefined || smoke
      ? {}
      : {
          targetScaled: scaled(target),
          reached: reached(target),
          reachedScaled: reached(scaled(target)),
          ...(floor === undefined ? {} : { floorReached: reached(floor) }),
        }
  console.log(JSON.stringify({ ...result, ...judged, smoke }))
}

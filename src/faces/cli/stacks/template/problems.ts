import { CliFailure } from '../../failure.ts'
import type { Place } from './nodes.ts'

/** Something wrong about a template: where, and what would be right. */
export type Problem = { readonly place: Place; readonly path: string; readonly message: string }

/** Collects what is wrong, so that all of it is said at once. */
export type Problems = {
  add(place: Place, path: string, message: string): void
  readonly all: readonly Problem[]
}

export function newProblems(): Problems {
  const all: Problem[] = []
  return { add: (place, path, message) => void all.push({ place, path, message }), all }
}

/** @throws CliFailure with exit code 2 that names every problem with its line and column, in the template's order */
export function refuseProblems(fileName: string, { all }: Problems): void {
  if (all.length === 0) return
  const lines = [...all]
    .sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
    .map(({ place, path, message }) => {
      const where = `${fileName}:${place.line}:${place.column}: `
      return `${where}${path === '' ? '' : `${path}: `}${message}`
    })
  const unlike = [...new Set(lines)]
  throw new CliFailure(2, `the template can’t be used: ${countOf(unlike.length, 'problem')}`, unlike)
}

/** `1 problem`, `2 problems`. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `; did you mean X?`, where one of the known names is near. */
export function suggestion(given: string, known: Iterable<string>): string {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of known) {
    const distance = distanceOf(given.toLowerCase(), name.toLowerCase())
    if (distance <= Math.max(1, Math.floor(name.length / 4)) && distance < (best?.distance ?? Infinity))
      best = { name, distance }
  }
  return best === undefined ? '' : `; did you mean ${best.name}?`
}

/** How many letters must be put in, taken out or replaced (Levenshtein). */
function distanceOf(a: string, b: string): number {
  // A name is short; what is much longer than that isn't near to one.
  if (Math.abs(a.length - b.length) > 20) return Infinity
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] ?? Infinity
}

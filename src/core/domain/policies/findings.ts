import { refuse, type Violation } from '../errors.ts'

/** More than these nobody reads at once. */
const MOST = 20

/** A place in a document: its path as the request's sender wrote it, and the character where it begins. */
export type Spot = { readonly path: string; readonly at: number }

/** What is wrong with a policy, with each thing's path, line and column. */
export class Findings {
  readonly #text: string
  readonly #violations: Violation[] = []

  constructor(text: string) {
    this.#text = text
  }

  /** @throws request_invalid when there are many already */
  add(code: string, { path, at }: Spot, message: string): undefined {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    this.#violations.push({ code, field: path, message: `${message} (line ${line}, column ${column})` })
    if (this.#violations.length === MOST) this.refuse()
  }

  /** @throws request_invalid naming all that was found; does nothing when that is nothing */
  refuse(): void {
    refuse('request_invalid', this.#violations)
  }
}

/** What is wrong with a configuration of `chancery renew`, a line each. */
export class RenewalConfigError extends Error {
  readonly problems: readonly string[]
  constructor(path: string, problems: readonly string[]) {
    super(`${path} can’t be followed:`)
    this.problems = problems
  }
}

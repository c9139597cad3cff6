/** One statement of a policy; `*` and `?` in actions and resources stand for any characters and for one. */
export type Statement = {
  readonly sid?: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** A policy as it decides: parsed once. */
export type Policy = {
  readonly name: string
  readonly statements: readonly Statement[]
}

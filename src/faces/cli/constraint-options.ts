import { Option, type Command } from 'commander'
import type { RequestOf } from '../../contract/index.ts'
import { several } from './option-values.ts'

type Constraints = NonNullable<RequestOf<'createAuthority'>['body']['nameConstraints']>
type Subtrees = NonNullable<Constraints['permitted']>

const SIDES = { permit: 'permitted', exclude: 'excluded' } as const
const KINDS = {
  dns: ['domain', 'DNS names', 'in this domain'],
  ip: ['network', 'addresses', 'in this network, such as 10.0.0.0/8'],
  email: ['mailbox', 'e-mail addresses', 'of this mailbox or host, or of all hosts below .domain'],
  uri: ['host', 'URIs', 'of this host, or of all hosts below .domain'],
  directory: ['name', 'distinguished names', 'below this one, such as "O=Example GmbH,C=DE"'],
} as const satisfies Record<keyof Subtrees, readonly [value: string, names: string, where: string]>

/** What commander makes of the options: `permitDns`, `excludeIp` and so on. */
export type ConstraintOptions = {
  readonly [Name in `${keyof typeof SIDES}${Capitalize<keyof typeof KINDS>}`]?: readonly string[]
}

const sides = Object.keys(SIDES) as (keyof typeof SIDES)[]
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[]

/** `--permit-dns`, `--exclude-ip` and so on: a kind of name that has no `--permit-…` is not limited. */
export function addConstraintOptions(command: Command): Command {
  for (const side of sides)
    for (const kind of kinds) {
      const [value, names, where] = KINDS[kind]
      const effect = side === 'permit' ? `certify ${names} only` : `certify no ${names}`
      command.addOption(
        new Option(`--${side}-${kind} <${value}>`, `${effect} ${where}; may be repeated`).argParser(several),
      )
    }
  return command
}

/** The name constraints that the options ask for; undefined when there are none. */
export function constraintsFrom(options: ConstraintOptions): Constraints | undefined {
  const constraints: Constraints = {}
  for (const side of sides)
    for (const kind of kinds) {
      const given = options[`${side}${capitalized(kind)}`]
      if (given !== undefined) (constraints[SIDES[side]] ??= {})[kind] = [...given]
    }
  return Object.keys(constraints).length === 0 ? undefined : constraints
}

const capitalized = <T extends string>(text: T): Capitalize<T> =>
  (text.slice(0, 1).toUpperCase() + text.slice(1)) as Capitalize<T>

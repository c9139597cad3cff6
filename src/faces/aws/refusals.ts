import { ChanceryError, type ErrorCode } from '../../core/domain/errors.ts'

/** A refusal of AWS's front end, which the core knows nothing of. */
export class AwsRefusal extends ChanceryError {
  /** As `__type` says it, whatever the service. */
  readonly type: string

  constructor(type: string, message: string, code: ErrorCode = 'request_invalid') {
    super(code, message)
    this.type = type
  }
}

/** What can't be read as the operation's input at all. */
export const malformed = (message: string): AwsRefusal => new AwsRefusal('SerializationException', message)

/** A constraint of a shape that a value doesn't satisfy. */
export type Constraint = {
  /** Members with a small first letter, items of lists from 1: `tags.1.member.key`. */
  readonly path: string
  /** As it was given; null where nothing was, undefined where it isn't to be said again. */
  readonly value?: string | null
  readonly constraint: string
}

/** Constraints broken, in the words of AWS's front end. */
export class ValidationRefusal extends AwsRefusal {
  constructor(broken: readonly Constraint[]) {
    const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected`
    super('ValidationException', `${count}: ${broken.map(sentence).join('; ')}`)
  }
}

const sentence = ({ path, value, constraint }: Constraint): string => {
  const said = value === undefined ? 'Value' : value === null ? 'Value null' : `Value '${value}'`
  return `${said} at '${path}' failed to satisfy constraint: ${constraint}`
}

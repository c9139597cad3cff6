import type { z } from 'zod'
import { refuse, type Violation } from '../../core/domain/errors.ts'

type Issue = z.core.$ZodIssue
/** Enough to correct a request by; a body of nothing but mistakes isn't answered with a longer one. */
const MOST = 50
const LONGEST = 120

/** A path as its sender would write it: `names.dns[2]`. */
const fieldOf = (path: readonly PropertyKey[], root: string): string => {
  let field = ''
  for (const step of path) {
    if (typeof step === 'number') field += `[${step}]`
    else field += field === '' ? String(step) : `.${String(step)}`
  }
  return field === '' ? root : field.slice(0, LONGEST)
}

function violationsOf(issue: Issue, root: string): Violation[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      code: 'unknown',
      field: fieldOf([...issue.path, key], root),
      message: 'is not known here',
    }))
  }
  const field = fieldOf(issue.path, root)
  // Our own messages say what is expected; zod's begin with a phrase that says nothing.
  const message = issue.message.replace(/^(Invalid input|Invalid option|Invalid string): /, '')
  if (issue.code === 'invalid_type' && message.endsWith('received undefined'))
    return [{ code: 'missing', field, message: 'is missing' }]
  return [{ code: issue.code, field, message: message.charAt(0).toLowerCase() + message.slice(1) }]
}

/**
 * Validates once and gives the value with its defaults.
 * @param root what to call the whole: `body`, `query`, `path`
 * @throws request_invalid naming every violation
 */
export function validated<S extends z.ZodType>(schema: S, value: unknown, root: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const violations = result.error.issues.flatMap((issue) => violationsOf(issue, root))
  refuse('request_invalid', violations.slice(0, MOST))
  throw result.error
}

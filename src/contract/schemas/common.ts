import { z } from 'zod'
import { ERROR_CODES } from '../../core/domain/errors.ts'
import { KEY_ALGORITHM_NAMES } from '../../core/domain/key-algorithms.ts'

/** RFC 3339 with an offset; the product answers in UTC with milliseconds. */
export const timestamp = (description: string) =>
  z.iso
    .datetime({
      offset: true,
      error: 'an RFC 3339 time with an offset is expected, e.g. 2026-11-22T12:00:00Z',
    })
    .meta({ description, examples: ['2026-11-22T12:00:00.000Z'] })

/** A name that people give to things: no control characters, no blanks around it. */
export const label = (description: string, example: string, max = 128) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u, 'no control characters, no blanks at either end')
    .meta({ description, examples: [example] })

/** A reference by id, name or ARN, as one string. */
export const reference = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(300)
    .regex(/^[^\p{Cc}]+$/u, 'no control characters')
    .meta({ description, examples: [example] })

export const accountId = z
  .string()
  .regex(/^[0-9]{12}$/, 'an account is 12 decimal digits')
  .meta({ description: 'An account: 12 decimal digits.', examples: ['111122223333'] })

export const keyAlgorithm = z.enum(KEY_ALGORITHM_NAMES as [(typeof KEY_ALGORITHM_NAMES)[number]]).meta({
  description:
    'A key algorithm, named as AWS Private CA names it where it has it. ML_DSA_44, _65 and _87 need a server on ' +
    'Node.js 24.6 or later.',
  examples: ['EC_prime256v1'],
})

export const pem = (description: string) =>
  z
    .string()
    .meta({ description, examples: ['-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n'] })

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .meta({ description: 'Most items in one answer.', examples: [100] }),
  cursor: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({ description: 'Where to go on: `next` of the page before.', examples: ['MTAw'] }),
}

/** One page of a list. */
export const pageOf = <T extends z.ZodType>(id: string, item: T, what: string) =>
  z
    .object({
      items: z.array(item).meta({ description: `The ${what} of this page.` }),
      next: z
        .string()
        .optional()
        .meta({ description: 'Cursor of the following page; absent on the last one.', examples: ['MTAw'] }),
    })
    .meta({ id, description: `A page of ${what}.` })

export const violation = z
  .object({
    code: z.string().meta({ description: 'What is wrong, for programs.', examples: ['too_big'] }),
    field: z
      .string()
      .meta({ description: 'Path into the request as it was sent.', examples: ['names.dns[2]'] }),
    message: z.string().meta({
      description: 'What is wrong, for people.',
      examples: ['a DNS name has at most 253 characters'],
    }),
  })
  .meta({ id: 'Violation', description: 'One thing wrong with the request.' })

export const problem = z
  .object({
    type: z.string().meta({
      description: 'The kind of problem, a URI relative to the API.',
      examples: ['/problems/lint_failed'],
    }),
    title: z.string().meta({
      description: 'The kind of problem, for people.',
      examples: ['The certificate would break a rule'],
    }),
    status: z
      .number()
      .int()
      .meta({ description: 'The HTTP status.', examples: [422] }),
    code: z
      .enum(ERROR_CODES)
      .meta({ description: 'The kind of problem, for programs.', examples: ['lint_failed'] }),
    detail: z.string().meta({ description: 'What happened this time.', examples: ['csr: cannot be read'] }),
    instance: z
      .string()
      .optional()
      .meta({ description: 'The path of the request.', examples: ['/v1/certificates'] }),
    requestId: z
      .string()
      .meta({ description: 'The id under which the server logged it.', examples: ['c0ffee00c0ffee00'] }),
    violations: z
      .array(violation)
      .optional()
      .meta({ description: 'Everything that is wrong with the request.' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({
        description: 'Facts for programs, by problem.',
        examples: [{ action: 'chancery:CreateAccount' }],
      }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' })
export type Problem = z.infer<typeof problem>

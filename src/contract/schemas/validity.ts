import { z } from 'zod'
import { timestamp } from './common.ts'

export const validity = z
  .strictObject({
    days: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .meta({ description: 'Days from now.', examples: [90] }),
    months: z
      .number()
      .int()
      .min(1)
      .max(1200)
      .optional()
      .meta({ description: 'Months of the calendar from now.', examples: [12] }),
    years: z
      .number()
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Years from now.', examples: [1] }),
    seconds: z
      .number()
      .int()
      .min(1)
      .max(3_153_600_000)
      .optional()
      .meta({ description: 'Seconds from now.', examples: [3600] }),
    notAfter: timestamp('The last moment of validity.').optional(),
    notBefore: timestamp('The first moment; an hour ago when absent.').optional(),
  })
  .refine(
    ({ notBefore: _, ...lengths }) =>
      Object.values(lengths).filter((member) => member !== undefined).length === 1,
    { error: 'exactly one of days, months, years, seconds and notAfter is needed' },
  )
  .meta({
    id: 'Validity',
    description: 'How long from now: exactly one of days, months, years, seconds and notAfter.',
    examples: [{ days: 90 }],
  })

export type ValidityJson = z.output<typeof validity>

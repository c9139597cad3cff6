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
    seconds: z
      .number()
      .int()
      .min(1)
      .max(3_153_600_000)
      .optional()
      .meta({ description: 'Seconds from now.', examples: [3600] }),
    notAfter: timestamp('The last moment of validity.').optional(),
  })
  .refine((it) => [it.days, it.seconds, it.notAfter].filter((member) => member !== undefined).length === 1, {
    error: 'exactly one of days, seconds and notAfter is needed',
  })
  .meta({ id: 'Validity', description: 'How long: exactly one of the three.', examples: [{ days: 90 }] })

export type ValidityJson = z.output<typeof validity>

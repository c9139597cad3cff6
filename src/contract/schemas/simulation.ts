import { z } from 'zod'
import { timestamp } from './common.ts'

export const calendar = z
  .object({
    now: timestamp('What time the installation takes it to be.'),
    systemTime: timestamp('The system clock.'),
  })
  .meta({ id: 'Calendar', description: 'The calendar of a simulated installation.' })

export const calendarChange = z
  .strictObject({
    now: timestamp('The time to set, in the past or the future.').optional(),
    advanceSeconds: z
      .number()
      .optional()
      .meta({ description: 'By how much to move; backwards when negative.', examples: [86_400] }),
  })
  .meta({ id: 'CalendarChange', description: 'Either a time or by how much to move.' })

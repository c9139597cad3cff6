import { z } from 'zod'
import { DEFAULT_DAYS_BEFORE_EXPIRY, MOST_DAYS_BEFORE_EXPIRY } from '../../core/domain/certificate-events.ts'

const daysBeforeExpiry = z
  .number()
  .int()
  .min(1)
  .max(MOST_DAYS_BEFORE_EXPIRY)
  .meta({
    description: `How many days before a certificate’s end that is first told; ${DEFAULT_DAYS_BEFORE_EXPIRY} unless the account has chosen.`,
    examples: [DEFAULT_DAYS_BEFORE_EXPIRY],
  })

export const managedSettingsPut = z
  .strictObject({ daysBeforeExpiry })
  .meta({ id: 'ManagedSettingsPut', description: 'What an account chooses for its managed certificates.' })
export const managedSettings = z.object({ daysBeforeExpiry }).meta({
  id: 'ManagedSettings',
  description: 'What holds for an account’s managed certificates in a region.',
})

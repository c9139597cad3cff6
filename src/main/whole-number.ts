import { z } from 'zod'

/** A whole number, from the environment as decimal digits: an empty variable must not pass for a zero. */
export const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^[0-9]{1,15}$/)
          .transform(Number),
      ],
      message,
    )
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, message)
}

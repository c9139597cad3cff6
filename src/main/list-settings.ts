import { z } from 'zod'

/** A list from the environment, its entries separated; or an array from the file. */
export const listOf = (separator: string) =>
  z.preprocess(
    (value) =>
      typeof value === 'string' ? value.split(separator).flatMap((part) => part.trim() || []) : value,
    z.array(z.string()),
  )

/** One entry of a list, read; or what was expected. */
export const readAs = <T>(read: (text: string) => T | undefined, expected: string) =>
  z.string().transform((text, context): T => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 100))} ${expected}` })
    return z.NEVER
  })

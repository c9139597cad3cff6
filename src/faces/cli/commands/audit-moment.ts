import type { Context } from '../context.ts'
import { usage } from '../failure.ts'
import { spanFrom } from '../times.ts'

/** A time, or how long ago. @throws CliFailure naming the option */
export function momentFrom(context: Context, option: string, text: string): string {
  const span = spanFrom(text)
  const time = span === undefined ? Date.parse(text) : context.world.now() - span
  if (Number.isNaN(time)) throw usage(`${option}: “${text}” is no span such as 12h or 30d, and no time`)
  return new Date(time).toISOString()
}

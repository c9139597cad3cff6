import type { Sink, World } from './world.ts'

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const
export type Style = keyof typeof CODES

/** Whether to colour what goes to a sink: only a terminal, and not when NO_COLOR is set to anything (no-color.org). */
export const coloured = (world: Pick<World, 'environment'>, sink: Sink): boolean =>
  sink.isTerminal && (world.environment['NO_COLOR'] ?? '') === '' && world.environment['TERM'] !== 'dumb'

/** Text in a style, or as it is when colours are off. */
export const styled = (on: boolean, style: Style, text: string): string =>
  on ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text

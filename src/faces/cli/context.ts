import type { Command } from 'commander'
import { connect, type Connection, type GlobalOptions } from './connection.ts'
import { coloured, styled, type Style } from './style.ts'
import { tableOf, type Column } from './table.ts'
import type { World } from './world.ts'

/** What a command works with. */
export type Context = {
  readonly world: World
  readonly globals: GlobalOptions
  readonly json: boolean
  /** The connection, made on first use. */
  server(): Promise<Connection>
  /** As `server`, without a token: for what takes none. */
  anonymously(): Promise<Connection>
  /** Writes text to the standard output as it is. */
  print(text: string): void
  /** Remarks for people, to the standard error; silent with `--json`. */
  note(text: string): void
  /** A table on the standard output. */
  table<T>(columns: readonly Column<T>[], rows: readonly T[]): void
  /** A style for the standard output. */
  styled(style: Style, text: string): string
}

/** One run of the program: its connections are closed at the end, and known to the error message. */
export type Run = {
  readonly world: World
  connection: Connection | undefined
}

/** The context of a command that was called. */
export function contextOf(run: Run, command: Command): Context {
  const { world } = run
  const globals: GlobalOptions = command.optsWithGlobals()
  const json = globals.json === true
  const on = coloured(world, world.stdout)
  return {
    world,
    globals,
    json,
    server: async () => (run.connection ??= await connect(world, globals)),
    anonymously: async () => (run.connection ??= await connect(world, globals, true)),
    print: (text) => world.stdout.write(text),
    note: (text) => {
      if (!json) world.stderr.write(`${text}\n`)
    },
    table: (columns, rows) => world.stdout.write(tableOf(columns, rows, (line) => styled(on, 'bold', line))),
    styled: (style, text) => styled(on, style, text),
  }
}

/** A JSON document of the API as it came, with a line end. */
export const jsonLine = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

import type { Command } from 'commander'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { factsOf } from '../table.ts'

export type FactList = readonly (readonly [string, string | undefined])[]

/** What the API answered about one thing: its facts, or with `--json` its words. */
export function showOne<T>(
  context: Context,
  answer: { readonly value: T; readonly text: string },
  facts: (value: T) => FactList,
): void {
  context.print(context.json ? jsonLine(answer.text) : factsOf(facts(answer.value)))
}

/** Adds commands that take one name, by name, description and what they do. */
export function addNamed(
  parent: Command,
  run: Run,
  argument: string,
  commands: readonly (readonly [
    name: string,
    description: string,
    act: (context: Context, name: string) => Promise<void>,
  ])[],
): void {
  for (const [name, description, act] of commands)
    parent
      .command(name)
      .description(description)
      .argument('<name>', argument)
      .action(async (given: string, _options: object, command: Command) =>
        act(contextOf(run, command), given),
      )
}

/** Adds a command that takes nothing. */
export function addPlain(
  parent: Command,
  run: Run,
  name: string,
  description: string,
  act: (context: Context) => Promise<void>,
): void {
  parent
    .command(name)
    .description(description)
    .action(async (_options: object, command: Command) => act(contextOf(run, command)))
}

/** `--tag key=value`, any number of times. */
export const collectTag = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const at = text.indexOf('=')
  return at < 1 ? { ...before, [text]: '' } : { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

/** `none` takes it away. */
export const boundaryOf = (text: string | undefined): { boundary?: string | null } =>
  text === undefined ? {} : { boundary: text === 'none' ? null : text }

/** Tags as a line. */
export const tagsText = (tags: Readonly<Record<string, string>>): string | undefined => {
  const entries = Object.entries(tags)
  return entries.length === 0 ? undefined : entries.map(([key, value]) => `${key}=${value}`).join(', ')
}

/** Names in a line. */
export const namesText = (all: readonly { readonly name: string }[]): string | undefined =>
  all.length === 0 ? undefined : all.map((each) => each.name).join(', ')

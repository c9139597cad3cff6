import type { Command } from 'commander'

export type OptionWords = {
  /** `--name`. */
  readonly flag: string
  readonly description: string
  readonly takesValue: boolean
  /** What its value may be; empty when anything. */
  readonly choices: readonly string[]
  /** Whether its value is a file or directory. */
  readonly isPath: boolean
}
/** One command as completion needs it. */
export type CommandWords = {
  /** The words after the program's name: `['authority', 'create']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly description: string
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionWords[]
  /** Choices of its first argument. */
  readonly choices: readonly string[]
}

const PATHS = new Set(['file', 'directory', 'dir'])

/** Every command of a program, itself first, with the options of the commands above it. */
export function commandTree(
  command: Command,
  path: readonly string[] = [],
  inherited: readonly OptionWords[] = [],
): CommandWords[] {
  const own = command.options.filter(({ hidden }) => !hidden).flatMap(optionWords)
  const help: OptionWords = {
    flag: '--help',
    description: 'show help',
    takesValue: false,
    choices: [],
    isPath: false,
  }
  const shared = [...own.filter(({ flag }) => flag !== '--version'), ...inherited]
  const words: CommandWords = {
    path,
    description: command.description(),
    subcommands: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: [...own, ...inherited, help],
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }
  return [
    words,
    ...command.commands.flatMap((each) =>
      commandTree(each, [...path, each.name()], path.length === 0 ? shared : inherited),
    ),
  ]
}

function optionWords(option: Command['options'][number]): OptionWords[] {
  if (option.long === undefined || option.long === null) return []
  const placeholder = /<([^>]+)>/.exec(option.flags)?.[1]
  return [
    {
      flag: option.long,
      description: option.description,
      takesValue: placeholder !== undefined,
      choices: option.argChoices ?? [],
      isPath: placeholder !== undefined && PATHS.has(placeholder),
    },
  ]
}

/** Flags that take a value, anywhere in the tree. */
export const valueFlags = (tree: readonly CommandWords[]): string[] => [
  ...new Set(tree.flatMap(({ options }) => options.filter((it) => it.takesValue).map((it) => it.flag))),
]

/** The name of a path in scripts: `authority create`. */
export const pathName = ({ path }: Pick<CommandWords, 'path'>): string => path.join(' ')

/** Text in single quotes, as sh, bash, zsh and fish understand it; nothing of ours has quotes or backslashes in it. */
export const shellQuoted = (text: string): string => `'${text.replace(/['\\]/g, '’')}'`

import { Argument, type Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { commandTree, type CommandWords } from '../completion/tree.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { Run } from '../context.ts'

const SHELLS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Record<string, (tree: readonly CommandWords[]) => string>
type Shell = keyof typeof SHELLS

/** `chancery completion bash|zsh|fish`. */
export function addCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .description('print a completion script: source <(chancery completion bash)')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .action((shell: Shell) => run.world.stdout.write(SHELLS[shell](commandTree(program))))
}

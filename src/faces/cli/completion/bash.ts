import { pathName, shellQuoted, valueFlags, type CommandWords } from './tree.ts'

/** A completion script for bash: `source <(chancery completion bash)`. */
export function bashCompletion(tree: readonly CommandWords[]): string {
  const deeper = tree
    .filter(({ path }) => path.length > 0)
    .map((each) => `      ${shellQuoted(pathName(each))}) path="$next" ;;`)
  return `# bash completion for chancery; load it with: source <(chancery completion bash)
_chancery() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="" path="" next="" word i
  ((COMP_CWORD > 0)) && prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${valueFlags(tree).join('|')}) ((i++)); continue ;;
      -*) continue ;;
    esac
    next="\${path:+$path }$word"
    case "$next" in
${deeper.join('\n')}
    esac
  done
  case "$path $prev" in
${tree.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${tree.map(wordCase).join('\n')}
  esac
}
complete -o filenames -F _chancery chancery
`
}

function valueCases(words: CommandWords): string[] {
  return words.options
    .filter(({ takesValue }) => takesValue)
    .map(({ flag, choices, isPath }) => {
      const reply = isPath
        ? 'COMPREPLY=($(compgen -f -- "$cur"))'
        : choices.length > 0
          ? `COMPREPLY=($(compgen -W ${shellQuoted(choices.join(' '))} -- "$cur"))`
          : ':'
      return `    ${shellQuoted(`${pathName(words)} ${flag}`)}) ${reply}; return ;;`
    })
}

function wordCase(words: CommandWords): string {
  const names = [...words.subcommands.map(({ name }) => name), ...words.choices]
  const flags = words.options.map(({ flag }) => flag)
  const list = shellQuoted([...names, ...flags].join(' '))
  return `    ${shellQuoted(pathName(words))}) COMPREPLY=($(compgen -W ${list} -- "$cur")) ;;`
}

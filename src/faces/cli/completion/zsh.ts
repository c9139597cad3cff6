import { pathName, shellQuoted, valueFlags, type CommandWords } from './tree.ts'

/** A completion script for zsh: a file `_chancery` in a directory of `fpath`, or sourced after `compinit`. */
export function zshCompletion(tree: readonly CommandWords[]): string {
  const paths = tree.filter(({ path }) => path.length > 0).map((each) => shellQuoted(pathName(each)))
  return `#compdef chancery
# zsh completion for chancery; load it with: source <(chancery completion zsh)
_chancery() {
  local path_="" next="" word i
  local -a known takes described
  known=(${paths.join(' ')})
  takes=(${valueFlags(tree).join(' ')})
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if ((\${takes[(Ie)$word]})); then ((i++)); continue; fi
    [[ "$word" == -* ]] && continue
    next="\${path_:+$path_ }$word"
    ((\${known[(Ie)$next]})) && path_="$next"
  done
  case "$path_ \${words[CURRENT-1]}" in
${tree.flatMap(valueCases).join('\n')}
  esac
  case "$path_" in
${tree.map(wordCase).join('\n')}
  esac
  _describe -t commands chancery described
}
if [[ "\${funcstack[1]}" == _chancery ]]; then _chancery "$@"; else compdef _chancery chancery; fi
`
}

function valueCases(words: CommandWords): string[] {
  return words.options
    .filter(({ takesValue }) => takesValue)
    .map(({ flag, choices, isPath }) => {
      const reply = isPath ? '_files' : choices.length > 0 ? `compadd -- ${choices.join(' ')}` : ':'
      return `    ${shellQuoted(`${pathName(words)} ${flag}`)}) ${reply}; return ;;`
    })
}

function wordCase(words: CommandWords): string {
  const entries = [
    ...words.subcommands.map(({ name, description }) => described(name, description)),
    ...words.choices.map((choice) => shellQuoted(choice)),
    ...words.options.map(({ flag, description }) => described(flag, description)),
  ]
  return `    ${shellQuoted(pathName(words))}) described=(${entries.join(' ')}) ;;`
}

/** _describe splits at the first colon. */
const described = (word: string, description: string): string =>
  shellQuoted(`${word}:${description.replaceAll(':', ';')}`)

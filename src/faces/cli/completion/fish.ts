import { pathName, shellQuoted, valueFlags, type CommandWords } from './tree.ts'

/** A completion script for fish: `chancery completion fish | source`. */
export function fishCompletion(tree: readonly CommandWords[]): string {
  const paths = tree.filter(({ path }) => path.length > 0).map((each) => shellQuoted(pathName(each)))
  return `# fish completion for chancery; load it with: chancery completion fish | source
function __chancery_path
  set -l path
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip -eq 1
      set skip 0
      continue
    end
    if contains -- $word ${valueFlags(tree).join(' ')}
      set skip 1
      continue
    end
    string match -q -- '-*' $word; and continue
    set -l next (string join ' ' $path $word)
    contains -- "$next" ${paths.join(' ')}; and set path "$next"
  end
  echo "$path"
end
function __chancery_at
  test (__chancery_path) = "$argv[1]"
end
complete -c chancery -f
${tree.flatMap(linesFor).join('\n')}
`
}

function linesFor(words: CommandWords): string[] {
  const start = `complete -c chancery -n ${shellQuoted(`__chancery_at "${pathName(words)}"`)}`
  return [
    ...words.subcommands.map(({ name, description }) => `${start} -a ${name} -d ${shellQuoted(description)}`),
    ...words.choices.map((choice) => `${start} -a ${choice}`),
    ...words.options.map(({ flag, description, takesValue, choices, isPath }) => {
      const value = !takesValue
        ? ''
        : isPath
          ? ' -r -F'
          : choices.length > 0
            ? ` -x -a ${shellQuoted(choices.join(' '))}`
            : ' -x'
      return `${start} -l ${flag.slice(2)}${value} -d ${shellQuoted(description)}`
    }),
  ]
}

import { isAbsolute, normalize } from 'node:path'
import { hasKey, isKeyStore, modeOf } from './contents.ts'
import type { Entry, FileWish, RenewalConfig } from './config-schema.ts'

/** Bits that let everybody read, write or run a file, and its group write it. */
const TOO_OPEN = 0o027

/** What can't be meant, though each part of it is well-formed. */
export function contradictions({ certificates }: RenewalConfig): string[] {
  const taken = new Map<string, string>()
  return certificates.flatMap((entry, place) => {
    const at = `certificates[${place}]`
    const own = entry.files.flatMap((file, index) => fileProblems(entry, file, `${at}.files[${index}]`))
    const places: (readonly [path: string, field: string])[] =
      entry.directory === undefined
        ? entry.files.map(({ path }, index) => [path, `${at}.files[${index}].path`])
        : [[entry.directory, `${at}.directory`]]
    return [
      ...own,
      ...namesTwice(entry, at),
      ...places.flatMap(([path, field]) => placeTwice(taken, path, field)),
    ]
  })
}

function placeTwice(taken: Map<string, string>, path: string, field: string): string[] {
  const key = normalize(path).replace(/\/$/, '')
  const before = taken.get(key)
  taken.set(key, before ?? field)
  return before === undefined ? [] : [`${field}: ${path} stands in ${before} already`]
}

function namesTwice({ directory, files }: Entry, at: string): string[] {
  if (directory === undefined) return []
  return files.flatMap(({ path }, index) =>
    files.findIndex((other) => other.path === path) === index
      ? []
      : [`${at}.files[${index}].path: ${path} stands there twice`],
  )
}

function fileProblems({ directory }: Entry, file: FileWish, at: string): string[] {
  const { path, content, passphraseFile, alias } = file
  const problems: string[] = []
  if (directory === undefined && !isAbsolute(path))
    problems.push(`${at}.path: an absolute path is expected, or a name beside a \`directory\``)
  if (directory !== undefined && !/^[^/\0.][^/\0]*$/.test(path))
    problems.push(`${at}.path: with a \`directory\`, the name of a file in it is expected`)
  if (path.endsWith('/')) problems.push(`${at}.path: the path of a file is expected, not of a directory`)
  if (isKeyStore(content) && passphraseFile === undefined)
    problems.push(`${at}.passphraseFile: is missing; a ${content} file is under a passphrase`)
  if (!isKeyStore(content) && passphraseFile !== undefined)
    problems.push(`${at}.passphraseFile: goes with pkcs12 and jks only`)
  if (!isKeyStore(content) && alias !== undefined) problems.push(`${at}.alias: goes with pkcs12 and jks only`)
  if (hasKey(content) && (modeOf(file) & TOO_OPEN) !== 0)
    problems.push(`${at}.mode: a private key is in it; at most 0750 is possible`)
  return problems
}

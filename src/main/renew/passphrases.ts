import { readFileSync } from 'node:fs'
import { PASSPHRASE_RULE } from '../../core/domain/exports.ts'
import { RenewalConfigError } from './config-error.ts'
import type { RenewalConfig } from './config-schema.ts'

/**
 * Reads the passphrase files of a configuration: one line each.
 * @returns passphrases by the path of their file
 * @throws RenewalConfigError naming those that can't be used
 */
export function passphrasesOf(path: string, { certificates }: RenewalConfig): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const problems = certificates.flatMap(({ files }, place) =>
    files.flatMap(({ passphraseFile }, index) => {
      if (passphraseFile === undefined) return []
      const read = passphraseIn(passphraseFile)
      if ('problem' in read)
        return [`certificates[${place}].files[${index}].passphraseFile: ${passphraseFile} ${read.problem}`]
      found.set(passphraseFile, read.passphrase)
      return []
    }),
  )
  if (problems.length > 0) throw new RenewalConfigError(path, problems)
  return found
}

function passphraseIn(path: string): { readonly passphrase: string } | { readonly problem: string } {
  let text: string
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    return { problem: `can’t be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  const { least, most } = PASSPHRASE_RULE
  const length = Array.from(text).length
  if (/[\r\n]/.test(text)) return { problem: 'holds several lines; one is expected, the passphrase' }
  if (length < least || length > most)
    return { problem: `holds a passphrase of ${length} characters; ${least} to ${most} are possible` }
  return { passphrase: text }
}

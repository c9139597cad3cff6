import { readFileSync } from 'node:fs'

type LocalSettings = {
  readonly kmsPassphrase?: string | undefined
  readonly kmsPassphraseFile?: string | undefined
}

const MIN_PASSPHRASE = 12

/** The passphrase of the local key file, without the line end that editors leave; undefined when none is configured. */
export function localPassphraseFrom(
  { kmsPassphrase, kmsPassphraseFile }: LocalSettings,
  source: (name: keyof LocalSettings) => string,
  problems: string[],
): string | undefined {
  if (kmsPassphrase !== undefined && kmsPassphraseFile !== undefined)
    problems.push(`${source('kmsPassphrase')}: give either the passphrase or its file, not both`)
  const from = source(kmsPassphraseFile === undefined ? 'kmsPassphrase' : 'kmsPassphraseFile')
  let passphrase = kmsPassphrase
  if (kmsPassphraseFile !== undefined)
    try {
      passphrase = readFileSync(kmsPassphraseFile, 'utf8').replace(/\r?\n$/, '')
    } catch (error) {
      problems.push(`${from}: can't be read: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  if (passphrase !== undefined && Array.from(passphrase).length < MIN_PASSPHRASE)
    problems.push(`${from}: a passphrase has at least ${MIN_PASSPHRASE} characters`)
  return passphrase
}

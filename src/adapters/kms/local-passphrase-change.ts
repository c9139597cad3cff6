import type { Random } from '../../core/ports/random.ts'
import { rightPassphraseKey } from './local-keks.ts'
import { rewriteLocalKeyFile } from './local-key-file-writing.ts'
import { freshScrypt, openedKey, passphraseKey, sealedKey } from './local-passphrase.ts'

/**
 * Puts a key file's keys under another passphrase, under one at all, or in the clear. The keys stay what they are, so
 * that running servers go on; those want the new passphrase when they start next, or when they rotate.
 * @param from the present one; unused where the file has none
 * @throws kms_unavailable when `from` isn't the file's passphrase, or the file can't be changed
 */
export async function changeKeyFilePassphrase(
  path: string,
  random: Random,
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
): Promise<void> {
  await rewriteLocalKeyFile(path, async (file) => {
    const { kekId } = file
    const before =
      file.scrypt === undefined ? undefined : await rightPassphraseKey(path, from, file, file.scrypt)
    const scrypt = to === undefined ? undefined : freshScrypt(random)
    const after = to === undefined || scrypt === undefined ? undefined : await passphraseKey(to, scrypt)
    const versions = file.versions.map(({ version, key }) => {
      const place = { kekId, version }
      const clear = before === undefined ? key : (openedKey(before, place, key) ?? key)
      if (after === undefined) return { version, key: clear }
      const sealed = sealedKey(after, place, clear, random)
      clear.fill(0)
      return { version, key: sealed }
    })
    return { kekId, scrypt, versions }
  })
}

import { readFile, stat } from 'node:fs/promises'
import { kmsUnavailable } from './failures.ts'

/** Larger than any token or bundle of certificates; a wrong path (a device, a log) is found before it is read. */
const MOST_OCTETS = 1_048_576

export type WatchedFile = {
  /**
   * What the file holds now: read again when it was replaced or written, as agents do that renew tokens and
   * certificates. The same value as long as nothing changes.
   * @throws kms_unavailable naming the setting and the file
   */
  content(): Promise<string>
}

/** @param setting names the file in errors, e.g. `CHANCERY_KMS_VAULT_TOKEN_FILE` */
export function watchedFile(path: string, setting: string): WatchedFile {
  let known: { readonly state: string; readonly content: string } | undefined
  return {
    async content() {
      try {
        const { ino, mtimeMs, size } = await stat(path)
        if (size > MOST_OCTETS) throw new Error('it is too large')
        const state = `${ino}:${mtimeMs}:${size}`
        if (known?.state !== state) known = { state, content: await readFile(path, 'utf8') }
      } catch (error) {
        throw kmsUnavailable(`${setting}: ${path} can't be read (${reasonOf(error)})`, false, error)
      }
      return known.content
    },
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/**
 * A bearer token in a file.
 * @throws kms_unavailable when the file can't be read, or holds something that is no token; its content isn't shown
 */
export async function tokenIn(file: WatchedFile, setting: string): Promise<string> {
  const token = (await file.content()).trim()
  // RFC 9110 §5.5: anything else can't stand in a header field.
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw kmsUnavailable(`${setting}: the file must hold one token of visible ASCII characters`, false)
  }
  return token
}

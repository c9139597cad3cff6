import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { typedName } from './names-given.ts'

/** Where the files of one certificate go; undefined: not wanted. */
export type Targets = {
  /** The certificate alone. */
  readonly cert: string | undefined
  /** The certificate followed by its issuers without the root, as a TLS server sends it. */
  readonly chain: string | undefined
  readonly key: string | undefined
}

const LONGEST = 120

/**
 * A file name for a certificate, after its first name: `www.example.com`, `_wildcard.example.com`. Never empty, never
 * hidden, nothing a shell or another file system would trip over; what was shortened ends in a digest of the whole.
 */
export function stemOf(name: string): string {
  const plain = typedName(name)
    .value.replace(/^\*\./, '_wildcard.')
    .replace(/^\w+:\/\//, '')
    .replace(/[^A-Za-z0-9._@-]/g, '_')
    .replace(/^[.-]+/, '_')
    .replace(/\.+$/, '')
  if (plain !== '' && plain.length <= LONGEST) return plain
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return plain === '' ? `_${digest}` : `${plain.slice(0, LONGEST)}_${digest}`
}

/** The two files a TLS server wants, in a directory. */
export const targetsIn = (directory: string, firstName: string, withKey: boolean): Targets => ({
  cert: undefined,
  chain: join(directory, `${stemOf(firstName)}.pem`),
  key: withKey ? join(directory, `${stemOf(firstName)}-key.pem`) : undefined,
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Request = { readonly csr: string; readonly key: string }

/**
 * A certification request with its key, made by openssl.
 * @param newKey openssl's `-newkey` and `-pkeyopt` arguments, such as `ec -pkeyopt ec_paramgen_curve:P-256`
 * @param more further arguments of `openssl req`
 */
export function opensslRequest(newKey: string, subject: string, more: readonly string[] = []): Request {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-csr-'))
  try {
    const keyFile = join(directory, 'key.pem')
    const arguments_ = ['req', '-new', '-nodes', '-newkey', ...newKey.split(' '), '-keyout', keyFile]
    const made = spawnSync('openssl', [...arguments_, '-subj', subject, ...more])
    if (made.status !== 0) throw new Error(`openssl req: ${made.stderr.toString()}`)
    return { csr: made.stdout.toString(), key: readFileSync(keyFile, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

export const P256 = 'ec -pkeyopt ec_paramgen_curve:P-256'

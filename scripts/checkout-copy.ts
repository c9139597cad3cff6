import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const checkout = join(import.meta.dirname, '..')

/**
 * A new directory with what a fresh clone of this checkout would have, uncommitted changes included, and of that
 * only the files `wanted` says yes to. The caller removes it.
 */
export function checkoutCopy(name: string, wanted: (file: string) => boolean = () => true): string {
  const copy = mkdtempSync(join(tmpdir(), `chancery-${name}-`))
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
  })
  for (const file of files.split('\0')) {
    if (file === '' || !existsSync(join(checkout, file)) || !wanted(file)) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(checkout, file), join(copy, file))
  }
  return copy
}

/** One folder for all that a run of the tests writes under the temporary one, removed when the run ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function setup(): () => void {
  // Short, since sockets lie in it too, and their paths end at 108 octets.
  const folder = mkdtempSync(join(tmpdir(), 'chy-'))
  process.env['TMPDIR'] = folder
  return () => {
    rmSync(folder, { recursive: true, force: true })
  }
}

import { changeKeyFilePassphrase } from '../adapters/kms/local-passphrase-change.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { filesIn } from './compose.ts'
import type { Loaded } from './config.ts'

/**
 * Puts the key file of a data directory under another passphrase, or under none; the present one is configured.
 * @throws kms_unavailable naming the file and what is wrong
 */
export async function changeKeyPassphrase(
  { config, secrets }: Loaded,
  to: string | undefined,
): Promise<{ keyFile: string }> {
  const { keyFile } = filesIn(config.dataDir)
  await changeKeyFilePassphrase(keyFile, createSystemRandom(), { from: secrets.kmsPassphrase(), to })
  return { keyFile }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type OutsideSigner = {
  readonly url: string
  readonly token: string
  readonly tokenFile: string
  readonly keysFile: string
  stop(): Promise<void>
}

const SCRIPT = join(import.meta.dirname, '../../examples/outside-signer/signer.ts')

/** The signer of examples/outside-signer in a process of its own, with a token and keys of its own. */
export async function startOutsideSigner(
  more: Readonly<Record<string, string>> = {},
): Promise<OutsideSigner> {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-signer-'))
  const token = 'outside-signer-token-of-the-tests'
  const [tokenFile, keysFile] = [join(directory, 'token'), join(directory, 'keys.json')]
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  const env = { SIGNER_TOKEN_FILE: tokenFile, SIGNER_KEYS: keysFile, PORT: '0', ...more }
  const child = spawn(process.execPath, [SCRIPT], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const first = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [line] = (await Promise.race([first, ended])) as [unknown]
  const port = /^listening on port (\d+)$/.exec(String(line))?.[1]
  if (port === undefined) throw new Error(`the signer ended at its start, or said: ${String(line)}`)
  return {
    url: `${'SIGNER_CERT_FILE' in more ? 'https' : 'http'}://127.0.0.1:${port}/`,
    token,
    tokenFile,
    keysFile,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(directory, { recursive: true })
    },
  }
}

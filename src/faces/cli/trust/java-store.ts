import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { World } from '../world.ts'
import type { Anchor } from './anchor.ts'
import type { Finding, JavaFacts } from './facts.ts'
import { findTool, isFile, isWritable, missingTool, runTool } from './host.ts'
import { PASSWORD_VARIABLE } from './plan.ts'

/** The password that every Java ships its store with; it protects nothing and is no secret. */
const SHIPPED_PASSWORD = 'changeit'

/** What Java's stores know of a certificate: that of JAVA_HOME, else that of the `keytool` on the PATH. */
export async function javaFindings(
  world: World,
  anchor: Anchor,
  password: string | undefined,
): Promise<Finding[]> {
  const home = world.environment['JAVA_HOME'] ?? ''
  const tool =
    (home === '' ? undefined : await findTool({ environment: { PATH: join(home, 'bin') } }, 'keytool')) ??
    (await findTool(world, 'keytool'))
  const stores = await keystores(home, tool)
  const [first] = stores
  if (first === undefined) {
    const hint = tool === undefined ? `; ${missingTool('keytool')}` : ''
    return [{ store: 'java', missing: `there is no Java store here${hint}` }]
  }
  return Promise.all(stores.map((store) => factsOf(world, anchor, store, tool, password ?? SHIPPED_PASSWORD)))
}

/** Distributions link several Javas to one store: each is named once. */
async function keystores(home: string, tool: string | undefined): Promise<string[]> {
  const javaHome =
    home !== ''
      ? home
      : tool === undefined
        ? undefined
        : dirname(dirname(await realpath(tool).catch(() => tool)))
  const found = new Set<string>()
  for (const path of javaHome === undefined ? [] : ['lib/security/cacerts', 'jre/lib/security/cacerts']) {
    const real = await realpath(join(javaHome ?? '', path)).catch(() => undefined)
    if (real !== undefined && (await isFile(real))) found.add(real)
  }
  return [...found]
}

async function factsOf(
  world: World,
  anchor: Anchor,
  place: string,
  tool: string | undefined,
  password: string,
): Promise<JavaFacts> {
  const shared = { store: 'java', place, tool: tool ?? 'keytool', password } as const
  const unknown = { presence: 'absent', trusted: false, foreignName: undefined } as const
  if (tool === undefined) return { ...shared, ...unknown, blocked: missingTool('keytool') }
  const args = ['-J-Duser.language=en', '-list', '-keystore', place, '-storepass:env', PASSWORD_VARIABLE]
  const { exitCode, stdout } = await runTool(world, tool, args, '', { [PASSWORD_VARIABLE]: password })
  if (exitCode !== 0)
    return {
      ...shared,
      ...unknown,
      blocked: `keytool can’t read it: ${firstLine(stdout)} (see --java-password-file)`,
    }
  const alias = javaEntries(stdout).get(anchor.fingerprint)
  return {
    ...shared,
    presence: alias === undefined ? 'absent' : alias === anchor.nickname ? 'ours' : 'foreign',
    trusted: alias !== undefined,
    foreignName: alias === undefined || alias === anchor.nickname ? undefined : `“${alias}”`,
    blocked: (await isWritable(place))
      ? undefined
      : 'only its owner may change it; run this command with sudo',
  }
}

const firstLine = (text: string): string =>
  text
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim() ?? ''

/** Aliases by fingerprint, from what `keytool -list` prints: a line with the alias, then one with the SHA-256. */
export function javaEntries(listing: string): Map<string, string> {
  const entries = new Map<string, string>()
  let alias: string | undefined
  for (const line of listing.split('\n')) {
    const [, named] = /^(.+?), .*trustedCertEntry/.exec(line) ?? []
    const [, digits] = /\(SHA-256\):\s*([0-9A-Fa-f:]{95})/.exec(line) ?? []
    if (named !== undefined) alias = named
    else if (digits !== undefined && alias !== undefined)
      entries.set(digits.replaceAll(':', '').toLowerCase(), alias)
  }
  return entries
}

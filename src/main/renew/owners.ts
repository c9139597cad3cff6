import { execFileSync } from 'node:child_process'
import { RenewalConfigError } from './config-error.ts'
import type { FileWish, RenewalConfig } from './config-schema.ts'

/** Numbers of a file's owner and group; this process's own where nothing is said. */
export type Ownership = { readonly uid: number; readonly gid: number }
export type Owners = (file: FileWish) => Ownership

/**
 * Looks every owner and group of a configuration up, in whatever this host keeps them in (nsswitch.conf).
 * @throws RenewalConfigError naming those that don't exist
 */
export function ownersOf(path: string, { certificates }: RenewalConfig): Owners {
  const users = lookUp('passwd')
  const groups = lookUp('group')
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  const of = ({ owner, group }: FileWish): { uid: number | undefined; gid: number | undefined } => ({
    uid: owner === undefined ? own.uid : users(owner),
    gid: group === undefined ? own.gid : groups(group),
  })
  const problems = certificates.flatMap(({ files }, place) =>
    files.flatMap((file, index) => {
      const { uid, gid } = of(file)
      const at = `certificates[${place}].files[${index}]`
      return [
        ...(uid === undefined ? [`${at}.owner: there is no user ${String(file.owner)} on this host`] : []),
        ...(gid === undefined ? [`${at}.group: there is no group ${String(file.group)} on this host`] : []),
      ]
    }),
  )
  if (problems.length > 0) throw new RenewalConfigError(path, problems)
  return (file) => of(file) as Ownership
}

function lookUp(database: 'passwd' | 'group'): (name: string | number) => number | undefined {
  const known = new Map<string, number | undefined>()
  return (name) => {
    if (typeof name === 'number') return name
    if (!known.has(name)) known.set(name, numberOf(database, name))
    return known.get(name)
  }
}

function numberOf(database: 'passwd' | 'group', name: string): number | undefined {
  try {
    const line = execFileSync('getent', [database, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const number = Number(line.split(':')[2])
    return Number.isInteger(number) ? number : undefined
  } catch {
    return undefined
  }
}

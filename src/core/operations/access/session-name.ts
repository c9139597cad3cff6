import { sha256Hex } from '../../x509/digest.ts'

const MOST = 64

/**
 * Somebody's name elsewhere as the name of a session: what an ARN doesn't take is replaced, and then a digest keeps two
 * names that would become one apart.
 */
export function sessionNameOf(name: string): string {
  const safe = name.replace(/[^\w+=,.@-]/g, '-')
  if (safe === name && name.length >= 2 && name.length <= MOST) return name
  const digest = sha256Hex(Buffer.from(name, 'utf8')).slice(0, 12)
  return `${safe.slice(0, MOST - digest.length - 1)}-${digest}`
}
